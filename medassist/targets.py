"""Reference answers → targets: the few sentences that answer, as far as the passages say them.

The rule, in order:

1. The reference answer is split into sentences. The items of a list stay with the words that introduce it.
2. Left out: questions and headings that the answer repeats, sentences that only point elsewhere ("These resources …",
   "The table below …"), lead-ins whose list is missing, sentences of fewer than three content words and of more than
   ``TARGET_WORDS`` words (a list is cut between its items instead), and the tables that GARD appends.
3. The target begins with the first remaining sentence that shares a content word with the question, if there is one
   among the first ``LOOK_AHEAD``, else with the first. It goes on with the sentences after it, as long as they have at
   most ``TARGET_WORDS`` words together and no question or heading opens another subject.
4. It ends before the first sentence that the passages don't say, so that the model is never taught to write what it
   cannot read. A passage says a sentence if it has it word for word; or if it has ``SAID`` of its content words, among
   them those of the question and all names (capitals within a sentence, letters with digits: of genes, people,
   places), all of its numbers with their units, and negates what the sentence negates.
"""

import re
from collections.abc import Iterable

from medassist import prompts
from medassist.text import content_words, negated_words, quantities, sentences

TARGET_WORDS = 48  # two or three sentences: about what fits in 64 to 80 word pieces
LOOK_AHEAD = 5  # background comes before the answer in some texts, but rarely for longer
MIN_CONTENT_WORDS = 3
MAX_HEADING_WORDS = 12
SAID = 0.7  # share of a sentence's content words

TABLE = "The Human Phenotype Ontology provides"  # GARD: from here on a table, run together, and how to read it

_BEGINS = re.compile(r"[\"'(\[\u2018\u201c]*[A-Z0-9]")
_ENDS = re.compile(r"[.!?][\"')\]\u2019\u201d]*$")
_NAME = re.compile(r"\b(?:\w*[A-Z]\w*[A-Z0-9]\w*|\w*[A-Za-z]\w*\d\w*|(?<=[a-z,;:] )[A-Z]\w+)")
_OPENS_A_LIST = re.compile(
    r"(?::|\b(?:such as|include|includes|including|are|is|was|were|who|that|which|when|if|may|might|can|could|should|"
    r"must|to|by|of|from|with|for|in|on|as|the following|following|have|has))$",
    re.IGNORECASE,
)
_POINTS_ELSEWHERE = re.compile(
    r"(?:these resources|the following (?:resources|links|sites)|(?:the )?table below|"
    r"if the information is available|"
    r"(?:more )?information (?:about|on) .{0,80}\b(?:is|are) available|(?:for|to learn|to find|to get) more "
    r"(?:information|details|about)|to (?:learn|find out|see|read|view) |learn more|read more|see (?:also|the)\b|"
    r"click |visit |on this page|return to top|key points?\b|summary ?:|check the (?:list|nci|u\.s\.)|"
    r"signs and symptoms approximate number)",
    re.IGNORECASE,
)


def cut_target(question: str, answer: str, passages: Iterable[prompts.TitledText], *, words: int = TARGET_WORDS) -> str:
    """Return the sentences of a reference answer that the model learns to write; empty if the passages don't say them.

    Parameters
    ----------
    question, answer : str
        The question and its reference answer, as long as it may be.
    passages : iterable of TitledText
        What the model reads.
    words : int
        Limit of the target.

    Examples
    --------
    >>> passage = prompts.PassageText("Gout", "Gout is a kind of arthritis. It can attack suddenly.")
    >>> cut_target("What is gout?", "What is gout? Gout is a kind of arthritis. Ask a doctor about it.", [passage])
    'Gout is a kind of arthritis.'
    """
    readable, asked = [_Readable(passage) for passage in passages], set(content_words(question))
    said: list[str] = []
    for sentence in answering_sentences(question, answer, words=words):
        if not any(_says(one, sentence, asked) for one in readable):
            break
        said.append(prompts.clean(sentence))
    return " ".join(said)


def answering_sentences(question: str, answer: str, *, words: int = TARGET_WORDS) -> list[str]:
    """Return the sentences that answer, by rules 1 to 3; none if the answer has no such sentence."""
    units = [_within(unit, words) for unit in _units(answer)]
    usable = [place for place, unit in enumerate(units) if _says_something(unit, words)]
    if not usable:
        return []
    asked = set(content_words(question))
    start = next((p for p in usable[:LOOK_AHEAD] if asked & set(content_words(units[p]))), usable[0])
    taken: list[str] = []
    count = 0
    for unit in units[start:]:
        if unit.endswith("?") or _is_heading(unit):
            break
        if not _says_something(unit, words):
            continue
        count += len(unit.split())
        if count > words:
            break
        taken.append(unit)
    return taken


def leading_sentences(text: str, words: int = TARGET_WORDS) -> str:
    """Return the beginning of a text: what an answer looks like that costs nothing.

    Whole sentences from the start as long as they have at most ``words`` words together, but always the first one; a
    first sentence that is longer on its own is cut after ``words`` words.

    Examples
    --------
    >>> leading_sentences("Gout is a kind of arthritis. It hurts. It often begins at night.", words=8)
    'Gout is a kind of arthritis. It hurts.'
    """
    taken: list[str] = []
    for sentence in sentences(text):
        sentence_words = sentence.split()
        if taken and len(taken) + len(sentence_words) > words:
            break
        taken.extend(sentence_words)
    return " ".join(taken[:words])


def _units(answer: str) -> list[str]:
    """Sentences, the items of a list joined to the words that introduce it, one a line."""
    units: list[str] = []
    for sentence in sentences(answer.partition(TABLE)[0]):
        open_ended = bool(units) and not _ENDS.search(units[-1])
        if open_ended and (_is_item(sentence) or (_opens_a_list(units[-1]) and not _ENDS.search(sentence))):
            units[-1] += "\n- " + sentence
        else:
            units.append(sentence)
    return units


def _is_item(sentence: str) -> bool:
    return sentence[0].islower() and not _OPENS_A_LIST.search(sentence)


def _opens_a_list(unit: str) -> bool:
    return bool(_OPENS_A_LIST.search(unit.partition("\n")[0]))


def _within(unit: str, words: int) -> str:
    """A list without what follows it (what is no item, as it looks different from the first) and without the items that
    go beyond the limit; anything else as it is."""
    head, *items = unit.split("\n- ")
    kept, count = [head], len(head.split())
    for item in items:
        count += 1 + len(item.split())
        if count > words or (len(kept) > 1 and not _alike(kept[1], item)):
            break
        kept.append(item)
    return "\n- ".join(kept)


def _alike(first: str, item: str) -> bool:
    """Tell whether an item may belong to the list: not one that begins with a capital, or is a sentence, alone."""
    if not _BEGINS.match(item):
        return True
    return bool(_BEGINS.match(first)) and bool(_ENDS.search(first)) == bool(_ENDS.search(item))


def _says_something(unit: str, words: int) -> bool:
    return (
        bool(_BEGINS.match(unit) and (_ENDS.search(unit) or "\n- " in unit))
        and not unit.endswith("?")
        and len(unit.split()) <= words
        and len(content_words(unit)) >= MIN_CONTENT_WORDS
        and not _POINTS_ELSEWHERE.match(unit)
    )


def _is_heading(unit: str) -> bool:
    return "\n- " not in unit and not _ENDS.search(unit) and len(unit.split()) <= MAX_HEADING_WORDS


class _Readable:
    """A passage as it is compared with sentences."""

    def __init__(self, passage: prompts.TitledText) -> None:
        whole = f"{passage.title}. {passage.text}"
        self.text = prompts.clean(passage.text)
        self.words = frozenset(content_words(whole))
        self.quantities = quantities(whole)
        self.negated = negated_words(whole)


def _says(readable: _Readable, sentence: str, asked: set[str]) -> bool:
    if prompts.clean(sentence) in readable.text:
        return True
    needed = set(content_words(sentence))
    indispensable = needed & asked | set(content_words(" ".join(_NAME.findall(sentence))))
    return (
        indispensable <= readable.words
        and len(needed & readable.words) >= SAID * len(needed)
        and quantities(sentence) <= readable.quantities
        and negated_words(sentence) <= readable.negated
    )
