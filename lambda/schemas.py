"""What travels: the bodies of requests and answers. They check what comes in, and make the OpenAPI document."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StrictStr

from medassist import assistant

PROBLEM_JSON = "application/problem+json"
MAX_COMMENT_CHARACTERS = 1_000
# JSON Schema's way to say that white space alone does not do; ECMA's knows less of it than Python.
_VISIBLE = r"[^\s\x1c-\x1f\x85]"


def _whole(value: object) -> object:
    """Take 5.0 for 5, as JSON does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# --- in -----------------------------------------------------------------------------------------------------------


class QuestionIn(BaseModel):
    """A question. Limits stand here for the document only; the assistant checks them."""

    model_config = ConfigDict(extra="forbid")

    question: StrictStr = Field(
        description="What you want to know, in your own words.",
        examples=["What are the symptoms of asthma?"],
        json_schema_extra={"minLength": 1, "maxLength": assistant.MAX_QUESTION_CHARACTERS, "pattern": _VISIBLE},
    )
    top_k: Annotated[StrictInt, BeforeValidator(_whole)] | None = Field(
        default=None,
        description="How many passages to read.",
        json_schema_extra={"minimum": 1, "maximum": assistant.MAX_TOP_K},
    )
    options: dict[str, StrictStr] | None = Field(
        default=None,
        description="For a multiple-choice question: its options by name.",
        examples=[{"A": "Insulin", "B": "Adrenaline"}],
        json_schema_extra={
            "minProperties": assistant.MIN_OPTIONS,
            "maxProperties": assistant.MAX_OPTIONS,
            "propertyNames": {"minLength": 1, "maxLength": assistant.MAX_OPTION_NAME, "pattern": _VISIBLE},
            "additionalProperties": {
                "type": "string",
                "minLength": 1,
                "maxLength": assistant.MAX_OPTION_CHARACTERS,
                "pattern": _VISIBLE,
            },
        },
    )


class FeedbackIn(BaseModel):
    """What the caller thinks of an answer. Identifiers in the comment are removed before it is stored."""

    model_config = ConfigDict(extra="forbid")

    rating: Literal["up", "down"] = Field(description="Whether the answer helped.")
    comment: StrictStr = Field(
        default="", max_length=MAX_COMMENT_CHARACTERS, description="What was good or wrong, in your own words."
    )


# --- out ----------------------------------------------------------------------------------------------------------


class FeedbackOut(BaseModel):
    rating: Literal["up", "down"]
    comment: str = Field(description="As it was stored: without names, phone numbers and the like.")
    given_at: str = Field(description="When, in ISO 8601 and UTC.")


class StatementOut(BaseModel):
    text: str
    citations: list[int] = Field(description="Numbers of the passages that say so, from 1.")
    support: float = Field(ge=0, le=1)


class PassageOut(BaseModel):
    n: int = Field(ge=1, description="The number by which statements cite it.")
    passage_id: str
    title: str
    source: str
    url: str
    text: str
    score: float = Field(description="What the passages are ordered by; comparable within one answer only.")
    similarity: float = Field(description="Cosine between question and passage.")


class UrgentOut(BaseModel):
    category: str
    message: str
    phone: str


class AnswerOut(BaseModel):
    id: str
    created_at: str
    recorded: bool = Field(description="Whether the answer was stored and can be read again by its id.")
    question: str = Field(
        description="The question as it was used and stored: without names, phone numbers and the like."
    )
    redacted: list[str] = Field(
        default=[],
        description='Kinds of identifiers that were taken out of it: "name", "phone", "date of birth" and so on.',
    )
    options: dict[str, str] | None = Field(
        default=None,
        description="The options of a multiple-choice question by name, as they were used and stored; null without.",
    )
    answer: str
    statements: list[StatementOut]
    passages: list[PassageOut]
    choice: str | None = Field(
        default=None,
        description="For a multiple-choice question: the option chosen; by the model, unless fallback says otherwise.",
    )
    probabilities: dict[str, float] | None = Field(
        default=None, description="The model's, of each option; null if the choice is not the model's."
    )
    abstained: bool = Field(description="True if the sources do not answer the question.")
    extractive: bool = Field(description="True if the statements are quotations.")
    fallback: str = Field(description="Why the model's own words or choice are not shown; empty if they are.")
    urgent: UrgentOut | None = Field(description="If set, show its message before anything else.")
    advice: str = Field(
        default="",
        description="Set if somebody's own diagnosis, dose or treatment is asked for: whom to ask. Show it first.",
    )
    disclaimer: str
    model: str
    index: str
    timings_ms: dict[str, float]
    feedback: FeedbackOut | None = Field(default=None, description="What the caller thought of it, once given.")


class HistoryItemOut(BaseModel):
    """A question of one's own, in short; the whole answer is read by its id."""

    id: str
    created_at: str
    question: str
    answer: str
    abstained: bool
    extractive: bool
    urgent: bool = Field(description="Whether the answer was an urgent message.")
    feedback: FeedbackOut | None = None


class HistoryOut(BaseModel):
    items: list[HistoryItemOut] = Field(description="The newest first.")
    next_cursor: str | None = Field(description="Send it as cursor to get the next items; null if there are none.")


class DeletedOut(BaseModel):
    deleted: int = Field(ge=0, description="How many questions were deleted, with their answers and feedback.")
    complete: bool = Field(description="False if time was up before all were deleted: send the same request again.")


class HealthOut(BaseModel):
    status: str
    version: str
    corpus: str
    index: str
    passages: int


class ProblemOut(BaseModel):
    """An error, as RFC 9457 describes it."""

    type: str
    title: str
    status: int
    detail: str


# --- a route's responses in the document --------------------------------------------------------------------------

OPEN_ERRORS = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
COMMON_ERRORS = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, *OPEN_ERRORS)
_ABOUT = {
    HTTPStatus.BAD_REQUEST: "The request is not as it must be; the detail says where and why",
    HTTPStatus.UNAUTHORIZED: "No token, or one that is wrong or expired",
    HTTPStatus.NOT_FOUND: "There is no such question of yours",
    HTTPStatus.CONFLICT: "A request with the same Idempotency-Key is being answered",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not JSON",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The Idempotency-Key was used with another body",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests at once",
    HTTPStatus.SERVICE_UNAVAILABLE: "The service cannot answer just now",
}


def responses(description: str, model: type[BaseModel] | None, *errors: HTTPStatus) -> dict[int, Any]:
    """Describe a route's answers: its body, or none (204), and the errors that it knows."""
    done: dict[int, Any] = (
        {200: {"description": description, "content": {"application/json": {"model": model}}}}
        if model
        else {204: {"description": description}}
    )
    return done | {
        int(status): {"description": _ABOUT[status], "content": {PROBLEM_JSON: {"model": ProblemOut}}}
        for status in sorted(errors)
    }


def history_item(body: dict[str, Any]) -> HistoryItemOut:
    """Return the short form of a recorded answer."""
    return HistoryItemOut.model_validate(body | {"urgent": body["urgent"] is not None})
