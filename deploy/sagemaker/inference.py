"""What a SageMaker endpoint runs: the functions that Hugging Face's inference container calls.

``model_fn`` loads the model once; then, for each request, ``input_fn`` → ``predict_fn`` → ``output_fn``. A container
that can stream calls ``stream_fn`` in the place of the last two. Requests that cannot be answered get status 400 and
``{"error": sentence}``. The wire format is described in ``medassist/endpoint.py``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from medassist.errors import InvalidRequestError
from medassist.generation import DEFAULT_NEW_TOKENS, Generator, check_request
from medassist.prompts import PassageText
from medassist.schemas import Generation

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """A request that can be answered."""

    question: str
    passages: tuple[PassageText, ...]
    options: Mapping[str, str] | None
    max_new_tokens: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that cannot be answered, and why."""

    error: str


def model_fn(model_dir: str, context: Any = None) -> Generator:
    """Load the model, and answer one question with it: the first computation is slow and should not be a caller's."""
    model = Generator.load(model_dir)
    model.generate("What is a warm-up?", [PassageText("Warm-up", "It comes first.")], 2)
    return model


def input_fn(body: str | bytes, content_type: str, context: Any = None) -> Request | Refusal:
    """Read and check a request. Without a context, which sets the status, the error is raised instead."""
    try:
        return _read(body, content_type)
    except InvalidRequestError as error:
        if context is None:
            raise
        context.set_response_status(code=400, phrase="Bad Request")
        return Refusal(str(error))


def predict_fn(data: Request | Refusal, model: Generator, context: Any = None) -> Generation | Refusal:
    """Answer or choose."""
    if isinstance(data, Refusal):
        return data
    if data.options:
        return model.choose(data.question, data.passages, data.options)
    return model.generate(data.question, data.passages, data.max_new_tokens)


def output_fn(prediction: Generation | Refusal, accept: str, context: Any = None) -> str:
    """Write the answer as JSON."""
    return json.dumps(asdict(prediction))


def stream_fn(data: Request | Refusal, model: Generator) -> Iterator[dict[str, Any]]:
    """Yield the answer piece by piece."""
    if isinstance(data, Refusal):
        yield asdict(data)
        return
    for piece in model.stream(data.question, data.passages, data.max_new_tokens):
        yield {"token": piece}
    yield {"done": True, "model": model.settings.name}


def _read(body: str | bytes, content_type: str) -> Request:
    if content_type.split(";")[0].strip() not in (JSON, ""):
        raise InvalidRequestError(f"The content type is {content_type}; send {JSON}.")
    try:
        record = json.loads(body)
    except ValueError as error:
        raise InvalidRequestError("The request is not JSON; send an object with question and passages.") from error
    if not isinstance(record, dict):
        raise InvalidRequestError("The request is not a JSON object; send one with question and passages.")
    passages, options = record.get("passages", []), record.get("options")
    if not isinstance(passages, list) or not all(map(_is_passage, passages)):
        raise InvalidRequestError("passages must be a list of objects with title and text, both strings.")
    if options is not None and not isinstance(options, dict):
        raise InvalidRequestError('options must be an object such as {"A": "…", "B": "…"}.')
    max_new_tokens = record.get("max_new_tokens", DEFAULT_NEW_TOKENS)
    check_request(record.get("question"), passages, options or None, max_new_tokens)
    texts = tuple(PassageText(passage.get("title", ""), passage["text"]) for passage in passages)
    return Request(record["question"], texts, options or None, max_new_tokens)


def _is_passage(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("text"), str) and isinstance(value.get("title", ""), str)
