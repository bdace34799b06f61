"""The functions of a model package's ``code/inference.py``, as Hugging Face's inference toolkit calls them.

Names and arguments are the toolkit's: ``model_fn(model_dir)``, ``input_fn(body, content_type)``,
``predict_fn(data, model)``, ``output_fn(prediction, accept)``, or ``transform_fn(model, body, content_type, accept)``
instead of the last three. Each may take one argument more, ``context``. What is missing is done as JSON.

Three more are ours; Hugging Face's container has none of them and does without:

``stream_fn(data, model)``
    Answers requests that say ``stream`` (a key of a JSON object, or an attribute of what ``input_fn`` returns). It
    yields text, bytes, or objects, which become JSON lines. A ``predict_fn`` that returns an iterator is streamed too.
``concurrency_fn(model)``
    Says how many requests may be inside these functions at once; without it one, or ``SAGEMAKER_MODEL_SERVER_WORKERS``.
``drain_fn(model, limit_s)``
    Is called when the server is told to stop; finishes what is under way, within ``limit_s`` seconds.
"""

import importlib.util
import inspect
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any

JSON = "application/json"
# Arguments of each function, without the optional context.
ARGUMENTS = {
    "model_fn": 1,
    "input_fn": 2,
    "predict_fn": 2,
    "output_fn": 2,
    "transform_fn": 4,
    "stream_fn": 2,
    "concurrency_fn": 1,
    "drain_fn": 2,
}
TEXT_TYPES = (JSON, "text/csv", "text/plain", "application/jsonlines", "application/x-jsonlines")


class Context:
    """What a function may ask about the container and the request, and set on the answer."""

    def __init__(self, model_folder: Path, request_headers: Mapping[str, str] | None = None) -> None:
        self.system_properties = {"model_dir": str(model_folder), "gpu_id": None, "batch_size": 1}
        self.request_headers = dict(request_headers or {})
        self.status = int(HTTPStatus.OK)
        self.reason = ""
        self.content_type = ""
        self.response_headers: dict[str, str] = {}
        self._gone, self._callbacks, self._lock = False, list[Callable[[], None]](), threading.Lock()

    def set_response_status(self, code: int = 200, phrase: str = "", idx: int = 0) -> None:
        """Answer with another status than 200."""
        self.status, self.reason = int(code), phrase

    def set_response_content_type(self, idx: int, value: str) -> None:
        """Answer with another content type than the one the client accepts."""
        self.content_type = value

    def set_response_header(self, idx: int, key: str, value: str) -> None:
        """Add a header to the answer."""
        self.response_headers[key] = value

    def set_all_response_status(self, code: int = 200, phrase: str = "") -> None:
        """Answer with another status than 200."""
        self.set_response_status(code, phrase)

    def get_request_header(self, idx: int, key: str) -> str | None:
        """Return a header of the request, by any spelling of its name."""
        return self.request_headers.get(key.lower())

    @property
    def gone(self) -> bool:
        """Whether the client has left. Ours, as is :meth:`on_disconnect`."""
        return self._gone

    def on_disconnect(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` when the client leaves before it has its answer; at once if it has left already."""
        with self._lock:
            if not self._gone:
                self._callbacks.append(callback)
                return
        callback()

    def disconnect(self) -> None:
        """Note that the client has left."""
        with self._lock:
            self._gone, callbacks, self._callbacks = True, self._callbacks, []
        for callback in callbacks:
            callback()


class PackageCode:
    """The functions of ``code/inference.py``, with JSON in the place of those that are missing; loads the model."""

    def __init__(self, model_folder: Path) -> None:
        module = load_module(model_folder)
        self._given: dict[str, Callable[..., Any]] = {
            name: getattr(module, name) for name in ARGUMENTS if callable(getattr(module, name, None))
        }
        if "transform_fn" in self._given and {"input_fn", "predict_fn", "output_fn"} & set(self._given):
            raise SystemExit("code/inference.py must define transform_fn or input_fn, predict_fn, output_fn, not both.")
        if not {"transform_fn", "predict_fn", "stream_fn"} & set(self._given):
            raise SystemExit("code/inference.py defines neither predict_fn nor transform_fn; one of them must answer.")
        about = Context(model_folder)
        self.model = self._call("model_fn", about, str(model_folder)) if self.has("model_fn") else None
        default = int(os.environ.get("SAGEMAKER_MODEL_SERVER_WORKERS", "1"))
        self.concurrency: int = (
            self._call("concurrency_fn", about, self.model) if self.has("concurrency_fn") else default
        )

    def has(self, name: str) -> bool:
        """Tell whether the package defines ``name``."""
        return name in self._given

    def answer(self, body: bytes, content_type: str, accept: str, context: Context) -> tuple[Any, str]:
        """Return the answer (bytes, text, object or iterator) and its content type."""
        data: Any = body.decode("utf-8") if content_type.split(";")[0].strip() in TEXT_TYPES else body
        if self.has("transform_fn"):
            return _with_type(self._call("transform_fn", context, self.model, data, content_type, accept), accept)
        if self.has("input_fn"):
            data = self._call("input_fn", context, data, content_type)
        else:
            data = _read(data, content_type)
        if self.has("stream_fn") and _wants_stream(data):
            return self._call("stream_fn", context, data, self.model), accept
        prediction = self._call("predict_fn", context, data, self.model)
        if isinstance(prediction, Iterator):
            return prediction, accept
        if self.has("output_fn"):
            return _with_type(self._call("output_fn", context, prediction, accept), accept)
        return json.dumps(prediction), JSON

    def drain(self, limit_s: float) -> None:
        """Let the package finish what is under way, if it can."""
        if self.has("drain_fn"):
            self._given["drain_fn"](self.model, limit_s)

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


def to_bytes(chunk: Any, line: bool = False) -> bytes:
    """Return a part of an answer as bytes; objects become JSON, in a stream one a line."""
    if isinstance(chunk, bytes | bytearray | memoryview):
        return bytes(chunk)
    if isinstance(chunk, str):
        return chunk.encode()
    return json.dumps(chunk).encode() + (b"\n" if line else b"")


def _wants_stream(data: Any) -> bool:
    return bool(data.get("stream") if isinstance(data, Mapping) else getattr(data, "stream", False))


def _read(data: Any, content_type: str) -> Any:
    if content_type.split(";")[0].strip() not in ("", JSON):
        raise ValueError(f"content type {content_type} cannot be read; send {JSON}, or define input_fn.")
    return json.loads(data)


def _with_type(answer: Any, accept: str) -> tuple[Any, str]:
    if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], str):
        return answer
    return answer, accept
