"""One model behind HTTP, as the Hugging Face inference container serves it: ``GET /ping``, ``POST /invocations``.

Loads ``code/inference.py`` of an unpacked model package and calls what it defines, with the inference toolkit's
names and arguments: ``model_fn(model_dir)``, ``input_fn(body, content_type)``, ``predict_fn(data, model)``,
``output_fn(prediction, accept)``, or ``transform_fn(model, body, content_type, accept)`` instead of the last three.
Each may take one argument more, ``context``. What is missing is done as JSON.

``stream_fn(data, model)`` is ours: if it is defined, it answers requests for a response stream; it yields text,
bytes, or objects, which become JSON lines. A ``predict_fn`` that returns an iterator is streamed as well.

    python model_container.py MODEL_FOLDER

The address is printed as one JSON line once the model is loaded and the server answers.
"""

import importlib.util
import inspect
import json
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any

logger = logging.getLogger("model_container")

STREAM_HEADER = b"x-medassist-response-stream"  # set by the runtime front for response streams
JSON = "application/json"
# Arguments of each function, without the optional context.
ARGUMENTS = {"model_fn": 1, "input_fn": 2, "predict_fn": 2, "output_fn": 2, "transform_fn": 4, "stream_fn": 2}
TEXT_TYPES = (JSON, "text/csv", "text/plain", "application/jsonlines", "application/x-jsonlines")


class Context:
    """What a handler may ask about the container, and set on the answer."""

    def __init__(self, model_folder: Path) -> None:
        self.system_properties = {"model_dir": str(model_folder), "gpu_id": None, "batch_size": 1}
        self.request_headers: dict[str, str] = {}
        self.status = int(HTTPStatus.OK)
        self.reason = ""
        self.content_type = ""

    def set_response_status(self, code: int = 200, phrase: str = "", idx: int = 0) -> None:
        """Answer with another status than 200."""
        self.status, self.reason = int(code), phrase

    def set_response_content_type(self, idx: int, value: str) -> None:
        """Answer with another content type than the one the client accepts."""
        self.content_type = value

    def set_all_response_status(self, code: int = 200, phrase: str = "") -> None:
        """Answer with another status than 200."""
        self.set_response_status(code, phrase)

    def get_request_header(self, idx: int, key: str) -> str | None:
        """Return a header of the request, by any spelling of its name."""
        return self.request_headers.get(key.lower())


class Handlers:
    """The functions of ``code/inference.py``, with JSON in the place of those that are missing."""

    def __init__(self, model_folder: Path) -> None:
        self._folder = model_folder
        module = load_module(model_folder)
        self._given: dict[str, Callable[..., Any]] = {
            name: getattr(module, name) for name in ARGUMENTS if callable(getattr(module, name, None))
        }
        if "transform_fn" in self._given and {"input_fn", "predict_fn", "output_fn"} & set(self._given):
            raise SystemExit("code/inference.py must define transform_fn or input_fn, predict_fn, output_fn, not both.")
        if not {"transform_fn", "predict_fn", "stream_fn"} & set(self._given):
            raise SystemExit("code/inference.py defines neither predict_fn nor transform_fn; one of them must answer.")
        self.model = self._call("model_fn", Context(model_folder), str(model_folder)) if self.has("model_fn") else None

    def has(self, name: str) -> bool:
        """Tell whether the package defines ``name``."""
        return name in self._given

    def answer(self, body: bytes, content_type: str, accept: str, context: Context, stream: bool) -> tuple[Any, str]:
        """Return the answer (bytes, text, object or iterator) and its content type."""
        data: Any = body.decode("utf-8") if content_type.split(";")[0].strip() in TEXT_TYPES else body
        if self.has("transform_fn"):
            return _with_type(self._call("transform_fn", context, self.model, data, content_type, accept), accept)
        if self.has("input_fn"):
            data = self._call("input_fn", context, data, content_type)
        else:
            data = _read(data, content_type)
        if stream and self.has("stream_fn"):
            return self._call("stream_fn", context, data, self.model), accept
        prediction = self._call("predict_fn", context, data, self.model)
        if isinstance(prediction, Iterator):
            return prediction, accept
        if self.has("output_fn"):
            return _with_type(self._call("output_fn", context, prediction, accept), accept)
        return json.dumps(prediction), JSON

    def _call(self, name: str, context: Context, *arguments: Any) -> Any:
        function = self._given[name]
        takes = len(inspect.signature(function).parameters)
        return function(*arguments, context) if takes > ARGUMENTS[name] else function(*arguments)


def load_module(model_folder: Path) -> ModuleType:
    """Import ``code/inference.py``; its folder comes first on the path, so the package's own modules win."""
    code = model_folder / "code"
    path = code / os.environ.get("SAGEMAKER_PROGRAM", "inference.py")
    if not path.is_file():
        raise SystemExit(f"the model package has no code/{path.name}.")
    sys.path.insert(0, str(code))
    spec = importlib.util.spec_from_file_location("inference", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"code/{path.name} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules["inference"] = module
    spec.loader.exec_module(module)
    return module


def _read(data: Any, content_type: str) -> Any:
    if content_type.split(";")[0].strip() not in ("", JSON):
        raise ValueError(f"content type {content_type} cannot be read; send {JSON}, or define input_fn.")
    return json.loads(data)


def _with_type(answer: Any, accept: str) -> tuple[Any, str]:
    if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], str):
        return answer
    return answer, accept


def to_bytes(chunk: Any, line: bool = False) -> bytes:
    """Return a part of an answer as bytes; objects become JSON, in a stream one a line."""
    if isinstance(chunk, bytes | bytearray | memoryview):
        return bytes(chunk)
    if isinstance(chunk, str):
        return chunk.encode()
    return json.dumps(chunk).encode() + (b"\n" if line else b"")


class Application:
    """The ASGI application around one model."""

    def __init__(self, model_folder: Path, workers: int) -> None:
        self._folder = model_folder
        self._handlers = Handlers(model_folder)
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="model")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/ping" and scope["method"] == "GET":
            await _respond(send, 200, b"")
        elif scope["path"] == "/invocations" and scope["method"] == "POST":
            await self._invoke(scope, await _body(receive), send)
        else:
            await _respond(send, 404, b'{"error": "only GET /ping and POST /invocations are served"}')

    async def _invoke(self, scope: dict[str, Any], body: bytes, send: Any) -> None:
        import asyncio

        headers = dict(scope["headers"])
        context = Context(self._folder)
        context.request_headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        content_type = context.request_headers.get("content-type", "") or JSON
        accept = context.request_headers.get("accept", "") or "*/*"
        accept = JSON if "*/*" in accept else accept
        stream = STREAM_HEADER in headers
        loop = asyncio.get_running_loop()
        arguments = (body, content_type, accept, context, stream)
        try:
            answer, type_ = await loop.run_in_executor(self._pool, self._handlers.answer, *arguments)
            chunks = _in_pool(self._pool, answer) if isinstance(answer, Iterator) else None
            if chunks is None:
                data = to_bytes(answer)
            elif stream:
                data = await anext(chunks, b"")  # an error before the first part is still an ordinary answer
            else:
                data = b"".join([chunk async for chunk in chunks])
        except Exception as error:  # the toolkit answers 400 to whatever a handler raises
            logger.exception("the model's code failed")
            failure = {"code": 400, "type": type(error).__name__, "message": str(error)}
            await _respond(send, 400, json.dumps(failure).encode())
            return
        type_ = context.content_type or type_
        if chunks is not None and stream:
            await _respond_in_parts(send, context.status, data, chunks, type_)
        else:
            await _respond(send, context.status, data, type_)


async def _respond_in_parts(send: Any, status: int, first: bytes, rest: AsyncIterator[bytes], type_: str) -> None:
    headers = [(b"content-type", type_.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": first, "more_body": True})
    async for chunk in rest:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _in_pool(pool: ThreadPoolExecutor, chunks: Iterator[Any]) -> AsyncIterator[bytes]:
    import asyncio

    loop, end = asyncio.get_running_loop(), object()
    while (chunk := await loop.run_in_executor(pool, next, chunks, end)) is not end:
        yield to_bytes(chunk, line=True)


async def _body(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _respond(send: Any, status: int, body: bytes, type_: str = JSON) -> None:
    headers = [(b"content-type", type_.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main(arguments: list[str]) -> None:
    """Load the model, serve it on a free port of 127.0.0.1, print the address."""
    import uvicorn

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    workers = int(os.environ.get("SAGEMAKER_MODEL_SERVER_WORKERS", "1"))
    application = Application(Path(arguments[0]), workers)
    # The protocol is named because asyncio looks at it before it turns Nagle's delay (40 ms an answer) off.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
        config = uvicorn.Config(application, log_level="warning", lifespan="off", timeout_graceful_shutdown=2)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1:])
