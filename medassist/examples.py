"""Questions → training examples: what T5 reads (question, passages from our own index) and what it should write.

The passages are those that the assistant would be given: found by the same index, in the same order. Where the
passage that holds the answer was not found, it takes the last place, so that the model never learns to answer from
passages that don't say it. Counts in = examples out + questions skipped, by reason.
"""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from medassist import prompts, storage
from medassist.datasets import Corpus, split_questions
from medassist.errors import DatasetError
from medassist.example_table import Example, digest, read_examples, read_passages, write_table
from medassist.passages import split_document
from medassist.schemas import Document, Hit, Passage, Qrels, Question
from medassist.text import content_words, sentences

if TYPE_CHECKING:
    from medassist.retrieval import Index

__all__ = [  # what an example is and how it is kept stands in example_table; training needs it under one name
    "Example",
    "ExampleSet",
    "PreparedExamples",
    "build_examples",
    "digest",
    "leading_sentences",
    "prepare_examples",
    "questions_from_titles",
    "read_examples",
    "read_passages",
    "write_examples",
]

TARGET_WORDS = 48  # two or three sentences: about what fits in 64 to 80 word pieces
SEARCH_BATCH = 64  # queries encoded together
SEARCH_DEPTH = 10  # how far down the ranking the relevant passage is looked for
TOKENIZER_PASSAGES = 5_000  # a vocabulary of some thousand pieces hardly changes beyond about 2,000 passages

NO_ANSWER = "question without a reference answer"
NO_RELEVANT = "question without a relevant document in the corpus"
NO_PASSAGES = "nothing was retrieved"
OVER_LIMIT = "left out by max_examples"


class Searcher(Protocol):
    """What examples need of :class:`medassist.retrieval.Index`."""

    def search_batch(self, queries: Sequence[str], top_k: int = 10) -> list[list[Hit]]:
        """Return the best hits of each query, best first."""
        ...


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """Examples with the account of the questions that gave none: questions = examples + sum of ``skipped``.

    ``retrieved`` counts the examples whose relevant passage stood among the retrieved ones by itself, of the
    ``judged`` ones that have a known relevant passage.
    """

    examples: tuple[Example, ...]
    skipped: Mapping[str, int]
    judged: int = 0
    retrieved: int = 0


@dataclass(frozen=True, slots=True)
class PreparedExamples:
    """A folder of examples on disk, with ``counts[split]``: questions, examples, skipped by reason, judged, retrieved.

    ``reused`` says that the folder was there already, made from the same inputs.
    """

    folder: Path
    counts: Mapping[str, Mapping[str, Any]]
    reused: bool


def prepare_examples(
    corpus: Corpus,
    index: "Index",
    folder: str | Path,
    *,
    passages: int = 3,
    max_examples: int = 2_000,
    max_validation: int = 200,
    seed: int = 13,
    progress: bool = True,
) -> PreparedExamples:
    """Split a corpus's questions by topic, build the training and validation examples and write them.

    Parameters
    ----------
    corpus : Corpus
        Its questions and its multiple-choice questions are used; one without either gets
        :func:`questions_from_titles`.
    index : Index
        The index of that corpus.
    folder : str or Path
        The examples go to a folder below it that is named by a fingerprint of everything that decides them.
    passages, seed
        See :func:`build_examples`.
    max_examples, max_validation : int
        Limits of the two sides.
    progress : bool
        Show a bar while searching.

    Raises
    ------
    DatasetError
        If a side is left without examples.
    """
    questions, qrels = [*corpus.questions, *corpus.choices], corpus.qrels
    if not questions:
        questions, qrels = questions_from_titles(corpus.documents)
    limits = {"train": max_examples, "validation": max_validation}
    key = _fingerprint(index.version, corpus.fingerprint, questions, qrels, limits, passages, seed)
    folder = Path(folder) / key
    counts_file = folder / "counts.json"  # written last: where it is, the rest is
    if counts_file.is_file():
        return PreparedExamples(folder, json.loads(counts_file.read_text(encoding="utf-8")), reused=True)
    documents = {document.document_id: document for document in corpus.documents}
    split = split_questions(questions, seed=seed)
    sets = {}
    for side, limit in limits.items():
        options: dict[str, Any] = {"passages": passages, "max_examples": limit, "seed": seed, "progress": progress}
        sets[side] = build_examples(index, split[side], qrels, documents, **options)
        if not sets[side].examples:
            raise DatasetError(
                f"The corpus {corpus.name} gives no {side} examples ({len(split[side])} questions, left out: "
                f"{dict(sets[side].skipped)}); add questions with answers and judgements."
            )
    write_examples(folder, sets, index.passages(), seed=seed)
    counts = {side: {"questions": len(split[side]), **_account(examples)} for side, examples in sets.items()}
    storage.write_text(counts_file, json.dumps(counts, indent=1))
    return PreparedExamples(folder, counts, reused=False)


def questions_from_titles(documents: Iterable[Document]) -> tuple[list[Question], Qrels]:
    """Return the documents' titles as questions that their texts answer, for a corpus that brings no questions."""
    titled = [document for document in documents if document.title.strip()]
    questions = [Question(d.document_id, d.title, answer=d.text, topic=d.topic) for d in titled]
    return questions, {document.document_id: {document.document_id: 1} for document in titled}


def build_examples(
    index: Searcher,
    questions: Iterable[Question],
    qrels: Qrels,
    documents: Mapping[str, Document],
    *,
    passages: int = 3,
    max_examples: int = 2_000,
    seed: int = 13,
    progress: bool = False,
) -> ExampleSet:
    """Turn questions into examples with the passages that ``index`` finds for them.

    Parameters
    ----------
    index : Searcher
        The corpus's index.
    questions : iterable of Question
        With options they become ``choose`` examples, whose target is the correct option's text; else ``answer``
        examples, whose target :func:`leading_sentences` cuts from the reference answer.
    qrels : Qrels
        ``qrels[query_id][document_id]``, the documents that answer. Needed for ``answer``, used for ``choose``.
    documents : mapping of document id to Document
        The corpus, for relevant passages that are not retrieved.
    passages : int
        Passages of an example.
    max_examples : int
        More questions than that are sampled, without replacement, by ``seed``; the order of questions is kept.
    progress : bool
        Show a bar.
    """
    questions = list(questions)
    chosen = _sample(questions, max_examples, seed)
    skipped: Counter[str] = Counter()
    if len(chosen) < len(questions):
        skipped[OVER_LIMIT] = len(questions) - len(chosen)
    examples: list[Example] = []
    judged = retrieved = 0
    for question, hits in zip(chosen, _search(index, chosen, max(SEARCH_DEPTH, passages), progress), strict=True):
        relevant = {d for d, relevance in qrels.get(question.query_id, {}).items() if relevance > 0 and d in documents}
        if reason := _reason_to_skip(question, relevant):
            skipped[reason] += 1
            continue
        target = _target(question)
        texts, found = _pick_passages(hits, relevant, documents, passages, target)
        if not texts:
            skipped[NO_PASSAGES] += 1
            continue
        judged += bool(relevant)
        retrieved += found
        examples.append(_to_example(question, texts, target))
    return ExampleSet(tuple(examples), dict(skipped), judged, retrieved)


def leading_sentences(text: str, words: int = TARGET_WORDS) -> str:
    """Return the beginning of a reference answer that the model learns to write.

    The rule: whole sentences from the start as long as they have at most ``words`` words together, but always the
    first one; a first sentence that is longer on its own is cut after ``words`` words.

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


def write_examples(
    folder: Path, sets: Mapping[str, ExampleSet], passages: Iterable[Passage], *, seed: int = 13
) -> Path:
    """Write the tables of :mod:`medassist.example_table`, ``<side>.parquet`` and ``passages.parquet``.

    Of more than ``TOKENIZER_PASSAGES`` passages, a sample by ``seed`` is written. Returns ``folder``.
    """
    sides = {side: examples.examples for side, examples in sets.items()}
    return write_table(folder, sides, _sample(list(passages), TOKENIZER_PASSAGES, seed))


def _sample(items: list[Any], count: int, seed: int) -> list[Any]:
    if len(items) <= count:
        return items
    return [items[i] for i in sorted(random.Random(seed).sample(range(len(items)), count))]


def _account(examples: ExampleSet) -> dict[str, Any]:
    return {
        "examples": len(examples.examples),
        **Counter(example.task for example in examples.examples),
        "skipped": dict(examples.skipped),
        "judged": examples.judged,
        "retrieved": examples.retrieved,
    }


def _fingerprint(*parts: Any) -> str:
    """16 hex digits that stand for the inputs and the code that turns them into examples."""
    sha = hashlib.sha256(json.dumps(parts, default=asdict, sort_keys=True).encode())
    for module in ("examples", "prompts", "text", "passages"):
        sha.update(Path(__file__).with_name(f"{module}.py").read_bytes())
    return sha.hexdigest()[:16]


def _search(index: Searcher, questions: Sequence[Question], top_k: int, progress: bool) -> Iterator[list[Hit]]:
    from tqdm.auto import tqdm

    with tqdm(total=len(questions), desc="searching", unit="question", disable=not progress) as bar:
        for start in range(0, len(questions), SEARCH_BATCH):
            batch = [question.text for question in questions[start : start + SEARCH_BATCH]]
            yield from index.search_batch(batch, top_k)
            bar.update(len(batch))


def _reason_to_skip(question: Question, relevant: set[str]) -> str:
    if question.options:
        return ""
    if not question.answer.strip():
        return NO_ANSWER
    return "" if relevant else NO_RELEVANT


def _target(question: Question) -> str:
    if question.options:
        return prompts.clean(question.options[question.correct])
    return prompts.clean(leading_sentences(question.answer))


def _pick_passages(
    hits: Sequence[Hit], relevant: set[str], documents: Mapping[str, Document], count: int, target: str
) -> tuple[list[Passage], bool]:
    """The first ``count`` passages, with a relevant one among them; and whether it was there by itself."""
    texts = [hit.passage for hit in hits[:count]]
    if not relevant:
        return texts, False
    if any(passage.document_id in relevant for passage in texts):
        return texts, True
    candidates = [hit.passage for hit in hits if hit.passage.document_id in relevant] or [
        passage for document_id in sorted(relevant) for passage in split_document(documents[document_id])
    ]
    wanted = set(content_words(target))
    best = max(candidates, key=lambda passage: len(wanted & set(content_words(passage.text))))  # the first of equals
    return [*texts[: count - 1], best], False


def _to_example(question: Question, passages: Sequence[Passage], target: str) -> Example:
    return Example(
        task=prompts.task_of(question.options),
        query_id=question.query_id,
        question=question.text,
        passages=tuple(prompts.PassageText(passage.title, passage.text) for passage in passages),
        target=target,
        topic=question.topic,
        options=question.options,
        correct=question.correct,
    )
