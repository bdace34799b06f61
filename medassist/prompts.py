"""Question + passages → T5 input. Training and serving both build their inputs here, so that they cannot drift apart.

Three tasks, told apart by the first words of the input:

``answer``
    ``answer question: … passage 1: title. text … passage 2: …``; the target is the answer.
``choose``
    ``choose question: … options: A) … B) … passage 1: …``; the options' texts are scored by their likelihood.
``judge``
    ``judge question: … passage 1: …``; ``yes``, ``no`` and ``maybe`` are scored by their likelihood.

Passages come either joined into one input (:func:`concatenate`) or one input a passage, as Fusion-in-Decoder
(Izacard and Grave, 2021) reads them (:func:`separate`); :func:`model_inputs` has the switch. Nothing here needs more
than the standard library.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

ANSWER = "answer"
CHOOSE = "choose"
JUDGE = "judge"
TASKS = (ANSWER, CHOOSE, JUDGE)
JUDGEMENTS = ("yes", "no", "maybe")  # PubMedQA's

CONCATENATION = "concatenation"  # all passages in one input
FUSION = "fusion"  # one input a passage: Fusion-in-Decoder
READINGS = (CONCATENATION, FUSION)

Tokenise = Callable[[str], Sequence[tuple[int, int]]]
"""Returns the (start, end) characters of each token of a text, special tokens left out."""

END_TOKENS = 1  # T5 closes every input with </s>


class TitledText(Protocol):
    """What a prompt needs of a passage; :class:`medassist.schemas.Passage` has it."""

    @property
    def title(self) -> str: ...

    @property
    def text(self) -> str: ...


class PassageText(NamedTuple):
    """A passage as it travels in examples and requests: its title and text, without ids."""

    title: str
    text: str


def task_of(options: Mapping[str, str] | None) -> str:
    """Return the task of a question that names none: with options ``choose``, without ``answer``."""
    return CHOOSE if options else ANSWER


def format_question(question: str, options: Mapping[str, str] | None = None, *, task: str = "") -> str:
    """Return the part of the input that comes before the passages. It is never cut.

    ``task`` is one of ``TASKS``; by the options if empty.

    Examples
    --------
    >>> format_question("What causes gout?")
    'answer question: What causes gout?'
    >>> format_question("Which crystal causes gout?", {"A": "Urate", "B": "Calcium"})
    'choose question: Which crystal causes gout? options: A) Urate B) Calcium'
    >>> format_question("Does allopurinol lower urate?", task="judge")
    'judge question: Does allopurinol lower urate?'
    """
    start = f"{task or task_of(options)} question: {clean(question)}"
    if not options:
        return start
    listed = " ".join(f"{key}) {clean(text)}" for key, text in options.items())
    return f"{start} options: {listed}"


def clean(text: str) -> str:
    """Return a text as the model reads and writes it: compatible characters joined (NFKC), white space single."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def model_inputs(
    question: str,
    passages: Sequence[TitledText],
    tokenise: Tokenise,
    *,
    reading: str,
    max_tokens: int,
    options: Mapping[str, str] | None = None,
    task: str = "",
) -> list[str]:
    """Return what a model reads for one question: one text by concatenation, one a passage by fusion.

    ``reading`` is one of ``READINGS``, ``max_tokens`` the limit of each text, ``task`` one of ``TASKS``, by the options
    if empty; the rest is as for :func:`concatenate`.

    Raises
    ------
    ValueError
        If the reading is unknown.
    """
    if reading == FUSION:
        return separate(question, passages, tokenise, max_tokens=max_tokens, options=options, task=task)
    if reading == CONCATENATION:
        return [concatenate(question, passages, tokenise, max_tokens=max_tokens, options=options, task=task)]
    raise ValueError(f"The reading {reading!r} is unknown; use {' or '.join(READINGS)}.")


def concatenate(
    question: str,
    passages: Sequence[TitledText],
    tokenise: Tokenise,
    *,
    max_tokens: int,
    options: Mapping[str, str] | None = None,
    task: str = "",
    first: int = 1,
) -> str:
    """Return one input that holds the question and all passages, numbered from ``first`` in the order given.

    Parameters
    ----------
    question, passages
        In the order of the retrieval, best first.
    tokenise : Tokenise
        The model's tokenizer; words must be tokenised independently of their neighbours, as T5 does.
    max_tokens : int
        Tokens that the input may have with its end token. What the question leaves is shared equally among the
        passages; what a short passage does not use goes to the longer ones. Passages are cut at a word, from their
        end; one that keeps no word of its text is left out. Only a question that is too long on its own
        exceeds the limit, as the question is never cut.
    options : Mapping of str to str, optional
        The options of a ``choose`` question by their keys.
    task : str
        One of ``TASKS``; by the options if empty.
    first : int
        Number of the first passage.
    """
    start = format_question(question, options, task=task)
    heads = [f"passage {number}: {_title(passage)}".rstrip() for number, passage in enumerate(passages, first)]
    texts = [clean(passage.text) for passage in passages]
    costs = [len(tokenise(head)) for head in heads]
    left = max_tokens - END_TOKENS - len(tokenise(start))
    kept = _affordable(costs, left)
    spans = [tokenise(text) for text in texts[:kept]]
    shares = share_budget([len(span) for span in spans], left - sum(costs[:kept]))
    parts = [start]
    for head, text, span, share in zip(heads, texts, spans, shares, strict=False):
        if body := _cut(text, span, share):
            parts.append(f"{head} {body}")
    return " ".join(parts)


def separate(
    question: str,
    passages: Sequence[TitledText],
    tokenise: Tokenise,
    *,
    max_tokens: int,
    options: Mapping[str, str] | None = None,
    task: str = "",
) -> list[str]:
    """Return one input a passage, each with the whole question, for a model that fuses them in its decoder.

    ``max_tokens`` holds for each input. Passages keep their numbers, so that the model knows what was ranked first.
    Without passages there is one input, the question alone.
    """
    groups: Sequence[Sequence[TitledText]] = [(passage,) for passage in passages] or [()]
    return [
        concatenate(question, group, tokenise, max_tokens=max_tokens, options=options, task=task, first=number)
        for number, group in enumerate(groups, start=1)
    ]


def share_budget(lengths: Sequence[int], budget: int) -> list[int]:
    """Share ``budget`` tokens among texts of the given lengths: equal parts, and nobody gets more than it needs.

    Examples
    --------
    >>> share_budget([10, 100, 100], 110)
    [10, 50, 50]
    >>> share_budget([10, 20], 100)
    [10, 20]
    """
    shares = [0] * len(lengths)
    left = max(budget, 0)
    shortest_first = sorted(range(len(lengths)), key=lambda i: (lengths[i], i))
    for position, i in enumerate(shortest_first):
        shares[i] = min(lengths[i], left // (len(lengths) - position))
        left -= shares[i]
    return shares


def _affordable(costs: Sequence[int], budget: int) -> int:
    """How many heads fit with at least one token of text each; the last passages go first."""
    count = len(costs)
    while count and sum(costs[:count]) + count > budget:
        count -= 1
    return count


def _cut(text: str, spans: Sequence[tuple[int, int]], tokens: int) -> str:
    """The longest beginning of ``text`` that ends with a whole word and has at most ``tokens`` tokens."""
    if tokens >= len(spans):
        return text
    if tokens <= 0:
        return ""
    end = spans[tokens - 1][1]
    if end < len(text) and not text[end].isspace():
        end = text.rfind(" ", 0, end)  # the cut fell inside a word
    return text[:end].rstrip() if end > 0 else ""


def _title(passage: TitledText) -> str:
    title = clean(passage.title)
    return title if not title or title.endswith((".", "?", "!", ":")) else f"{title}."
