"""The data card of a prepared folder: what the examples are, where from, by which rules, how many."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from medassist import prompts, storage, targets
from medassist.example_table import PASSAGES, SIDES, Example, ExampleSet
from medassist.text import content_words

RANKS = range(1, 11)  # as deep as the account of examples goes
UNSTATED = "not stated by the set; see its publisher's terms"


def write_card(folder: Path, account: Mapping[str, Any]) -> Path:
    """Write ``README.md``. Its header tells the ``datasets`` library which file is which side.

    Parameters
    ----------
    folder : Path
        Where the tables lie.
    account : mapping
        As in ``counts.json``: ``sides, sources, overlaps, licences, settings``.
    """
    sides = [side for side in SIDES if (folder / f"{side}.parquet").is_file()]
    settings, overlaps = account["settings"], account["overlaps"]
    text = f"""{_header(sides)}
# Examples for a T5 that reads: {settings["corpus"]}

Questions with the passages that a model reads and what it should write, for research on answering medical questions.
**Not medical advice**: answers are quoted from their sources and were checked by nobody again.

Open it with `datasets.load_dataset("<this folder>")`. Columns: `task`, `source`, `query_id`, `topic`, `question`,
`options` and `correct` (of `choose`), `passages`, `gold_rank` (place of the first passage of a document that is known
to answer; 0: none), `target`. The configuration `{PASSAGES}` holds texts that a tokenizer can be trained on.

## Sources and licences

{_table(("source", "licence", "task", *sides), _source_rows(account, sides))}

The licences are the sources'. Keep their notices, and cite MedQuAD (Ben Abacha and Demner-Fushman, 2019), MedQA (Jin et
al., 2020), MedMCQA (Pal et al., 2022), PubMedQA (Jin et al., 2019) and LiveQA-Med (Ben Abacha et al., 2017) where you
use them.

## Rules

- **Passages**: the first {settings["passages"]} that the index `{settings["index"]}` finds, in its order, for the
  question and its options; PubMedQA's questions have their own abstracts, without the conclusion.
- **Targets**: `answer`: of the reference answer, from the first sentence about the question, whole sentences of at most
  {targets.TARGET_WORDS} words together, ending before the first that the passages do not say (word for word, or
  {targets.SAID:.0%} of its content words, all of its numbers and negations); headings, questions, links and tables left
  out. `choose`: the correct option's text. `judge`: yes, no or maybe.
- **Sides**: by topic (synonyms joined) and document: no two questions about the same thing, or answered by the same
  document, stand on different sides. Exam questions go with the document that the index finds first for them. A passage
  may still be read on another side, as one of those that do not answer.
- **Overlaps**: three-word shingles with a Jaccard similarity of at least {overlaps["threshold"]}: of two such questions
  on different sides the one nearer to training is left out, of two sets the later one's.
- **Held-out answers** whose target a training example has too are left out; in training, one target stands at most
  {account["settings"]["same_target"]} times.
- **Seed** of samples: {settings["seed"]}; sides are the same with every seed. **Limits** for each source and task:
  {_limits(settings["limits"])}.

## Counts

Questions = examples + left out. Target words: smallest, quartiles, largest.

{_table(("side", "questions", "examples", "target words"), _side_rows(account, sides))}

{_table(("side", "left out because", "questions"), _skipped_rows(account, sides))}

{_table(("overlaps found", "pairs"), overlaps["pairs"].items())}

## Retrieval

Of the questions to choose, one passage has all words of the correct option in
{_told(account, sides)}.

Questions by the rank at which the first passage of a document that is known to answer was found.

{_table(("side", *map(str, RANKS), "later or never"), _rank_rows(account, sides))}
"""
    return storage.write_text(folder / "README.md", text)


def count_examples(made: ExampleSet, passages: int) -> dict[str, Any]:
    """Return the account of some examples: questions = examples + sum of ``skipped``.

    ``judged`` questions were searched for and have a known relevant document, ``retrieved`` ones of them with a passage
    of it among the first ``passages``. ``target_words`` are the smallest, the quartiles and the largest.
    """
    return {
        "questions": len(made.examples) + sum(made.skipped.values()),
        "examples": len(made.examples),
        **Counter(example.task for example in made.examples),
        "skipped": dict(made.skipped),
        "judged": sum(made.ranks.values()),
        "retrieved": sum(count for rank, count in made.ranks.items() if 1 <= rank <= passages),
        "gold_ranks": {str(rank): count for rank, count in sorted(made.ranks.items())},
        "option_told": sum(map(_tells_option, made.examples)),
        "target_words": _quantiles(len(example.target.split()) for example in made.examples),
    }


def _tells_option(example: Example) -> bool:
    """Tell whether one passage has all words of the correct option."""
    needed = set(content_words(example.target))
    passages = (set(content_words(f"{passage.title} {passage.text}")) for passage in example.passages)
    return example.task == prompts.CHOOSE and any(needed <= found for found in passages)


def _quantiles(values: Iterable[int]) -> list[int]:
    """Smallest, lower quartile, median, upper quartile, largest; empty without values."""
    ordered = sorted(values)
    return [ordered[round(share * (len(ordered) - 1))] for share in (0, 0.25, 0.5, 0.75, 1)] if ordered else []


def _header(sides: Iterable[str]) -> str:
    files = "\n".join(f"  - split: {side}\n    path: {side}.parquet" for side in sides)
    return f"""---
language: en
license: other
pretty_name: medassist examples
task_categories: [question-answering, multiple-choice, text-classification]
tags: [medical]
configs:
- config_name: default
  data_files:
{files}
- config_name: {PASSAGES}
  data_files:
  - split: train
    path: {PASSAGES}.parquet
---
"""


def _limits(limits: Mapping[str, Any]) -> str:
    return "; ".join(f"{side} {_cell(limit)}" for side, limit in limits.items())


def _source_rows(account: Mapping[str, Any], sides: Iterable[str]) -> Iterable[tuple[object, ...]]:
    for source, tasks in account["sources"].items():
        for task, counts in tasks.items():
            numbers = [counts[side]["examples"] if side in counts else 0 for side in sides]
            yield source, account["licences"].get(source) or UNSTATED, task, *numbers


def _side_rows(account: Mapping[str, Any], sides: Iterable[str]) -> Iterable[tuple[object, ...]]:
    for side in sides:
        counts = account["sides"][side]
        yield side, counts["questions"], counts["examples"], ", ".join(map(str, counts["target_words"]))


def _skipped_rows(account: Mapping[str, Any], sides: Iterable[str]) -> Iterable[tuple[object, ...]]:
    return ((side, reason, n) for side in sides for reason, n in account["sides"][side]["skipped"].items())


def _rank_rows(account: Mapping[str, Any], sides: Iterable[str]) -> Iterable[tuple[object, ...]]:
    for side in sides:
        found = account["sides"][side]["gold_ranks"]
        yield side, *(found.get(str(rank), 0) for rank in (*RANKS, 0))


def _told(account: Mapping[str, Any], sides: Iterable[str]) -> str:
    counts = ((side, account["sides"][side]) for side in sides)
    return ", ".join(f"{one['option_told']:,} of {one.get('choose', 0):,} ({side})" for side, one in counts)


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
