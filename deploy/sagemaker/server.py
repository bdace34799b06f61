"""One model behind HTTP, as SageMaker wants it of a container: ``GET /ping`` and ``POST /invocations``.

What runs is ``code/inference.py`` of an unpacked model package; :mod:`package_code` says which functions it may define.
The same program serves in the container of our own image (``Dockerfile``) and behind the emulated cloud's endpoints.

* ``/ping`` answers 200 once the model is loaded and has warmed up, 503 before that and while the server stops.
* An iterator is sent in parts as it goes on; that is how response streams come about.
* A client who leaves is told to the package (``context.on_disconnect``).
* SIGTERM stops it gently: requests that come now get 503, those under way are finished within ``--drain`` seconds.
  SageMaker sends SIGKILL after 30.

    python server.py serve --model-folder FOLDER --port 0

The address is printed as one JSON line once the server listens. The port is that of SAGEMAKER_BIND_TO_PORT, or 8080; 0
takes a free one.
"""

import argparse
import asyncio
import json
import logging
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any

from package_code import JSON, Context, PackageCode, to_bytes

logger = logging.getLogger("server")

MAX_BODY = 6 * 1024 * 1024  # bytes of a request; SageMaker's limit
DRAIN_S = 25.0  # leaves five of SageMaker's 30 seconds for the way out
RETRY_S = "2"  # what who comes too early or too late is told
KEEP_ALIVE_S = 75  # longer than a balancer's, so that it is not the server that closes a connection just taken again
_END = object()

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Application:
    """The ASGI application around one model."""

    def __init__(self, model_folder: Path) -> None:
        self._folder = model_folder
        self._code: PackageCode | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._stopping = False
        self._in_flight = 0
        self._changed = threading.Condition()

    def load(self) -> None:
        """Load the package and its model; from then on requests are answered."""
        code = PackageCode(self._folder)
        self._pool = ThreadPoolExecutor(max_workers=code.concurrency, thread_name_prefix="request")
        self._code = code

    def drain(self, limit_s: float) -> None:
        """Take no more requests, and wait until the others are answered or ``limit_s`` seconds have passed."""
        deadline = time.monotonic() + limit_s
        self._stopping = True
        if self._code is not None:
            self._code.drain(limit_s)
        with self._changed:
            self._changed.wait_for(lambda: self._in_flight == 0, max(deadline - time.monotonic(), 0.5))

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        ready = self._code is not None and not self._stopping
        match scope["method"], scope["path"]:
            case "GET", "/ping":
                await _respond(send, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE)
            case "POST", "/invocations" if ready:
                await self._invoke(scope, receive, send)
            case "POST", "/invocations":
                doing = "being stopped" if self._stopping else "still being loaded"
                error = {"error": f"The model is {doing} and takes no requests; try again in {RETRY_S} s."}
                await _respond(send, HTTPStatus.SERVICE_UNAVAILABLE, error, {"retry-after": RETRY_S})
            case _:
                error = {"error": "Only GET /ping and POST /invocations are served; use one of them."}
                await _respond(send, HTTPStatus.NOT_FOUND, error)

    async def _invoke(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        context = Context(self._folder, headers)
        self._count(1)
        try:
            if (body := await _body(receive)) is None:
                error = {"error": f"The request has more than {MAX_BODY} bytes, the most that is taken; send less."}
                await _respond(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error)
                return
            gone = asyncio.ensure_future(_until_gone(receive))
            answering = asyncio.ensure_future(self._answer(body, context, send))
            await asyncio.wait({gone, answering}, return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            if answering.done():
                await answering
            else:  # nobody reads it: what the package makes of it, its thread finds out alone
                context.disconnect()
                answering.add_done_callback(_forget)
        finally:
            self._count(-1)

    async def _answer(self, body: bytes, context: Context, send: Send) -> None:
        """Let the package answer and send what it says; what it raises is a 400, as the inference toolkit has it."""
        assert self._code is not None
        content_type = context.get_request_header(0, "content-type") or JSON
        accept = context.get_request_header(0, "accept") or "*/*"
        accept = JSON if "*/*" in accept else accept
        try:
            answer, type_ = await self._run(self._code.answer, body, content_type, accept, context)
            in_parts = isinstance(answer, Iterator)
            # An error before the first part is still an ordinary answer.
            first = await self._run(next, answer, b"") if in_parts else answer
        except Exception as error:
            if not context.gone:
                _log(error)
            failure = {"code": 400, "type": type(error).__name__, "message": str(error)}
            await _respond(send, HTTPStatus.BAD_REQUEST, failure)
            return
        headers = {"content-type": context.content_type or type_, **context.response_headers}
        if in_parts and context.status == HTTPStatus.OK:
            await self._send_parts(send, context, first, answer, headers)
        else:
            await _respond(send, context.status, to_bytes(first), headers)

    async def _send_parts(
        self, send: Send, context: Context, first: Any, rest: Iterator[Any], headers: dict[str, str]
    ) -> None:
        await send({"type": "http.response.start", "status": context.status, "headers": _encoded(headers)})
        chunk = first
        try:
            while chunk is not _END and not context.gone:
                await send({"type": "http.response.body", "body": to_bytes(chunk, line=True), "more_body": True})
                chunk = await self._run(next, rest, _END)
        finally:
            if hasattr(rest, "close"):
                await self._run(rest.close)
        await send({"type": "http.response.body", "body": b""})

    async def _run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    def _count(self, change: int) -> None:
        with self._changed:
            self._in_flight += change
            self._changed.notify_all()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":  # which is also said once the answer has been sent
        pass


def _log(error: Exception) -> None:
    """Say what failed and where, without its message: that may quote a question."""
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("the model's code failed: %s\n%s", type(error).__name__, where)


def _forget(answering: "asyncio.Future[None]") -> None:
    """Look at the outcome of an answer that nobody waits for, so that asyncio does not complain."""
    if not answering.cancelled():
        answering.exception()


async def _body(receive: Receive) -> bytes | None:
    """Return a request's body, or None if it is too large; the rest is read and dropped, so that the client listens."""
    parts, size = [], 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if size <= MAX_BODY:
            parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts) if size <= MAX_BODY else None


async def _respond(send: Send, status: int, content: Any = b"", headers: dict[str, str] | None = None) -> None:
    body = to_bytes(content)
    headers = {"content-type": JSON, "content-length": str(len(body)), **(headers or {})}
    await send({"type": "http.response.start", "status": int(status), "headers": _encoded(headers)})
    await send({"type": "http.response.body", "body": body})


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def serve(model_folder: Path, host: str, port: int, drain_s: float) -> int:
    """Listen, load the model, answer until SIGTERM has been followed; return the process's exit code."""
    import uvicorn

    application = Application(model_folder)
    limits = {"timeout_keep_alive": KEEP_ALIVE_S, "timeout_graceful_shutdown": 1}
    config = uvicorn.Config(application, log_level="warning", lifespan="off", **limits)
    server, failed = uvicorn.Server(config), threading.Event()

    def load() -> None:
        try:
            application.load()
        except BaseException:  # SystemExit too: whatever it is, there is nothing to serve
            traceback.print_exc()
            failed.set()
            server.should_exit = True

    def drain() -> None:
        application.drain(drain_s)
        server.should_exit = True

    def on_signal(_number: int, _frame: Any) -> None:
        threading.Thread(target=drain, name="drain", daemon=True).start()

    server.handle_exit = on_signal
    # The protocol is named because asyncio looks at it before it turns Nagle's delay (40 ms an answer) off.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        print(json.dumps({"url": f"http://{host}:{listener.getsockname()[1]}"}), flush=True)
        threading.Thread(target=load, name="load", daemon=True).start()
        server.run(sockets=[listener])
    return int(failed.is_set())


def main(arguments: list[str]) -> int:
    """Read the command line and serve."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("command", nargs="?", choices=["serve"], help="what SageMaker calls a container with")
    parser.add_argument("--model-folder", type=Path, default=Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model")))
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=int, default=int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")))
    parser.add_argument("--drain", type=float, default=DRAIN_S, metavar="SECONDS", help="default: %(default)s")
    options = parser.parse_args(arguments)
    return serve(options.model_folder, options.host, options.port, options.drain)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a call that nobody waits for any more must not hold the process up
