"""Training examples made from passages alone: what a compact T5 practises besides the real questions.

``find``
    Some words of a sentence, out of order, stand for the question; the target is the sentence. The other passages are
    drawn at random. It teaches to look for what is asked in all passages and to copy from there.
``name``
    A sentence without the name of what it is about, and four names; the target is the name. It teaches to choose by
    reading.
``spans``
    Stretches of a passage are replaced by sentinel tokens and have to be written (Raffel et al. 2020, 3.1.4).
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from medassist import prompts
from medassist.errors import TrainingError
from medassist.example_table import Example
from medassist.prompts import PassageText
from medassist.text import content_words, sentences

FIND, NAME, SPANS = "find", "name", "spans"
MIN_WORDS, MAX_WORDS = 6, 48  # of a sentence that is worth finding
MIN_CLUES, MAX_CLUES = 3, 8  # words that stand for the question
PASSAGES = 3
OPTIONS = 4
MASKED, SPAN_TOKENS = 0.15, 3  # T5's share of masked tokens and mean length of a span
_TRIES = 20  # passages drawn for each example before there are none to be made


def find_sentences(passages: Sequence[PassageText], count: int, seed: int) -> list[Example]:
    """Return ``count`` examples whose target is the sentence that has the question's words.

    Raises
    ------
    TrainingError
        If the passages hold too few sentences of ``MIN_WORDS`` to ``MAX_WORDS`` words.
    """

    def make(generator: random.Random, number: int) -> Example | None:
        passage = generator.choice(passages)
        usable = [s for s in sentences(passage.text) if MIN_WORDS <= len(s.split()) <= MAX_WORDS]
        if not usable:
            return None
        sentence = generator.choice(usable)
        words = list(dict.fromkeys(content_words(sentence)))
        if len(words) < MIN_CLUES:
            return None
        clues = generator.sample(words, generator.randint(MIN_CLUES, min(MAX_CLUES, len(words))))
        shown = _among_others(passage, passages, generator)
        return Example(prompts.ANSWER, f"{FIND}-{number}", " ".join(clues), shown, prompts.clean(sentence))

    return _make(make, count, seed, FIND)


def name_subjects(passages: Sequence[PassageText], count: int, seed: int) -> list[Example]:
    """Return ``count`` examples that ask which of four names a sentence is about; the names are passages' subjects.

    A subject is what stands in a title before a colon.

    Raises
    ------
    TrainingError
        If the passages hold too few sentences that name their subject.
    """
    subjects = sorted({name for passage in passages if (name := _subject(passage))})

    def make(generator: random.Random, number: int) -> Example | None:
        passage = generator.choice(passages)
        name = _subject(passage)
        named = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
        about = [s for s in sentences(passage.text) if MIN_WORDS <= len(s.split()) <= MAX_WORDS and named.search(s)]
        if not name or not about or len(subjects) < OPTIONS:
            return None
        shown = _among_others(passage, passages, generator)
        wrong = {other for other in map(_subject, shown) if other} | set(generator.sample(subjects, OPTIONS))
        options = [name, *generator.sample(sorted(wrong - {name}), OPTIONS - 1)]
        generator.shuffle(options)
        keyed = dict(zip("ABCD", options, strict=True))
        question = f"{named.sub('this', prompts.clean(generator.choice(about)))} What is this?"
        correct = next(key for key, option in keyed.items() if option == name)
        query_id = f"{NAME}-{number}"
        return Example(prompts.CHOOSE, query_id, question, shown, name, options=keyed, correct=correct)

    return _make(make, count, seed, NAME)


def corrupt_spans(ids: Sequence[int], sentinels: Sequence[int], end: int, generator: random.Random) -> Any:
    """Return the tokens with spans replaced by sentinels, and the spans, each after its sentinel.

    Parameters
    ----------
    ids : sequence of int
        Token ids of a text, without an end token.
    sentinels : sequence of int
        In the order in which they are used; if they run out, the rest stays as it is.
    end : int
        The token that both end with.

    Returns
    -------
    tuple of list of int
        Input and target. Together they hold each token once.

    Examples
    --------
    >>> corrupt_spans([], [9], 1, random.Random(0))
    ([1], [1])
    """
    shown: list[int] = []
    hidden: list[int] = []
    unused = list(reversed(sentinels))
    place = 0
    while place < len(ids):
        if unused and generator.random() < MASKED / SPAN_TOKENS:
            length = generator.randint(1, 2 * SPAN_TOKENS - 1)
            sentinel = unused.pop()
            shown.append(sentinel)
            hidden += [sentinel, *ids[place : place + length]]
            place += length
            continue
        shown.append(ids[place])
        place += 1
    return [*shown, end], [*hidden, end]


MAKERS: Mapping[str, Callable[[Sequence[PassageText], int, int], list[Example]]] = {
    FIND: find_sentences,
    NAME: name_subjects,
}


def _make(make: Callable[[random.Random, int], Example | None], count: int, seed: int, name: str) -> list[Example]:
    generator = random.Random(f"{name} {seed}")
    made = list(_numbered(make, generator, count))
    if len(made) < count:
        raise TrainingError(f"The passages give {len(made)} of {count} examples to {name}; ask for fewer.")
    return made


def _numbered(
    make: Callable[[random.Random, int], Example | None], generator: random.Random, count: int
) -> Iterator[Example]:
    number = 0
    for _ in range(_TRIES * count):
        if number == count:
            return
        if (example := make(generator, number)) is not None:
            number += 1
            yield example


def _among_others(
    passage: PassageText, passages: Sequence[PassageText], generator: random.Random
) -> tuple[PassageText, ...]:
    """The passage at a random place among others."""
    shown = [passage, *(generator.choice(passages) for _ in range(PASSAGES - 1))]
    generator.shuffle(shown)
    return tuple(shown)


def _subject(passage: PassageText) -> str:
    return prompts.clean(passage.title.partition(":")[0]) if ":" in passage.title else ""
