"""What a SageMaker endpoint runs: the functions that Hugging Face's inference container and our own server call.

``model_fn`` loads the model once; then, for each request, ``input_fn`` → ``predict_fn`` → ``output_fn``. A request that
cannot be answered gets a status and ``{"error": sentence}``. The wire format is described in ``medassist/endpoint.py``.

Requests go through a queue (:mod:`medassist.batching`). Our server hands over many at once, so that they are answered
in batches; it also streams (``stream_fn``), tells when a caller leaves, and drains the queue before it stops.
Hugging Face's container hands over one at a time: the queue is then a mere passage.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, TypeVar

from medassist.batching import Batcher, Limits, Ticket
from medassist.errors import BusyError, ConfigurationError, InvalidRequestError, MedAssistError, TooLargeError
from medassist.generation import Generator
from medassist.model_requests import DEFAULT_NEW_TOKENS, Request, check_request
from medassist.prompts import JUDGE, PassageText
from medassist.schemas import Generation

JSON = "application/json"
Result = TypeVar("Result")
MAX_BODY = 1024 * 1024  # bytes; 20 passages of 180 words have some 30,000
SPARE_CALLS = 8  # calls beside those that the queue takes, so that it can refuse them
WARM_UP = (
    Request("What is a warm-up?", [PassageText("Warm-up", "It comes first.")], max_new_tokens=2),
    Request("Does it come first?", [PassageText("Warm-up", "It comes first.")], task=JUDGE),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that can be answered, and whether its answer is wanted piece by piece."""

    request: Request
    stream: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that cannot be answered, and why."""

    error: str


class Model:
    """The model and the queue in front of it."""

    def __init__(self, generator: Generator, limits: Limits) -> None:
        self.generator = generator
        self.limits = limits
        self.batcher = Batcher(
            generator.respond, limits, alike=lambda request: (bool(request.candidates), request.beams)
        )

    def submit(self, asked: Asked, context: Any) -> Ticket:
        """Put a request into the queue; if the container can tell that the caller has left, it leaves the queue."""
        self.generator.inputs(asked.request)  # refuses what would break the whole batch
        ticket = self.batcher.submit(asked.request, stream=asked.stream)
        if hasattr(context, "on_disconnect"):
            context.on_disconnect(ticket.leave)
        return ticket


def model_fn(model_dir: str, context: Any = None) -> Model:
    """Load the model, and answer with it: the first computation is slow and should not be a caller's."""
    threads = _number(os.environ, "MEDASSIST_THREADS", 0)
    generator = Generator.load(model_dir, engine="onnx", threads=threads or None)
    for request in WARM_UP:
        generator.respond([request])
    return Model(generator, _limits(os.environ))


def concurrency_fn(model: Model) -> int:
    """Return how many calls our server may let in at once: all that the queue takes, and some to be refused."""
    limits = model.limits
    return limits.max_waiting + limits.workers * limits.max_batch + SPARE_CALLS


def drain_fn(model: Model, limit_s: float) -> None:
    """Answer what is in the queue and take nothing more."""
    model.batcher.close(limit_s)


def input_fn(body: str | bytes, content_type: str, context: Any = None) -> Asked | Refusal:
    """Read and check a request. Without a context, which sets the status, the error is raised instead."""
    return _refusing(context, lambda: _read(body, content_type))


def predict_fn(data: Asked | Refusal, model: Model, context: Any = None) -> Generation | Refusal:
    """Answer, choose or judge."""
    if isinstance(data, Refusal):
        return data
    return _refusing(context, lambda: model.submit(data, context).result())


def output_fn(prediction: Generation | Refusal, accept: str, context: Any = None) -> str:
    """Write the answer as JSON."""
    return json.dumps(asdict(prediction))


def stream_fn(data: Asked | Refusal, model: Model, context: Any = None) -> Iterator[dict[str, Any]]:
    """Yield the answer piece by piece, or as a whole where the model chooses."""
    ticket = data if isinstance(data, Refusal) else _refusing(context, lambda: model.submit(data, context))
    if isinstance(ticket, Refusal):
        yield asdict(ticket)
        return
    if ticket.request.candidates:
        yield asdict(_refusing(context, ticket.result))
        return
    pieces = ticket.pieces()
    first = _refusing(context, lambda: next(pieces, None))  # until the first piece it is an ordinary refusal
    if isinstance(first, Refusal):
        yield asdict(first)
        return
    for piece in () if first is None else chain((first,), pieces):
        yield {"token": piece}
    answer = ticket.result()
    yield {"done": True, "model": answer.model, "use_baseline": answer.use_baseline}


def _refusing(context: Any, do: Callable[[], Result]) -> Result | Refusal:
    """Return what ``do`` returns; what medassist refuses becomes a status and a sentence."""
    try:
        return do()
    except MedAssistError as error:
        if context is None:
            raise
        context.set_response_status(code=int(error.status), phrase=error.status.phrase)
        if isinstance(error, BusyError) and hasattr(context, "set_response_header"):
            context.set_response_header(0, "Retry-After", str(error.retry_after_s))
        return Refusal(str(error))


def _limits(environment: Mapping[str, str]) -> Limits:
    """Read the queue's limits: MEDASSIST_MAX_BATCH, MEDASSIST_MAX_WAITING, MEDASSIST_WINDOW_S, MEDASSIST_WORKERS."""
    defaults = asdict(Limits())
    return Limits(
        **{name: _number(environment, f"MEDASSIST_{name.upper()}", value) for name, value in defaults.items()}
    )


def _number(environment: Mapping[str, str], name: str, default: Any) -> Any:
    """A number of the default's type; the default where nothing is set."""
    try:
        return type(default)(environment.get(name) or default)
    except ValueError as error:
        raise ConfigurationError(f"{name} is {environment[name]!r}; use a number, such as {default}.") from error


def _read(body: str | bytes, content_type: str) -> Asked:
    if content_type.split(";")[0].strip() not in (JSON, ""):
        raise InvalidRequestError(f"The content type is {content_type}; send {JSON}.")
    if (size := len(body)) > MAX_BODY:
        raise TooLargeError(f"The request has {size} bytes, the limit is {MAX_BODY}; send fewer or shorter passages.")
    try:
        record = json.loads(body)
    except (ValueError, RecursionError) as error:  # the latter: too deeply nested
        raise InvalidRequestError("The request is not JSON; send an object with question and passages.") from error
    if not isinstance(record, dict):
        raise InvalidRequestError("The request is not a JSON object; send one with question and passages.")
    try:
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:  # halves of surrogate pairs, which JSON can carry
        raise InvalidRequestError("The request holds a broken character; send it again as valid Unicode.") from error
    passages, options = record.get("passages", []), record.get("options")
    if not isinstance(passages, list) or not all(map(_is_passage, passages)):
        raise InvalidRequestError("passages must be a list of objects with title and text, both strings.")
    if options is not None and not isinstance(options, dict):
        raise InvalidRequestError('options must be an object such as {"A": "…", "B": "…"}.')
    if not isinstance(stream := record.get("stream", False), bool):
        raise InvalidRequestError("stream must be true or false.")
    number = record.get("max_new_tokens", DEFAULT_NEW_TOKENS)
    task, beams = record.get("task", ""), record.get("beams", 1)
    check_request(record.get("question"), passages, options or None, number, task=task, beams=beams)
    texts = tuple(PassageText(passage.get("title", ""), passage["text"]) for passage in passages)
    return Asked(Request(record["question"], texts, options or {}, task, number, beams), stream)


def _is_passage(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("text"), str) and isinstance(value.get("title", ""), str)
