"""What a caller may ask of a model, and the limits that it is held to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from medassist import prompts
from medassist.errors import InvalidRequestError

MAX_QUESTION_CHARACTERS = 4_000  # exam questions with a whole case history have up to about 3,600
MAX_PASSAGES = 20  # as many as the API's top_k allows
MAX_OPTIONS = 10
MAX_NEW_TOKENS = 256  # about 180 words: longer than any target the model learns from
DEFAULT_NEW_TOKENS = 64
MAX_TEXT_TOKENS = 2_048  # of one text that the model reads; only a question that is very long by itself exceeds it
MAX_BEAMS = 8


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model.

    Parameters
    ----------
    question, passages
        The passages in the order of the retrieval, best first.
    options : mapping of str to str
        For the task ``choose`` alone: at least two texts by their keys.
    task : str
        One of ``prompts.TASKS``; if empty ``choose`` with options and ``answer`` without.
    max_new_tokens : int
        Of an answer in the model's own words, from 1 to 256.
    beams : int
        Of such an answer's search, from 1 (greedy) to 8.
    """

    question: str
    passages: Sequence[prompts.TitledText] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    task: str = ""
    max_new_tokens: int = DEFAULT_NEW_TOKENS
    beams: int = 1

    @property
    def kind(self) -> str:
        """The task, named or not."""
        return self.task or prompts.task_of(self.options)

    @property
    def candidates(self) -> dict[str, str]:
        """The texts that the model has to choose among, by their keys; empty if it writes an answer."""
        return {word: word for word in prompts.JUDGEMENTS} if self.kind == prompts.JUDGE else dict(self.options)


def check_request(
    question: object,
    passages: Sequence[object],
    options: Mapping[str, str] | None,
    max_new_tokens: object,
    *,
    task: object = "",
    beams: object = 1,
) -> None:
    """Check what a caller wants of the model.

    Raises
    ------
    InvalidRequestError
        With the value, the limit and what to do.
    """
    if not isinstance(question, str) or not question.strip():
        raise InvalidRequestError("The question is empty; send some text as question.")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise InvalidRequestError(
            f"The question has {len(question)} characters, the limit is {MAX_QUESTION_CHARACTERS}; shorten it."
        )
    if len(passages) > MAX_PASSAGES:
        raise InvalidRequestError(f"There are {len(passages)} passages, the limit is {MAX_PASSAGES}; send fewer.")
    for name, value, limit in (("max_new_tokens", max_new_tokens, MAX_NEW_TOKENS), ("beams", beams, MAX_BEAMS)):
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= limit:
            raise InvalidRequestError(f"{name} is {value!r}; send a whole number from 1 to {limit}.")
    if task not in ("", *prompts.TASKS):
        raise InvalidRequestError(f"The task is {task!r}; send {', '.join(prompts.TASKS)} or none.")
    if task and (task == prompts.CHOOSE) != (options is not None):
        raise InvalidRequestError("Options go with the task choose, and choose needs options; change one of the two.")
    if options is not None:
        _check_options(options)


def _check_options(options: Mapping[str, str]) -> None:
    if not 2 <= len(options) <= MAX_OPTIONS:
        raise InvalidRequestError(f"There are {len(options)} options; send 2 to {MAX_OPTIONS}.")
    for key, text in options.items():
        if not isinstance(text, str) or not text.strip():
            raise InvalidRequestError(f"Option {key} is empty; send some text for each option.")
        if len(text) > MAX_QUESTION_CHARACTERS:
            raise InvalidRequestError(
                f"Option {key} has {len(text)} characters, the limit is {MAX_QUESTION_CHARACTERS}; shorten it."
            )
