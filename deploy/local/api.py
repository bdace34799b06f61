"""The REST API and the page on 127.0.0.1: Lambda's own routes under uvicorn, the page's files at ``/``.

``python deploy/local/api.py --port 8000`` reads the same ``MEDASSIST_*`` and ``AWS_*`` variables as Lambda, loads the
index, and prints ``{"url": "http://127.0.0.1:8000"}`` as its one line on stdout once requests are answered. Logs go to
stderr. It stops on SIGTERM, SIGINT and, with ``--watch-stdin``, when stdin closes.
"""

import argparse
import asyncio
import contextlib
import functools
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
# A request takes up to three threads: two wait in Powertools' validation, which runs synchronous middleware in threads,
# and one works. Fewer threads than that and requests could wait for each other for ever.
CONCURRENT_REQUESTS = 32
THREADS = 3 * CONCURRENT_REQUESTS + 8
MAX_BODY_BYTES = 256 * 1024
# Nobody signs in on loopback: requests are this caller's.
DEMO_CALLER = "demo"

# The page's policy; at AWS the Amplify app sends it, with the API's and the sign-in page's addresses beside 'self'.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class StartError(Exception):
    """The API cannot start; the text is one sentence for people."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; return the exit status."""
    options = _parse(arguments)
    ready = _own_stdout()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        listener = _listen(options.port)
        site = _load_site()
        _serve(site, listener, ready, options.watch_stdin)
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serve the REST API and the page on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--watch-stdin", action="store_true", help="stop when stdin closes")
    return parser.parse_args(arguments)


def _own_stdout() -> int:
    """Keep stdout for the ready line; whatever else is printed goes to stderr. Return stdout's descriptor."""
    sys.stdout.flush()
    ready = os.dup(1)
    os.dup2(2, 1)
    return ready


def _listen(port: int) -> socket.socket:
    # The protocol is named because asyncio looks at it before it turns Nagle's delay (40 ms an answer) off.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        raise StartError(f"Port {port} is taken or not allowed; choose another with --port, or 0 for any.") from error
    return listener


def _load_site() -> "Site":
    """Import the routes, fetch and load the index."""
    os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
    if not os.environ.get("MEDASSIST_DEFAULT_CALLER"):
        os.environ["MEDASSIST_DEFAULT_CALLER"] = DEMO_CALLER
    sys.path[:0] = [str(ROOT), str(ROOT / "lambda")]
    import app

    from medassist.errors import MedAssistError

    try:
        app.services()
    except MedAssistError as error:
        raise StartError(str(error)) from error
    return Site(app)


def _serve(site: "Site", listener: socket.socket, ready: int, watch_stdin: bool) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "api"))
            await super().startup(sockets)
            host, port = listener.getsockname()
            os.write(ready, json.dumps({"url": f"http://{host}:{port}"}).encode() + b"\n")

    config = uvicorn.Config(site, log_level="warning", access_log=False, timeout_graceful_shutdown=5)
    server = Server(config)
    if watch_stdin:
        threading.Thread(target=_stop_at_end_of_stdin, args=(server,), daemon=True).start()
    server.run(sockets=[listener])


def _stop_at_end_of_stdin(server: Any) -> None:
    with contextlib.suppress(OSError, ValueError):
        while sys.stdin.buffer.read(4096):
            pass
    server.should_exit = True


class Site:
    """The ASGI application: Lambda's routes below ``/v1``, the page's files elsewhere."""

    def __init__(self, app: Any) -> None:
        from starlette.staticfiles import StaticFiles

        self._app = app
        self._api = app.configure(_resolver())
        self._page = StaticFiles(directory=ROOT / "deploy" / "web", html=True)
        self._free = asyncio.Semaphore(CONCURRENT_REQUESTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope.get("path", "").startswith("/v1"):
            await self._answer(scope, receive, send)
        elif scope["type"] == "http":
            await self._file(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._api(scope, receive, send)
            return
        body = await _read(receive)
        if (fault := _fault(scope, body)) is not None:
            response = self._app.problem(*fault).__dict__
            await _send(send, response["status_code"], self._app.PROBLEM_JSON, response["body"].encode())
            return

        async def replay() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async with self._free:
            await self._api(scope, replay, send)

    async def _file(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.exceptions import HTTPException

        try:
            response = await self._page.get_response(self._page.get_path(scope), scope)
        except HTTPException as error:
            await _send(send, error.status_code, "text/plain; charset=utf-8", b"There is no such page.\n")
            return
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        await response(scope, receive, send)


def _resolver() -> Any:
    from aws_lambda_powertools.event_handler import HttpResolverLocal

    class ThreadedResolver(HttpResolverLocal):
        """Runs route functions in threads: Powertools would run them in the event loop, one at a time."""

        def route(self, *arguments: Any, **named: Any) -> Any:
            register = super().route(*arguments, **named)
            return lambda function: register(_threaded(function))

    return ThreadedResolver(enable_validation=True)


def _threaded(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(function)
    async def run(**arguments: Any) -> Any:
        return await asyncio.to_thread(function, **arguments)

    return run


async def _read(receive: Receive) -> bytes:
    """Read a body, but not much further than its limit."""
    body = b""
    while len(body) <= MAX_BODY_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


def _fault(scope: Scope, body: bytes) -> tuple[Any, str, str] | None:
    """Return what API Gateway would have refused before Lambda: status, title and detail."""
    from http import HTTPStatus

    if len(body) > MAX_BODY_BYTES:
        detail = f"The body is larger than {MAX_BODY_BYTES // 1024} KiB; send less."
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Body too large", detail
    try:
        body.decode()
        for name, value in scope["headers"]:
            name.decode(), value.decode()
        scope["query_string"].decode()
    except UnicodeDecodeError:
        return HTTPStatus.BAD_REQUEST, "Invalid request", "The request is not UTF-8; send JSON in UTF-8."
    return None


async def _send(send: Send, status: int, content_type: str, body: bytes) -> None:
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    sys.exit(main())
