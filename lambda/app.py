"""The REST API: routes, and the table of errors. One file for both front doors.

In Lambda, API Gateway's events come in by :func:`handler`. At home ``deploy/local/api.py`` serves the same routes over
HTTP. Each route parses, calls the library, and serialises; what it answers is described by the models below, which also
make the OpenAPI document.
"""

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from http import HTTPStatus
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver, Router
from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as RouteNotFoundError
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.event_handler.openapi.params import Path as PathParameter
from aws_lambda_powertools.event_handler.request import Request
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from medassist import __version__, assistant, interactions, safety, storage
from medassist.assistant import Assistant, PassageIndex
from medassist.config import S3_VECTORS, Settings, index_pointer
from medassist.endpoint import EndpointClient
from medassist.errors import MedAssistError, StorageError, UnauthorizedError
from medassist.interactions import InteractionStore
from medassist.retrieval import Index
from medassist.s3_vectors import S3VectorsIndex
from medassist.schemas import Answer

SERVICE = "medassist"
PROBLEM_JSON = "application/problem+json"
# The docs page holds its scripts and styles itself; the header keeps it from asking anybody else for anything.
DOCS_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'"
)

logger = Logger(service=SERVICE)
tracer = Tracer(service=SERVICE)  # does nothing outside Lambda
router: Router = Router()  # type: ignore[no-untyped-call]


# --- what travels -------------------------------------------------------------------------------------------------


class QuestionIn(BaseModel):
    """A question. Limits stand here for the document only; the assistant checks them."""

    model_config = ConfigDict(extra="forbid")

    question: StrictStr = Field(
        description="What you want to know, in your own words.",
        examples=["What are the symptoms of asthma?"],
        json_schema_extra={"minLength": 1, "maxLength": assistant.MAX_QUESTION_CHARACTERS},
    )
    top_k: StrictInt | None = Field(
        default=None,
        description="How many passages to read.",
        json_schema_extra={"minimum": 1, "maximum": assistant.MAX_TOP_K},
    )
    options: dict[str, StrictStr] | None = Field(
        default=None,
        description="For a multiple-choice question: its options by name.",
        examples=[{"A": "Insulin", "B": "Adrenaline"}],
        json_schema_extra={"minProperties": assistant.MIN_OPTIONS, "maxProperties": assistant.MAX_OPTIONS},
    )


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
    question: str = Field(description="The question as it was used and stored: without e-mail addresses and the like.")
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
    disclaimer: str
    model: str
    index: str
    timings_ms: dict[str, float]


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


def _responses(description: str, model: type[BaseModel], *errors: HTTPStatus) -> dict[int, Any]:
    problems = {
        int(status): {"description": status.phrase, "content": {PROBLEM_JSON: {"model": ProblemOut}}}
        for status in errors
    }
    return {200: {"description": description, "content": {"application/json": {"model": model}}}, **problems}


# --- what is built once per container -----------------------------------------------------------------------------


@dataclass(slots=True)
class Services:
    """The index, the clients and the settings that all requests share."""

    settings: Settings
    assistant: Assistant
    store: InteractionStore

    @classmethod
    def of(cls, settings: Settings, index: PassageIndex) -> "Services":
        """Build the clients that go with an index."""
        model = EndpointClient(settings.endpoint_name, timeout_s=settings.endpoint_timeout_s)
        store = InteractionStore(settings.table_name, retention_days=settings.retention_days)
        return cls(settings, Assistant(index, model, settings), store)

    def renew(self) -> None:
        """Build the clients anew, for the index that is loaded: connections and credentials outlive no snapshot."""
        if isinstance(self.assistant.index, S3VectorsIndex):
            self.assistant.index.reconnect()
        renewed = self.of(self.settings, self.assistant.index)
        self.assistant, self.store = renewed.assistant, renewed.store


@lru_cache(maxsize=1)
def services() -> Services:
    """Fetch and load the index, build the clients. A failure is not kept: the next request tries again."""
    settings = Settings.from_environment()
    index = load_index(settings)
    logger.info("ready", index=index.version, passages=len(index))
    return Services.of(settings, index)


def load_index(settings: Settings) -> PassageIndex:
    """Download the index that the settings name, or the corpus's latest, and load it.

    Of an index in S3 Vectors this is its description and the encoder; the rest stays where it is.
    """
    uri = settings.index_uri.rstrip("/")
    if not uri:
        bucket = settings.bucket or storage.default_bucket()
        pointer = index_pointer(settings.corpus, settings.index_store)
        uri = storage.read_json(f"s3://{bucket}/{pointer}")["uri"].rstrip("/")
    cache = Path(settings.cache_dir or Path(tempfile.gettempdir()) / "medassist")
    folder = cache / "-".join(storage.parse_uri(uri)).replace("/", "-")
    kind = S3VectorsIndex if settings.index_store == S3_VECTORS else Index
    return kind.load(folder, checksums=storage.download_files(uri, folder))


def caller_of(request: Request) -> str:
    """Return who asks: the subject of the authoriser's claims, else the settings' default caller.

    Raises
    ------
    UnauthorizedError
        If there is neither.
    """
    context = request.resolved_event.get("requestContext") or {}
    claims = (context.get("authorizer") or {}).get("claims") or {}
    if caller := claims.get("sub") or services().settings.default_caller:
        return str(caller)
    raise UnauthorizedError("The request names no caller; sign in and send your token with it.")


Caller = Annotated[str, Depends(caller_of)]


# --- routes -------------------------------------------------------------------------------------------------------


@router.post(
    "/v1/questions",
    summary="Ask a question",
    tags=["Questions"],
    responses=_responses(
        "The answer, an abstention or an urgent message",
        AnswerOut,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
def ask(body: QuestionIn, caller: Caller) -> AnswerOut:
    """Answer from trusted texts. Every statement cites a passage; what no passage supports is not shown."""
    answer = services().assistant.answer(body.question, body.top_k, body.options)
    question_id = interactions.new_question_id()
    out = _answer_out(answer, question_id)
    try:
        services().store.record(caller, out.model_dump(mode="json"))
    except StorageError as error:
        logger.error("the interaction was not stored", question_id=question_id, reason=str(error))
        out = out.model_copy(update={"recorded": False})
    _measure(answer, out)
    return out


@router.get(
    "/v1/questions/<question_id>",
    summary="Read an answer again",
    tags=["Questions"],
    responses=_responses(
        "The answer as it was given",
        AnswerOut,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
def read(question_id: Annotated[str, PathParameter(max_length=100)], caller: Caller) -> AnswerOut:
    """Return one's own earlier answer; another caller's does not exist for you."""
    return AnswerOut.model_validate(services().store.get(caller, question_id))


@router.get(
    "/v1/health",
    summary="Tell whether questions can be answered",
    tags=["Service"],
    responses=_responses("Ready", HealthOut, HTTPStatus.SERVICE_UNAVAILABLE),
)
def health() -> HealthOut:
    """Tell which index is loaded. Needs no caller."""
    ready = services()
    index = ready.assistant.index
    return HealthOut(
        status="ok",
        version=__version__,
        corpus=ready.settings.corpus,
        index=index.version,
        passages=len(index),
    )


@router.get("/v1/openapi.json", include_in_schema=False)
def openapi(request: Request) -> Response[str]:
    """Return the OpenAPI document of this API."""
    return Response(200, "application/json", json.dumps(_document(request), indent=1))


@router.get("/v1/docs", include_in_schema=False)
def docs(request: Request) -> Response[str]:
    """Return a page to read and try the API; its scripts and styles are Powertools' own copies of Swagger UI."""
    if (request.query_parameters or {}).get("format") == "json":  # what the page itself links to
        return openapi(request)
    from aws_lambda_powertools.event_handler.openapi import swagger_ui  # a tenth of a second that only this page needs

    assets = resources.files(swagger_ui)
    page = swagger_ui.generate_swagger_html(
        spec=json.dumps(_document(request)).replace("</", "<\\/"),
        swagger_js=assets.joinpath("swagger-ui-bundle.min.js").read_text(encoding="utf-8"),
        swagger_css=assets.joinpath("swagger-ui.min.css").read_text(encoding="utf-8"),
        swagger_base_url="",
        oauth2_config=None,
    )
    return Response(200, "text/html; charset=utf-8", page, headers={"Content-Security-Policy": DOCS_POLICY})


def _document(request: Request) -> dict[str, Any]:
    from aws_lambda_powertools.event_handler.openapi.models import Server

    resolver = router.api_resolver
    assert isinstance(resolver, ApiGatewayResolver)
    event = request.resolved_event
    # Behind API Gateway the request context's path has the stage in front: /prod/v1/...
    whole = str((event.get("requestContext") or {}).get("path") or event.path)
    servers = [Server(url=whole.removesuffix(event.path) or "/")]
    document: dict[str, Any] = json.loads(resolver.get_openapi_json_schema(servers=servers))
    # Powertools documents its own 422 for faulty requests; here they get 400, as the routes say.
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        document["components"]["schemas"].pop(name, None)
    return document


def _answer_out(answer: Answer, question_id: str) -> AnswerOut:
    passages = [
        PassageOut(
            n=number,
            passage_id=hit.passage.passage_id,
            title=hit.passage.title,
            source=hit.passage.source,
            url=hit.passage.url,
            text=hit.passage.text,
            score=round(hit.score, 5),
            similarity=round(hit.similarity, 4),
        )
        for number, hit in enumerate(answer.passages, start=1)
    ]
    fields = asdict(answer) | {
        "id": question_id,
        "created_at": interactions.asked_at(question_id),
        "recorded": True,
        "passages": passages,
        "choice": answer.choice or None,
        "probabilities": dict(answer.probabilities) or None,
    }
    return AnswerOut.model_validate(fields)


def _measure(answer: Answer, out: AnswerOut) -> None:
    """Count and log what was decided and how long it took; never what was asked or answered."""
    decision = (
        "urgent" if answer.urgent else "abstained" if answer.abstained else "quoted" if answer.extractive else "written"
    )
    metrics = EphemeralMetrics(namespace=SERVICE, service="api")
    metrics.add_metric("Questions", MetricUnit.Count, 1)
    metrics.add_metric(f"Answers{decision.capitalize()}", MetricUnit.Count, 1)
    metrics.add_metric("InteractionsNotStored", MetricUnit.Count, int(not out.recorded))
    for stage, milliseconds in answer.timings_ms.items():
        metrics.add_metric(f"{stage.capitalize()}Time", MetricUnit.Milliseconds, milliseconds)
    metrics.flush_metrics()
    logger.info(
        "answered",
        question_id=out.id,
        decision=decision,
        fallback=answer.fallback,
        question_characters=len(answer.question),
        statements=len(answer.statements),
        passages=len(answer.passages),
        timings_ms=answer.timings_ms,
    )


# --- errors -------------------------------------------------------------------------------------------------------


class MethodNotAllowedError(Exception):
    """The path exists, but not with this method."""

    def __init__(self, allowed: str) -> None:
        super().__init__(f"Only {allowed} is allowed here.")
        self.allowed = allowed


def problem(status: HTTPStatus, title: str, detail: str, headers: dict[str, str] | None = None) -> Response[str]:
    """Return an error as RFC 9457 describes it."""
    body = ProblemOut(type="about:blank", title=title, status=int(status), detail=detail)
    return Response(int(status), PROBLEM_JSON, body.model_dump_json(), headers=dict(headers or {}))


def _own_error(error: MedAssistError) -> Response[str]:
    if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem(error.status, error.title, str(error))
    logger.error("request failed", error=type(error).__name__, reason=str(error))
    return problem(error.status, error.title, "The service cannot answer just now; try again in a minute.")


def _invalid(error: RequestValidationError) -> Response[str]:
    """Say what is wrong with a request's shape: each fault with its place, no part of what was sent."""
    faults = [_fault(fault) for fault in error.errors()]
    return problem(HTTPStatus.BAD_REQUEST, "Invalid request", " ".join(dict.fromkeys(faults)))


def _fault(fault: dict[str, Any]) -> str:
    if fault["type"] == "json_invalid":
        return 'The body is not valid JSON; send an object such as {"question": "What is asthma?"}.'
    place = ".".join(str(part) for part in fault["loc"] if part not in ("body", "path"))
    if fault["type"] in ("missing", "model_attributes_type", "dict_type", "model_type") and not place:
        return 'The body must be a JSON object such as {"question": "What is asthma?"}.'
    return f"{place or 'The body'}: {fault['msg'].rstrip('.').lower()}."


def _value_error(error: ValueError) -> Response[str]:
    """The framework raises plain ValueErrors for bodies that it cannot read as their content type says."""
    if isinstance(error, UnicodeError):
        return problem(HTTPStatus.BAD_REQUEST, "Invalid request", "The body is not UTF-8; send JSON in UTF-8.")
    content_type = router.current_event.headers.get("content-type") or "application/json"
    return _unexpected(error) if content_type.startswith("application/json") else _not_json(error)


def _unexpected(error: Exception) -> Response[str]:
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else ""
    logger.error("unexpected error", error=type(error).__name__, place=place)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error", "Something went wrong on our side; try again in a minute."
    )


def _not_json(_: Exception) -> Response[str]:
    detail = "The body must be JSON; send it with Content-Type: application/json."
    return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", detail)


def _framework_error(error: ServiceError) -> Response[str]:
    status = HTTPStatus(error.status_code)
    return problem(status, status.phrase, f"{status.description or status.phrase}.")


# Errors become responses by their class; the nearest class counts.
ERRORS: dict[type[Exception], Callable[[Any], Response[str]]] = {
    MedAssistError: _own_error,
    RequestValidationError: _invalid,
    RequestUnsupportedContentType: _not_json,
    RecursionError: lambda _: problem(
        HTTPStatus.BAD_REQUEST, "Invalid request", "The body is nested too deeply; send a flat object."
    ),
    RouteNotFoundError: lambda _: problem(
        HTTPStatus.NOT_FOUND, "Not found", "There is nothing at this address; /v1/docs lists what there is."
    ),
    MethodNotAllowedError: lambda error: problem(
        HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed", str(error), {"Allow": error.allowed}
    ),
    ServiceError: _framework_error,
    ValueError: _value_error,
    Exception: _unexpected,
}


# --- the two front doors ------------------------------------------------------------------------------------------


def configure(resolver: ApiGatewayResolver) -> ApiGatewayResolver:
    """Give a resolver the routes, the errors and the documents of this API."""
    for class_, respond in ERRORS.items():
        resolver.exception_handler(class_)(respond)
    resolver.include_router(router)
    for rule, allowed in _allowed_methods().items():
        refused = sorted({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"} - set(allowed))
        resolver.route(rule, refused, include_in_schema=False, enable_validation=False)(_refusal(", ".join(allowed)))
    resolver.configure_openapi(
        title="medassist",
        version=__version__,
        description="Medical questions answered from trusted texts, with sources. " + safety.DISCLAIMER,
    )
    return resolver


def _allowed_methods() -> dict[str, list[str]]:
    return {
        "/v1/questions": ["POST"],
        "/v1/questions/<question_id>": ["GET"],
        "/v1/health": ["GET"],
        "/v1/openapi.json": ["GET"],
        "/v1/docs": ["GET"],
    }


def _refusal(allowed: str) -> Callable[..., Response[str]]:
    def refuse(**_: str) -> Response[str]:
        raise MethodNotAllowedError(allowed)

    return refuse


# The page lies on another origin than the API: browsers show it answers only if these name the page's.
api = configure(
    APIGatewayRestResolver(enable_validation=True, cors=CORSConfig(Settings.from_environment().page_origin))
)


@logger.inject_lambda_context(log_event=False)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one event of API Gateway's REST API."""
    return api.resolve(event, context)
