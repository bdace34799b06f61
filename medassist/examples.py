"""Questions → training examples: what T5 reads (a question and passages) and what it should write.

======  ===================================================================  =======================================
task    what is read                                                         target
======  ===================================================================  =======================================
answer  passages that our own index finds, as they come; a PubMedQA          the sentences that answer, as far as the
        question's own abstract                                              passages say them (see targets)
choose  passages that our own index finds for question and options           the correct option's text
judge   a PubMedQA question's own abstract; for other questions, passages    yes, no or maybe
        that our own index finds, if the document with the answer is there
======  ===================================================================  =======================================

The passages are those that the assistant would be given. An answer that they do not say makes no example: the model
shall never learn to answer from passages that don't say it. Counts in = examples out + questions skipped, by reason.
"""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from medassist import prompts, storage
from medassist.datasets import Corpus
from medassist.errors import DatasetError
from medassist.example_card import count_examples, write_card
from medassist.example_table import (
    SIDES,
    TEST,
    TRAIN,
    VALIDATION,
    Example,
    ExampleSet,
    digest,
    read_examples,
    read_passages,
    write_table,
)
from medassist.question_pool import Asked, asked_of_corpus, asked_of_set, choose_sides, find_repeated
from medassist.question_sets import load_question_set
from medassist.schemas import Document, Passage, Qrels, Question
from medassist.search_cache import SearchCache
from medassist.targets import answering_sentences, cut_target, leading_sentences

if TYPE_CHECKING:
    from medassist.retrieval import Index

__all__ = [  # what an example is and how it is kept stands in example_table; training needs it under one name
    "Asked",
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

SEARCH_DEPTH = 10  # how far down the ranking the relevant passage is looked for, for the account
SAME_TARGET = 10  # training examples that may share one target: 248 would have MedQuAD's sentence on recessive traits
TOKENIZER_PASSAGES = 5_000  # a vocabulary of some thousand pieces hardly changes beyond about 2,000 passages
CODE = (  # what decides the examples beside their inputs
    "examples",
    "question_pool",
    "question_sets",
    "splits",
    "overlaps",
    "targets",
    "example_table",
    "example_card",
    "prompts",
    "text",
    "passages",
)

NO_ANSWER = "question without a reference answer"
NO_SENTENCE = "no sentence of the reference answer answers (headings, links, tables)"
NOT_SAID = "the passages do not say the answer"
NOT_FOUND = "the document with the answer was not found"
NO_PASSAGES = "nothing was retrieved"
OVER_LIMIT = "left out by the limit of examples"
SEEN_TARGET = "a training example has the same target"
COMMON_TARGET = f"{SAME_TARGET} training examples have the same target"


@dataclass(frozen=True, slots=True)
class PreparedExamples:
    """A folder of examples on disk.

    ``counts[side]`` has questions, examples, examples by task, skipped by reason, judged and retrieved; ``account``,
    which is the folder's ``counts.json``, also sources, overlaps and settings. ``reused`` says that the folder was
    there already, made from the same inputs.
    """

    folder: Path
    account: Mapping[str, Any]
    reused: bool

    @property
    def counts(self) -> Mapping[str, Mapping[str, Any]]:
        """Counts by side."""
        sides: Mapping[str, Mapping[str, Any]] = self.account["sides"]
        return sides


def prepare_examples(
    corpus: Corpus,
    index: "Index",
    folder: str | Path,
    *,
    question_sets: Sequence[str | Path] = (),
    apart: Sequence[str | Path] = (),
    passages: int = 3,
    max_examples: int | Mapping[str, int] = 2_000,
    max_validation: int | Mapping[str, int] = 200,
    max_test: int | Mapping[str, int] = 400,
    seed: int = 13,
    progress: bool = True,
) -> PreparedExamples:
    """Make the training, validation and test examples of a corpus and of question sets, and write them.

    Parameters
    ----------
    corpus : Corpus
        Its questions, choices and judgements are used; one without any gets :func:`questions_from_titles`.
    index : Index
        The index of that corpus.
    folder : str or Path
        The examples go to a folder below it that is named by a fingerprint of everything that decides them. Hits are
        kept there too, so that a run that was stopped goes on.
    question_sets : sequence of str or Path
        Further questions, of any form that :func:`medassist.question_sets.load_question_set` reads.
    apart : sequence of str or Path
        Question sets that no example may resemble, such as the test questions of a benchmark.
    passages : int
        Passages of an example whose data set brings none.
    max_examples, max_validation, max_test : int or mapping of task to int
        Limits of each side, for each source and task. More questions are sampled by ``seed``.
    seed : int
        Decides samples. Sides do not depend on it: what is held out from one training is from all.
    progress : bool
        Show a bar while searching.

    Raises
    ------
    DatasetError
        If a question set cannot be read, or no example is left for training or validation.
    """
    limits = {TRAIN: max_examples, VALIDATION: max_validation, TEST: max_test}
    settings = {"corpus": corpus.name, "index": index.version, "passages": passages, "limits": limits, "seed": seed}
    settings["same_target"] = SAME_TARGET
    if not (corpus.questions or corpus.choices or corpus.judgements):
        titles, qrels = questions_from_titles(corpus.documents)
        corpus = replace(corpus, questions=tuple(titles), qrels=qrels)
    sets, kept_apart = ([load_question_set(path) for path in paths] for paths in (question_sets, apart))
    pool = [*asked_of_corpus(corpus), *(asked for one in sets for asked in asked_of_set(one))]
    _check_unique(pool)
    target = Path(folder) / _fingerprint(settings, corpus.fingerprint, corpus.synonyms, pool, kept_apart)
    if (target / "counts.json").is_file():  # written last: where it is, the rest is
        account = json.loads((target / "counts.json").read_text(encoding="utf-8"))
        return PreparedExamples(target, account, reused=True)
    search = SearchCache(index, Path(folder) / "searches", top_k=max(SEARCH_DEPTH, passages), progress=progress)
    sides = choose_sides(pool, corpus, search)
    removed, overlaps = find_repeated(pool, sides, kept_apart, seed=seed)
    parts = _build_parts(pool, sides, removed, search, settings)
    merged = {side: _merge(part for key, part in parts.items() if key.side == side) for side in SIDES}
    _check_sides(merged, corpus.name)
    contexts = [p for asked, side in zip(pool, sides, strict=True) if side == TRAIN for p in asked.context]
    write_examples(target, merged, [*index.passages(), *dict.fromkeys(contexts)], seed=seed)
    licences = {corpus.name: corpus.licence} | {one.name: one.licence for one in sets}
    account = _account(parts, merged, passages) | {"overlaps": overlaps, "licences": licences, "settings": settings}
    write_card(target, account)
    storage.write_text(target / "counts.json", json.dumps(account, indent=1))
    return PreparedExamples(target, account, reused=False)


def questions_from_titles(documents: Iterable[Document]) -> tuple[list[Question], Qrels]:
    """Return the documents' titles as questions that their texts answer, for a corpus that brings no questions."""
    titled = [document for document in documents if document.title.strip()]
    questions = [Question(d.document_id, d.title, answer=d.text, topic=d.topic) for d in titled]
    return questions, {document.document_id: {document.document_id: 1} for document in titled}


def build_examples(search: SearchCache, asked: Sequence[Asked], *, passages: int = 3) -> ExampleSet:
    """Turn questions into examples with their own passages or, where they bring none, with the best hits."""
    found = iter(search.search_all([one.query for one in asked if not one.context]))
    examples: list[Example] = []
    skipped: Counter[str] = Counter()
    ranks: Counter[int] = Counter()
    for one in asked:
        ranking = one.context or tuple(hit.passage for hit in next(found))
        rank = _gold_rank(one, ranking)
        if one.relevant and not one.context:
            ranks[rank] += 1
        shown = ranking if one.context else ranking[:passages]
        target, reason = _target(one, shown, found=0 < rank <= len(shown))
        if reason:
            skipped[reason] += 1
        else:
            examples.append(_to_example(one, shown, target, rank if rank <= len(shown) else 0))
    return ExampleSet(tuple(examples), dict(skipped), dict(sorted(ranks.items())))


def write_examples(
    folder: Path, sets: Mapping[str, ExampleSet], passages: Iterable[Passage], *, seed: int = 13
) -> Path:
    """Write the tables of :mod:`medassist.example_table`: ``<side>.parquet`` and ``passages.parquet``.

    Of more than ``TOKENIZER_PASSAGES`` passages, a sample by ``seed`` is written. Returns ``folder``.
    """
    sides = {side: examples.examples for side, examples in sets.items()}
    return write_table(folder, sides, _sample(list(passages), TOKENIZER_PASSAGES, seed))


def _target(asked: Asked, passages: Sequence[Passage], *, found: bool) -> tuple[str, str]:
    """What should be written, or why there is nothing."""
    question = asked.question
    if not passages:
        return "", NO_PASSAGES
    if asked.task == prompts.CHOOSE:
        return prompts.clean(question.options[question.correct]), ""
    if asked.task == prompts.JUDGE:
        return question.answer, "" if found or asked.context or not asked.relevant else NOT_FOUND
    shown: Sequence[prompts.TitledText] = passages
    if asked.context:  # the parts of one abstract say things together
        shown = [prompts.PassageText(passages[0].title, "\n".join(passage.text for passage in passages))]
    targets = (cut_target(question.text, reference, shown) for reference in asked.references)
    target = next(filter(None, targets), "")
    return target, "" if target else NOT_SAID


def _gold_rank(asked: Asked, passages: Sequence[Passage]) -> int:
    """The rank, from 1, of the first passage of a relevant document; 0 if there is none."""
    return next((rank for rank, p in enumerate(passages, 1) if p.document_id in asked.relevant), 0)


def _to_example(asked: Asked, passages: Sequence[Passage], target: str, gold_rank: int) -> Example:
    question = asked.question
    return Example(
        task=asked.task,
        query_id=question.query_id,
        question=question.text,
        passages=tuple(prompts.PassageText(passage.title, passage.text) for passage in passages),
        target=target,
        topic=question.topic,
        options=question.options,
        correct=question.correct,
        source=asked.source,
        gold_rank=gold_rank,
    )


# --- Parts: one source, task and side ----------------------------------------------------------------------------


class _Part(NamedTuple):
    source: str
    task: str
    side: str


def _build_parts(
    pool: Sequence[Asked],
    sides: Sequence[str],
    removed: Mapping[str, str],
    search: SearchCache,
    settings: Mapping[str, Any],
) -> dict[_Part, ExampleSet]:
    """The examples of each part; those for training first, as held-out ones must not have their targets."""
    asked: dict[_Part, list[Asked]] = {}
    skipped: dict[_Part, Counter[str]] = {}
    for one, side in zip(pool, sides, strict=True):
        part = _Part(one.source, one.task, side)
        reason = _reason_before_search(one, removed)
        skipped.setdefault(part, Counter()).update([reason] if reason else [])
        asked.setdefault(part, []).extend([] if reason else [one])
    for part, usable in asked.items():
        asked[part] = _sample(usable, _limit(settings["limits"][part.side], part.task), settings["seed"])
        skipped[part][OVER_LIMIT] = len(usable) - len(asked[part])
    search.search_all([one.query for chosen in asked.values() for one in chosen if not one.context])  # one bar for all
    parts: dict[_Part, ExampleSet] = {}
    taught: Counter[str] = Counter()
    for part in sorted(asked, key=lambda part: SIDES.index(part.side)):
        made = _without_common_targets(build_examples(search, asked[part], passages=settings["passages"]), part, taught)
        parts[part] = replace(made, skipped=dict(+(skipped[part] + Counter(made.skipped))))
    return parts


def _without_common_targets(made: ExampleSet, part: _Part, taught: Counter[str]) -> ExampleSet:
    """Leave out answers whose target was taught too often already; of held-out ones, those whose target was taught."""
    if part.task != prompts.ANSWER:
        return made
    kept = []
    for example in made.examples:
        if taught[example.target] < (SAME_TARGET if part.side == TRAIN else 1):
            kept.append(example)
            taught[example.target] += part.side == TRAIN
    reason = COMMON_TARGET if part.side == TRAIN else SEEN_TARGET
    return replace(made, examples=tuple(kept), skipped={**made.skipped, reason: len(made.examples) - len(kept)})


def _reason_before_search(asked: Asked, removed: Mapping[str, str]) -> str:
    """Why a question gives no example whatever is retrieved; empty if it may."""
    if reason := removed.get(asked.key, ""):
        return reason
    if asked.task != prompts.ANSWER:
        return ""
    if not any(reference.strip() for reference in asked.references):
        return NO_ANSWER
    answers = any(answering_sentences(asked.question.text, reference) for reference in asked.references)
    return "" if answers else NO_SENTENCE


def _limit(limits: int | Mapping[str, int], task: str) -> int:
    return limits if isinstance(limits, int) else limits.get(task, 0)


def _sample(items: list[Any], count: int, seed: int) -> list[Any]:
    if len(items) <= count:
        return items
    return [items[i] for i in sorted(random.Random(seed).sample(range(len(items)), count))]


def _merge(parts: Iterable[ExampleSet]) -> ExampleSet:
    parts = list(parts)
    skipped = sum((Counter(part.skipped) for part in parts), Counter[str]())
    ranks = sum((Counter(part.ranks) for part in parts), Counter[int]())
    return ExampleSet(tuple(example for part in parts for example in part.examples), dict(skipped), dict(ranks))


def _check_unique(pool: Sequence[Asked]) -> None:
    repeated = [name for name, count in Counter((one.key, one.task) for one in pool).items() if count > 1]
    if repeated:
        raise DatasetError(f"Question {repeated[0][0]} is given twice; give each file once, under a name of its own.")


def _check_sides(merged: Mapping[str, ExampleSet], name: str) -> None:
    for side in (TRAIN, VALIDATION):
        if not merged[side].examples:
            raise DatasetError(
                f"The corpus {name} gives no {side} examples (left out: {dict(merged[side].skipped)}); add questions "
                "with answers that stand in its documents."
            )


def _account(parts: Mapping[_Part, ExampleSet], merged: Mapping[str, ExampleSet], passages: int) -> dict[str, Any]:
    sources: dict[str, dict[str, dict[str, Any]]] = {}
    for part, made in parts.items():
        sources.setdefault(part.source, {}).setdefault(part.task, {})[part.side] = count_examples(made, passages)
    return {"sides": {side: count_examples(made, passages) for side, made in merged.items()}, "sources": sources}


def _fingerprint(*parts: Any) -> str:
    """16 hex digits that stand for the inputs and the code that turns them into examples."""
    sha = hashlib.sha256(json.dumps(parts, default=_to_json, sort_keys=True).encode())
    for module in CODE:
        sha.update(Path(__file__).with_name(f"{module}.py").read_bytes())
    return sha.hexdigest()[:16]


def _to_json(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else asdict(value)
