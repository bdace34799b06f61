"""The REST API and the page on 127.0.0.1: Lambda's own routes under uvicorn, the page's files at ``/``.

Before the routes stands what stands before them on AWS: API Gateway with its limit of requests and its authoriser of a
Cognito user pool, and Cognito's sign-in, where the page's visitor is the demo user. The page has the headers that
Amplify sends with it, and is compressed.

``python deploy/local/api.py --port 8000`` reads the same ``MEDASSIST_*`` and ``AWS_*`` variables as Lambda, loads the
index, and prints ``{"url": "http://127.0.0.1:8000"}`` as its one line on stdout once requests are answered. Logs go to
stderr. It stops on SIGTERM, SIGINT and, with ``--watch-stdin``, when stdin closes.
"""

import argparse
import asyncio
import contextlib
import contextvars
import functools
import json
import math
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import throttle
import user_pools
from authoriser import Authoriser, RefusedError
from sign_in_page import PREFIX as SIGN_IN
from sign_in_page import SignInPage

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
# A request takes up to three threads: two wait in Powertools' validation, which runs synchronous middleware in threads,
# and one works. Fewer threads than that and requests could wait for each other for ever.
CONCURRENT_REQUESTS = 32
THREADS = 3 * CONCURRENT_REQUESTS + 8
OPEN = "/v1/health"  # the one route that asks nobody who they are
PERSON = "emulated"  # access key id: the front door is no part of the function, and its calls are not the function's
NAMES = {"127.0.0.1", "localhost"}

# What the Amplify app sends with the page at AWS, where the API's and the sign-in page's addresses stand beside 'self'.
# No script of the page makes HTML of text: the browser is told to refuse it (trusted types).
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",  # asked for each time; what has not changed is not sent again (ETag)
}

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_claims: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("claims", default=None)


class StartError(Exception):
    """The API cannot start; the text is one sentence for people."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; return the exit status."""
    options = _parse(arguments)
    ready = _own_stdout()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        listener = _listen(options.port)
        site = _load_site(options.stack_name, throttle.TokenBucket(options.rate, options.burst))
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
    parser.add_argument("--stack-name", default="medassist", help="name of the user pool; made if there is none")
    parser.add_argument(
        "--rate", type=_not_negative, default=throttle.RATE, help="requests a second that are let in; 0 for all"
    )
    parser.add_argument("--burst", type=_positive, default=throttle.BURST, help="requests at once beyond that")
    parser.add_argument("--watch-stdin", action="store_true", help="stop when stdin closes")
    return parser.parse_args(arguments)


def _not_negative(text: str) -> float:
    if not 0 <= (value := float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no number of requests a second; give 0 or more.")
    return value


def _positive(text: str) -> int:
    if (value := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of requests; give 1 or more.")
    return value


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


def _load_site(stack_name: str, bucket: throttle.TokenBucket) -> "Site":
    """Import the routes, fetch and load the index, find the user pool."""
    os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
    sys.path[:0] = [str(ROOT), str(ROOT / "lambda")]
    import app
    from botocore.exceptions import BotoCoreError, ClientError

    from medassist.errors import MedAssistError

    try:
        app.services()
        cognito = _cognito()
        pool_id = user_pools.ensure_pool(cognito, stack_name)
        keys_url = f"{cognito.meta.endpoint_url}/{pool_id}/.well-known/jwks.json"
        authoriser = Authoriser(pool_id, cognito.meta.region_name, keys_url)
        return Site(app, authoriser, SignInPage(cognito, pool_id), bucket)
    except MedAssistError as error:
        raise StartError(str(error)) from error
    except (BotoCoreError, ClientError) as error:
        raise StartError(f"The user pool {stack_name} cannot be used ({error}); is the emulated cloud up?") from error


def _cognito() -> Any:
    import boto3
    from botocore.config import Config

    session = boto3.Session(aws_access_key_id=PERSON, aws_secret_access_key=PERSON)
    return session.client("cognito-idp", config=Config(connect_timeout=2, read_timeout=10, proxies={}))


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
    with contextlib.suppress(OSError):
        while os.read(0, 4096):  # not sys.stdin: its lock, held here, would abort an interpreter that ends by a signal
            pass
    server.should_exit = True


class Site:
    """The ASGI application: Lambda's routes below ``/v1``, Cognito's sign-in, the page's files elsewhere."""

    def __init__(self, app: Any, authoriser: Authoriser, sign_in: SignInPage, bucket: throttle.TokenBucket) -> None:
        from starlette.middleware.gzip import GZipMiddleware
        from starlette.staticfiles import StaticFiles

        self._app, self._authoriser, self._sign_in, self._bucket = app, authoriser, sign_in, bucket
        self._api = app.configure(_resolver(app))
        self._files = StaticFiles(directory=ROOT / "deploy" / "web", html=True)
        self._page = GZipMiddleware(self._file)
        self._free = asyncio.Semaphore(CONCURRENT_REQUESTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "lifespan":
            await self._api(scope, receive, send)
        elif scope["type"] != "http":
            return
        elif urlsplit(f"//{_header(scope, b'host')}").hostname not in NAMES:
            # A name of somebody else's that leads here: their page would be asking.
            await self._refuse(send, HTTPStatus.MISDIRECTED_REQUEST, "Wrong name", "Ask for 127.0.0.1 or localhost.")
        elif path == "/v1" or path.startswith("/v1/"):
            await self._answer(scope, receive, send)
        elif path.startswith(f"{SIGN_IN}/"):
            await self._signing_in(scope, receive, send)
        elif path == "/config.json":
            headers = {**PAGE_HEADERS, "Content-Type": "application/json"}
            await _send(send, 200, headers, json.dumps(self._sign_in.settings).encode())
        else:
            await self._page(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive, self._app.MAX_BODY_BYTES)
        if wait_s := self._bucket.take():
            headers = {"Retry-After": str(wait_s)}
            await self._refuse(send, HTTPStatus.TOO_MANY_REQUESTS, throttle.TITLE, throttle.DETAIL, headers)
            return
        if (fault := _fault(scope, body, self._app.MAX_BODY_BYTES)) is not None:
            await self._refuse(send, *fault)
            return
        if scope["path"] != OPEN:
            try:
                given = _header(scope, b"authorization")
                _claims.set(await asyncio.to_thread(self._authoriser.claims_of, given))
            except RefusedError:
                detail = "The request names no caller; sign in and send your token with it."
                await self._refuse(
                    send, HTTPStatus.UNAUTHORIZED, "Not signed in", detail, {"WWW-Authenticate": "Bearer"}
                )
                return

        async def replay() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async with self._free:
            await self._api(scope, replay, send)

    async def _refuse(
        self, send: Send, status: HTTPStatus, title: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        response = self._app.problem(status, title, detail)
        sent = {"Content-Type": self._app.PROBLEM_JSON, **(headers or {})}
        await _send(send, int(status), sent, response.body.encode())

    async def _signing_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive, self._app.MAX_BODY_BYTES)
        origin = f"http://{_header(scope, b'host')}"
        query = scope["query_string"].decode("ascii", "replace")
        reply = await asyncio.to_thread(self._sign_in.answer, scope["method"], scope["path"], query, body, origin)
        await _send(send, *reply)

    async def _file(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.exceptions import HTTPException

        try:
            response = await self._files.get_response(self._files.get_path(scope), scope)
        except HTTPException as error:
            plain = {**PAGE_HEADERS, "Content-Type": "text/plain; charset=utf-8"}
            await _send(send, error.status_code, plain, b"There is no such page.\n")
            return
        response.headers.update(PAGE_HEADERS)
        await response(scope, receive, send)


def _resolver(app: Any) -> Any:
    from aws_lambda_powertools.event_handler import HttpResolverLocal

    from medassist.config import Settings

    class ThreadedResolver(HttpResolverLocal):
        """Runs route functions in threads: Powertools would run them in the event loop, one at a time.

        Claims stand in the event where API Gateway puts them.
        """

        def _to_proxy_event(self, event: dict[str, Any]) -> Any:
            event["requestContext"] = {**event["requestContext"], "authorizer": {"claims": _claims.get()}}
            return super()._to_proxy_event(event)

        def route(self, *arguments: Any, **named: Any) -> Any:
            register = super().route(*arguments, **named)
            return lambda function: register(_threaded(function))

    return ThreadedResolver(enable_validation=True, cors=app.cors(Settings.from_environment()))


def _threaded(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(function)
    async def run(**arguments: Any) -> Any:
        return await asyncio.to_thread(function, **arguments)

    return run


async def _read(receive: Receive, limit: int) -> bytes:
    """Read a body, but not much further than its limit."""
    body = b""
    while len(body) <= limit:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for known, value in scope["headers"] if known == name), "")


def _fault(scope: Scope, body: bytes, limit: int) -> tuple[HTTPStatus, str, str] | None:
    """Return what API Gateway would have refused before Lambda: status, title and detail."""
    if len(body) > limit:
        detail = f"The body is larger than {limit // 1024} KiB; send less."
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request too large", detail
    try:
        body.decode()
        for name, value in scope["headers"]:
            name.decode(), value.decode()
        scope["query_string"].decode()
    except UnicodeDecodeError:
        return HTTPStatus.BAD_REQUEST, "Invalid request", "The request is not UTF-8; send JSON in UTF-8."
    return None


async def _send(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send(
        {
            "type": "http.response.start",
            "status": int(status),
            "headers": [*pairs, (b"content-length", str(len(body)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    sys.exit(main())
