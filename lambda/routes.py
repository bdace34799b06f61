"""The routes: each parses, calls the library, and serialises. Bodies stand in ``schemas``, errors in ``problems``."""

from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import documents
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from aws_lambda_powertools.event_handler.openapi.params import Path as PathParameter
from aws_lambda_powertools.event_handler.request import Request
from container import services
from idempotency import MAX_KEY_CHARACTERS
from schemas import (
    COMMON_ERRORS,
    OPEN_ERRORS,
    AnswerOut,
    DeletedOut,
    FeedbackIn,
    FeedbackOut,
    HealthOut,
    HistoryOut,
    PassageOut,
    QuestionIn,
    history_item,
    responses,
)
from telemetry import logger, measure

from medassist import __version__, cursors, interactions
from medassist.errors import StorageError, UnauthorizedError
from medassist.schemas import Answer

MAX_PAGE, PAGE = 100, 20

router: Router = Router()  # type: ignore[no-untyped-call]


def caller_of(request: Request) -> str:
    """Return who asks: the subject of the claims that the authoriser in front of the API has checked.

    Raises
    ------
    UnauthorizedError
        If there are none.
    """
    context = request.resolved_event.get("requestContext") or {}
    claims = (context.get("authorizer") or {}).get("claims") or {}
    if caller := claims.get("sub"):
        return str(caller)
    raise UnauthorizedError("The request names no caller; sign in and send your token with it.")


Caller = Annotated[str, Depends(caller_of)]
QuestionId = Annotated[
    str,
    PathParameter(
        min_length=1, max_length=100, pattern="^[A-Za-z0-9-]+$", description="A question's id, as its answer has it."
    ),
]


@router.post(
    "/v1/questions",
    summary="Ask a question",
    tags=["Questions"],
    cache_control="no-store",
    responses=responses(
        "The answer, an abstention or an urgent message",
        AnswerOut,
        *COMMON_ERRORS,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
def ask(
    body: QuestionIn,
    caller: Caller,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=MAX_KEY_CHARACTERS,
            pattern="^[!-~]+$",
            description="Of your choice, for instance a UUID: a request that is sent again is answered once.",
        ),
    ] = None,
) -> AnswerOut:
    """Answer from trusted texts. Every statement cites a passage; what no passage supports is not shown."""

    def answer(record: bool) -> AnswerOut:
        return _answer(body, caller, record=record)

    if idempotency_key is None:
        return answer(True)
    left = router.api_resolver.lambda_context.get_remaining_time_in_millis()
    fields = body.model_dump(mode="json")
    return services().repeats.answer_once(caller, idempotency_key, fields, answer, milliseconds_left=left)


def _answer(body: QuestionIn, caller: str, *, record: bool) -> AnswerOut:
    """Answer a question and store what was answered; what cannot be stored is given all the same, and says so."""
    answer = services().assistant.answer(body.question, body.top_k, body.options)
    out = _answer_out(answer, interactions.new_question_id())
    if not record or not _is_stored(caller, out):
        out = out.model_copy(update={"recorded": False})
    measure(answer, out.id, recorded=out.recorded)
    return out


def _is_stored(caller: str, out: AnswerOut) -> bool:
    try:
        services().store.record(caller, out.model_dump(mode="json"))
    except StorageError as error:
        logger.error("the interaction was not stored", question_id=out.id, reason=str(error))
        return False
    return True


@router.get(
    "/v1/questions",
    summary="List one's questions",
    tags=["Questions"],
    cache_control="no-store",
    responses=responses("One page, the newest first", HistoryOut, *COMMON_ERRORS),
)
def history(
    caller: Caller,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Questions a page.")] = PAGE,
    cursor: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=cursors.MAX_CHARACTERS,
            description="next_cursor of the page before; leave it out for the newest.",
        ),
    ] = None,
) -> HistoryOut:
    """Return one's own questions and answers in short; nobody sees another's."""
    ready = services()
    after = ready.cursors.read(caller, cursor) if cursor else ""
    page = ready.store.history(caller, limit, after)
    following = ready.cursors.write(caller, page.last_id) if page.last_id else None
    return HistoryOut(items=[history_item(body) for body in page.bodies], next_cursor=following)


@router.delete(
    "/v1/questions",
    summary="Delete all of one's questions",
    tags=["Questions"],
    cache_control="no-store",
    responses=responses("What was deleted", DeletedOut, *COMMON_ERRORS),
)
def delete_all(caller: Caller) -> DeletedOut:
    """Delete one's questions, their answers, the feedback on them, and the idempotency keys."""
    done = services().store.delete_all(caller)
    return DeletedOut(deleted=done.deleted, complete=done.complete)


@router.get(
    "/v1/questions/<question_id>",
    summary="Read an answer again",
    tags=["Questions"],
    cache_control="no-store",
    responses=responses("The answer as it was given", AnswerOut, *COMMON_ERRORS, HTTPStatus.NOT_FOUND),
)
def read(question_id: QuestionId, caller: Caller) -> AnswerOut:
    """Return one's own earlier answer; another caller's does not exist for you."""
    return AnswerOut.model_validate(services().store.get(caller, question_id))


@router.delete(
    "/v1/questions/<question_id>",
    summary="Delete a question",
    tags=["Questions"],
    cache_control="no-store",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses("It is gone", None, *COMMON_ERRORS, HTTPStatus.NOT_FOUND),
)
def delete(question_id: QuestionId, caller: Caller) -> Response[str]:
    """Delete one question of one's own, with its answer, the feedback on it, and its idempotency key."""
    services().store.delete(caller, question_id)
    return Response(int(HTTPStatus.NO_CONTENT), body="")


@router.post(
    "/v1/questions/<question_id>/feedback",
    summary="Say what one thinks of an answer",
    tags=["Questions"],
    cache_control="no-store",
    responses=responses(
        "The feedback as it was stored",
        FeedbackOut,
        *COMMON_ERRORS,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ),
)
def give_feedback(body: FeedbackIn, question_id: QuestionId, caller: Caller) -> FeedbackOut:
    """Store whether an answer helped; a second time takes the place of the first."""
    given_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    ready = services()
    comment = ready.assistant.redactor.redact(body.comment).text
    out = FeedbackOut(rating=body.rating, comment=comment, given_at=given_at)
    ready.store.give_feedback(caller, question_id, out.model_dump(mode="json"))
    return out


@router.get(
    "/v1/health",
    summary="Tell whether questions can be answered",
    tags=["Service"],
    responses=responses("Ready", HealthOut, *OPEN_ERRORS),
    openapi_extensions={"x-open": True},
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
def openapi(request: Request, caller: Caller) -> Response[str]:
    """Return the OpenAPI document of this API."""
    return documents.openapi(router.api_resolver, request)


@router.get("/v1/docs", include_in_schema=False)
def docs(request: Request, caller: Caller) -> Response[str]:
    """Return a page to read and try the API."""
    if (request.query_parameters or {}).get("format") == "json":  # what the page itself links to
        return documents.openapi(router.api_resolver, request)
    return documents.page(router.api_resolver, request)


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
    fields: dict[str, Any] = asdict(answer) | {
        "id": question_id,
        "created_at": interactions.asked_at(question_id),
        "recorded": True,
        "options": dict(answer.options) or None,
        "passages": passages,
        "choice": answer.choice or None,
        "probabilities": dict(answer.probabilities) or None,
    }
    return AnswerOut.model_validate(fields)
