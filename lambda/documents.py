"""The API's description of itself: the OpenAPI document, and a page to read and try it."""

import json
from importlib import resources
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver, BaseRouter
from aws_lambda_powertools.event_handler.request import Request

from medassist import __version__
from medassist.answering import advice

# The page holds its scripts and styles itself; the header keeps it from asking anybody else for anything.
DOCS_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'"
)
SCHEME = "token"  # the name, in the document, of how callers show who they are
_OPEN = "x-open"  # marks an operation that needs no caller


def describe(resolver: ApiGatewayResolver) -> None:
    """Give a resolver what the document says about the whole."""
    from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer

    scheme = HTTPBearer(bearerFormat="JWT", description="Cognito's identity token; it lasts an hour.")
    resolver.configure_openapi(
        title="medassist",
        version=__version__,
        description="Medical questions answered from trusted texts, with sources. " + advice.DISCLAIMER,
        security_schemes={SCHEME: scheme},
        security=[{SCHEME: []}],
    )


def openapi(resolver: BaseRouter, request: Request) -> Response[str]:
    """Return the OpenAPI document of this API."""
    return Response(200, "application/json", json.dumps(_document(resolver, request), indent=1))


def page(resolver: BaseRouter, request: Request) -> Response[str]:
    """Return the page; its scripts and styles are Powertools' own copies of Swagger UI."""
    from aws_lambda_powertools.event_handler.openapi import swagger_ui  # a tenth of a second that only this page needs

    assets = resources.files(swagger_ui)
    html = swagger_ui.generate_swagger_html(
        spec=json.dumps(_document(resolver, request)).replace("</", "<\\/"),
        swagger_js=assets.joinpath("swagger-ui-bundle.min.js").read_text(encoding="utf-8"),
        swagger_css=assets.joinpath("swagger-ui.min.css").read_text(encoding="utf-8"),
        swagger_base_url="",
        oauth2_config=None,
    )
    return Response(200, "text/html; charset=utf-8", html, headers={"Content-Security-Policy": DOCS_POLICY})


def _document(resolver: BaseRouter, request: Request) -> dict[str, Any]:
    from aws_lambda_powertools.event_handler.openapi.models import Server

    assert isinstance(resolver, ApiGatewayResolver)
    event = request.resolved_event
    # Behind API Gateway the request context's path has the stage in front: /prod/v1/...
    whole = str((event.get("requestContext") or {}).get("path") or event.path)
    servers = [Server(url=whole.removesuffix(event.path) or "/")]
    document: dict[str, Any] = json.loads(resolver.get_openapi_json_schema(servers=servers))
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        if operation.pop(_OPEN, False):
            operation["security"] = []
        operation["responses"].get("204", {}).pop("content", None)
        # Powertools documents a 422 of its own for faulty requests; here they get 400, as the routes say.
        if "HTTPValidationError" in json.dumps(operation["responses"].get("422", {})):
            del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        document["components"]["schemas"].pop(name, None)
    return document
