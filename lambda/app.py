"""The REST API's front doors: what every route has in common, and the handler of API Gateway's events.

In Lambda, events come in by :func:`handler`. At home ``deploy/local/api.py`` serves the same routes over HTTP, by
:func:`configure`.
"""

import re
from http import HTTPStatus
from typing import Any

import documents
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import OpenAPIRequestValidationMiddleware
from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent
from aws_lambda_powertools.utilities.typing import LambdaContext
from container import services
from problems import ERRORS, problem
from routes import router
from schemas import PROBLEM_JSON
from telemetry import logger, tracer

from medassist.config import Settings
from medassist.errors import TooLargeError, UnsupportedMediaTypeError

__all__ = ["MAX_BODY_BYTES", "PROBLEM_JSON", "configure", "cors", "handler", "logger", "problem", "services"]

# A question and ten options in full length, each character written as an escape of six or twelve, take 44 KB.
MAX_BODY_BYTES = 64 * 1024


class _BodyCheck(OpenAPIRequestValidationMiddleware):
    """Looks at a request's size and type before it is read."""

    def handler(self, app: Any, next_middleware: NextMiddleware) -> Response[Any]:
        event = app.current_event
        body = event.body or ""
        size = len(body) * 3 // 4 if event.is_base64_encoded else len(body.encode(errors="replace"))
        if size > MAX_BODY_BYTES:
            raise TooLargeError(f"The body has {size:,} bytes, but the limit is {MAX_BODY_BYTES:,}; send less.")
        kind = str(event.headers.get("content-type") or "application/json").partition(";")[0].strip().lower()
        if body and kind != "application/json":
            raise UnsupportedMediaTypeError
        response: Response[Any] = super().handler(app, next_middleware)
        return response


def configure(resolver: ApiGatewayResolver) -> ApiGatewayResolver:
    """Give a resolver the routes, the errors, the limits and the documents of this API."""
    for class_, respond in ERRORS.items():
        resolver.exception_handler(class_)(respond)
    resolver._request_validation_middleware = _BodyCheck()  # Powertools has no public place before its own
    resolver.include_router(router)
    resolver.exception_handler(NotFoundError)(lambda _: _no_route(resolver.current_event))
    documents.describe(resolver)
    return resolver


def cors(settings: Settings) -> CORSConfig | None:
    """Let the page, where it lies on another origin than the API, read answers, and nobody else's scripts."""
    if not settings.page_origin:
        return None
    return CORSConfig(settings.page_origin, allow_headers=["Idempotency-Key"], expose_headers=["Retry-After"])


def allowed_methods() -> dict[str, list[str]]:
    """Return the methods of each route, by its rule."""
    return {
        "/v1/questions": ["GET", "POST", "DELETE"],
        "/v1/questions/<question_id>": ["GET", "DELETE"],
        "/v1/questions/<question_id>/feedback": ["POST"],
        "/v1/health": ["GET"],
        "/v1/openapi.json": ["GET"],
        "/v1/docs": ["GET"],
    }


def _no_route(event: BaseProxyEvent) -> Response[str]:
    """Answer what no route takes: there is nothing at this address, or not with this method."""
    for rule, methods in allowed_methods().items():
        if event.http_method not in methods and re.fullmatch(re.sub(r"<\w+>", "[^/]+", rule), event.path):
            allowed = ", ".join(methods)
            detail = f"Only {allowed} is allowed here."
            return problem(HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed", detail, {"Allow": allowed})
    detail = "There is nothing at this address; /v1/docs lists what there is."
    return problem(HTTPStatus.NOT_FOUND, "Not found", detail)


api = configure(APIGatewayRestResolver(enable_validation=True, cors=cors(Settings.from_environment())))


@logger.inject_lambda_context(log_event=False)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one event of API Gateway's REST API."""
    return api.resolve(event, context)
