"""The HTTP server of the emulated cloud: moto's services, the SageMaker runtime and the control routes on one port."""

import json
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any, cast
from urllib.parse import urlsplit

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_INVOCATIONS = re.compile(r"/endpoints/([^/]+)/(invocations|invocations-response-stream)$")


class FrontDoor:
    """Sends each request where it belongs.

    ``runtime(environ, start_response, endpoint_name, stream)`` serves the SageMaker runtime,
    ``control(environ, start_response)`` everything under ``/_medassist/``, ``amplify`` Amplify's calls and uploads,
    ``vectors`` S3 Vectors' calls, ``comprehend`` Comprehend Medical's, and moto the rest; ``note(environ)`` is called
    before a service's request, ``after(method, target)`` when one to moto is done.
    """

    def __init__(
        self,
        runtime: Callable[..., Iterable[bytes]],
        control: WSGIApp,
        amplify: WSGIApp,
        vectors: WSGIApp,
        comprehend: WSGIApp,
        note: Callable[[dict[str, Any]], None],
        after: Callable[[str, str], None],
    ) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._moto = DomainDispatcherApplication(create_backend_app)
        self._runtime, self._control, self._amplify, self._vectors = runtime, control, amplify, vectors
        self._comprehend = comprehend
        self._note, self._after = note, after

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "GET")
        if not _from_this_machine(environ):
            return answer_json(start_response, "403 Forbidden", {"error": "only programs on this machine are served"})
        if path.startswith("/_medassist/amplify/") or "/amplify/" in environ.get("HTTP_AUTHORIZATION", ""):
            return self._amplify(environ, start_response)
        if path.startswith("/_medassist/"):
            return self._control(environ, start_response)
        if path.startswith("/moto-api"):  # would let any page that a browser shows reset the whole state
            return answer_json(start_response, "403 Forbidden", {"error": "moto's own routes are closed here"})
        self._note(environ)
        if "/s3vectors/" in environ.get("HTTP_AUTHORIZATION", ""):
            return self._vectors(environ, start_response)
        if "/comprehendmedical/" in environ.get("HTTP_AUTHORIZATION", ""):
            return self._comprehend(environ, start_response)
        if method == "POST" and (match := _INVOCATIONS.match(path)) and _for_sagemaker(environ):
            stream = match[2] == "invocations-response-stream"
            return self._runtime(environ, start_response, match[1], stream)
        try:
            return cast(Iterable[bytes], self._moto(environ, start_response))
        finally:
            self._after(method, environ.get("HTTP_X_AMZ_TARGET", ""))


def _from_this_machine(environ: dict[str, Any]) -> bool:
    """Refuse what a foreign page makes a browser send: to a name that leads here, or from another origin."""
    addresses = [f"//{environ.get('HTTP_HOST', '')}", environ.get("HTTP_ORIGIN") or "//127.0.0.1"]
    return all(urlsplit(address).hostname in ("127.0.0.1", "localhost") for address in addresses)


def _for_sagemaker(environ: dict[str, Any]) -> bool:
    # An S3 object may be called endpoints/x/invocations too; the signature names the service.
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    return not authorization or "/sagemaker/" in authorization


def answer_json(start_response: Callable[..., Any], status: str, value: Any) -> list[bytes]:
    """Answer a WSGI request with ``value`` as JSON."""
    body = json.dumps(value).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


class CloudServer:
    """A threaded werkzeug server on 127.0.0.1; ``port`` 0 takes a free one."""

    def __init__(self, app: WSGIApp, port: int = 0) -> None:
        from moto.moto_server.werkzeug_app import MotoRequestHandler
        from werkzeug.serving import make_server

        class Handler(MotoRequestHandler):
            disable_nagle_algorithm = True  # otherwise small answers wait 40 ms for the client's acknowledgement
            timeout = 300  # seconds a client may stay silent within a request

            def log_request(self, code: Any = "-", size: Any = "-") -> None:
                """Requests are not logged one by one; moto logs what fails."""

        server: Any = make_server("127.0.0.1", port, app, threaded=True, request_handler=Handler)
        server.daemon_threads, server.block_on_close = True, False
        self._server = server
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="http", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
