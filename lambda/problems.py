"""Errors, as RFC 9457 describes them. One table says what each class of exception becomes; the nearest class counts."""

from collections.abc import Callable
from difflib import get_close_matches
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from schemas import PROBLEM_JSON, FeedbackIn, ProblemOut, QuestionIn
from telemetry import logger

from medassist.errors import MedAssistError, UnsupportedMediaTypeError

FIELDS = (*QuestionIn.model_fields, *FeedbackIn.model_fields)
UNKNOWN_FIELD = f"The body has a field that is not known; known are {', '.join(FIELDS)}."


def problem(status: HTTPStatus, title: str, detail: str, headers: dict[str, str] | None = None) -> Response[str]:
    """Return an error as RFC 9457 describes it."""
    body = ProblemOut(type="about:blank", title=title, status=int(status), detail=detail)
    return Response(int(status), PROBLEM_JSON, body.model_dump_json(), headers=dict(headers or {}))


def _own_error(error: MedAssistError) -> Response[str]:
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else {}
    headers |= {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else {}
    if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem(error.status, error.title, str(error), headers)
    logger.error("request failed", error=type(error).__name__, reason=str(error))
    return problem(error.status, error.title, "The service cannot answer just now; try again in a minute.", headers)


def _invalid(error: RequestValidationError) -> Response[str]:
    """Say what is wrong with a request's shape: each fault with its place, no part of what was sent."""
    faults = [_fault(fault) for fault in error.errors()]
    return problem(HTTPStatus.BAD_REQUEST, "Invalid request", " ".join(dict.fromkeys(faults)))


def _fault(fault: dict[str, Any]) -> str:
    if fault["type"] == "json_invalid":
        return 'The body is not valid JSON; send an object such as {"question": "What is asthma?"}.'
    if fault["type"] == "extra_forbidden":  # its name is the caller's, and not repeated
        meant = get_close_matches(str(fault["loc"][-1]), FIELDS, n=1)
        return f"The body has a field that is not known; perhaps {meant[0]} is meant." if meant else UNKNOWN_FIELD
    named = [str(part) for part in fault["loc"] if part not in ("body", "path", "query", "header")]
    place = named[0] if named else ""  # not what lies below it: an option's name is the caller's
    if fault["type"] in ("missing", "model_attributes_type", "dict_type", "model_type") and not place:
        return 'The body must be a JSON object such as {"question": "What is asthma?"}.'
    return f"{place or 'The body'}: {fault['msg'].rstrip('.').lower()}."


def _value_error(error: ValueError) -> Response[str]:
    """The framework raises plain ValueErrors for bodies that are no text."""
    if isinstance(error, UnicodeError):
        return problem(HTTPStatus.BAD_REQUEST, "Invalid request", "The body is not UTF-8; send JSON in UTF-8.")
    return _unexpected(error)


def _unexpected(error: Exception) -> Response[str]:
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else ""
    logger.error("unexpected error", error=type(error).__name__, place=place)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error", "Something went wrong on our side; try again in a minute."
    )


def _framework_error(error: ServiceError) -> Response[str]:
    status = HTTPStatus(error.status_code)
    return problem(status, status.phrase, f"{status.description or status.phrase}.")


ERRORS: dict[type[Exception], Callable[[Any], Response[str]]] = {
    MedAssistError: _own_error,
    RequestValidationError: _invalid,
    RequestUnsupportedContentType: lambda _: _own_error(UnsupportedMediaTypeError()),
    RecursionError: lambda _: problem(
        HTTPStatus.BAD_REQUEST, "Invalid request", "The body is nested too deeply; send a flat object."
    ),
    ServiceError: _framework_error,
    ValueError: _value_error,
    Exception: _unexpected,
}
