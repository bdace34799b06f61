"""What a compact model made by a recipe can do on its tables' test sides, and the card that says so."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from medassist import held_out, prompts, storage, uncertainty
from medassist.baselines import MIN_ITEMS, majority_judgement
from medassist.example_table import TEST, TRAIN, Example, read_examples
from medassist.generation import Generator, ModelSettings
from medassist.held_out import DECISIVE, MODEL, TaskResult
from medassist.model_card import INTENDED_USE
from medassist.schemas import Generation
from medassist.uncertainty import Estimate

METRICS_FILE, CARD_FILE = "metrics.json", "model_card.md"
NGRAM = 4  # words: long enough to be no coincidence
LOOPS_AT = 3  # times that one stretch of NGRAM words stands in an answer
_MEASURES = {"rouge_l": "ROUGE-L", "accuracy": "accuracy"}


@dataclass(frozen=True, slots=True)
class Copying:
    """Whether answers are copied from what was read.

    Parameters
    ----------
    own, mismatched : Estimate
        Share of an answer's stretches of four words that stand in its own passages, and in another question's.
    exact : Estimate
        Share of answers that are the target, word for word.
    loops : Estimate
        Share of answers in which a stretch of four words stands three times or more.
    words : Estimate
        Length of an answer.
    """

    own: Estimate
    mismatched: Estimate
    exact: Estimate
    loops: Estimate
    words: Estimate


@dataclass(frozen=True, slots=True)
class Measured:
    """The results of one source: by task beside the trivial baselines, and of its answers' copying if it has some."""

    tasks: Mapping[str, TaskResult]
    copying: Copying | None


def measure_copying(examples: Sequence[Example], answers: Sequence[str]) -> Copying:
    """Return how far answers are copied; the mismatched passages are those of the example half a list away.

    Raises
    ------
    ValueError
        If there are no examples.
    """
    sources = [_stretches(" ".join(f"{p.title} {p.text}" for p in example.passages)) for example in examples]
    written = [_stretches(answer) for answer in answers]
    pairs = [(stretches, row) for row, stretches in enumerate(written) if stretches]
    away = len(examples) // 2

    def share(stretches: Counter[str], row: int) -> float:
        return sum(n for stretch, n in stretches.items() if stretch in sources[row]) / stretches.total()

    return Copying(
        own=_estimate(share(stretches, row) for stretches, row in pairs),
        mismatched=_estimate(share(stretches, (row + away) % len(examples)) for stretches, row in pairs),
        exact=_estimate(
            answer == prompts.clean(example.target) for example, answer in zip(examples, answers, strict=True)
        ),
        loops=_estimate(max(stretches.values(), default=0) >= LOOPS_AT for stretches in written),
        words=_estimate(len(answer.split()) for answer in answers),
    )


def _stretches(text: str) -> Counter[str]:
    words = prompts.clean(text).casefold().split()
    return Counter(" ".join(words[start : start + NGRAM]) for start in range(len(words) - NGRAM + 1))


def _estimate(values: Iterable[float]) -> Estimate:
    return uncertainty.estimate([float(value) for value in values] or [0.0])


def measure_sources(
    generator: Generator, train: Iterable[Example], test: Sequence[Example], limit: int
) -> dict[str, Measured]:
    """Return the results of each source's test questions, of each task up to ``limit``.

    Parameters
    ----------
    train : iterable of Example
        Gives the majority judgement.
    """
    majority = majority_judgement(example.target for example in train if example.task == prompts.JUDGE)
    measured = {}
    for source in dict.fromkeys(example.source for example in test):
        chosen = held_out.pick_examples([example for example in test if example.source == source], limit)
        said = held_out.respond(generator, chosen)
        measured[source] = Measured(
            held_out.compare(chosen, said, majority=majority), _copying_of(list(zip(chosen, said, strict=True)))
        )
    return measured


def _copying_of(answered: Sequence[tuple[Example, Generation]]) -> Copying | None:
    rows = [(example, said.text) for example, said in answered if example.task == prompts.ANSWER]
    return measure_copying([example for example, _ in rows], [text for _, text in rows]) if rows else None


def describe_model(folder: Path, tables: Sequence[Path], limit: int = 300) -> dict[str, Measured]:
    """Measure a model that a recipe made and write ``metrics.json`` and the card into its folder.

    ``medassist.json`` gets the tasks in which it was not shown to be better than every trivial baseline on every source
    that has enough questions: there the product answers with the baseline.

    Parameters
    ----------
    folder : Path
        As :func:`medassist.experiments.pretraining.run_recipe` writes it.
    tables : sequence of Path
        The folders of examples it was trained on; their test sides are answered here, and nowhere before.
    limit : int
        Test examples of each source and task.
    """
    train, test = (
        [
            example
            for table in tables
            if (table / f"{side}.parquet").is_file()
            for example in read_examples(table / f"{side}.parquet")
        ]
        for side in (TRAIN, TEST)
    )
    measured = measure_sources(Generator.load(folder), train, test, limit)
    settings = replace(ModelSettings.read(folder), baseline_tasks=_lost_tasks(measured))
    settings.write(folder)
    metrics = {source: asdict(one) for source, one in measured.items()}
    storage.write_text(folder / METRICS_FILE, json.dumps(metrics, indent=1) + "\n")
    storage.write_text(folder / CARD_FILE, write_card(folder, settings, tables, measured))
    return measured


def _lost_tasks(measured: Mapping[str, Measured]) -> tuple[str, ...]:
    verdicts: dict[str, list[bool]] = {task: [] for task in prompts.TASKS}
    for one in measured.values():
        for task, result in one.tasks.items():
            if result.examples >= MIN_ITEMS:
                verdicts[task].append(result.better)
    return tuple(task for task, found in verdicts.items() if not found or not all(found))


def write_card(folder: Path, settings: ModelSettings, tables: Sequence[Path], measured: Mapping[str, Measured]) -> str:
    """Return the card in Markdown."""
    log = json.loads((folder / "training_log.json").read_text(encoding="utf-8"))
    parts = [
        f"# {settings.name}",
        _origin(log),
        "## Use",
        _use(settings),
        "## Data",
        _data(tables),
        "## Measured",
        _results(measured),
        _copying(measured),
        "## Where the product does not use it",
        _fallbacks(settings),
        "## Training",
        _training(log),
        "## Files",
        _table(("file", "bytes", "SHA-256"), _files(folder)),
    ]
    return "\n\n".join(parts) + "\n"


def _origin(log: Mapping[str, Any]) -> str:
    return (
        f"A T5 of our own shape with {log['parameters']:,} parameters, the base model that fine-tuning starts from "
        "(`base_model=compact`). It was made by `medassist train --recipe` from `recipe.json`. Its weights "
        "began with an induction circuit (`medassist.experiments.copying`), so that it copied from its input before it "
        "had learnt anything; training taught it where to begin, when to stop and whom to believe. It is small: **it "
        "has hardly any knowledge of its own, and must not be used without passages. It is not medical advice.**"
    )


def _use(settings: ModelSettings) -> str:
    reading = "each passage encoded with the question on its own (Fusion-in-Decoder)"
    if settings.reading == prompts.CONCATENATION:
        reading = "all passages in one input"
    return (
        f"It reads up to {settings.max_passages} passages, {reading}, {settings.max_input_tokens} tokens a text; the "
        "inputs are built by `medassist.prompts`. Weights are stored in bfloat16 and computed in float32. English "
        f"only.\n\n{INTENDED_USE}"
    )


def _data(tables: Sequence[Path]) -> str:
    rows: list[tuple[object, ...]] = []
    for table in tables:
        account = json.loads((table / "counts.json").read_text(encoding="utf-8"))
        for source, tasks in account["sources"].items():
            licence = account["licences"].get(source) or "see its publisher"
            rows += [
                (source, licence, task, sides[TRAIN]["examples"]) for task, sides in tasks.items() if TRAIN in sides
            ]
    return (
        _table(("source", "licence", "task", "training examples"), rows)
        + "\n\nThe weights have seen the questions and targets of the training sides alone. Questions, targets and "
        "exam questions of held-out topics were not seen; their passages may have been, as text beside a training "
        "question and in the tokenizer's vocabulary. Sides are by topic and document, and overlaps between sets were "
        "removed (`medassist.splits`, `medassist.overlaps`).\n\n"
        "Attribution: MedQuAD (Ben Abacha and Demner-Fushman, 2019), CC BY 4.0, changed: cut into passages and target "
        "sentences. MedQA (Jin et al., 2020), MedMCQA (Pal et al., 2022) and PubMedQA (Jin et al., 2019), MIT, of each "
        "its public development questions. The sample corpus is medassist's own, CC BY 4.0."
    )


def _results(measured: Mapping[str, Measured]) -> str:
    rows = [
        (
            source,
            task,
            result.examples,
            _MEASURES[DECISIVE[task]],
            result.scores[MODEL][DECISIVE[task]],
            f"{result.scores[result.best_baseline][DECISIVE[task]]} ({result.best_baseline})",
            "yes" if result.better else "no",
        )
        for source, one in measured.items()
        for task, result in one.tasks.items()
    ]
    heads = ("source", "task", "examples", "measure", "model", "best trivial baseline", "shown better")
    return (
        "Test questions about topics that are not in the training side of their own table, with passages as retrieved; "
        "another table, such as the sample beside MedQuAD, may train on the same conditions. In brackets: 95 % "
        "bootstrap intervals.\n\n" + _table(heads, rows)
    )


def _copying(measured: Mapping[str, Measured]) -> str:
    rows = [
        (source, one.copying.own, one.copying.mismatched, one.copying.exact, one.copying.loops, one.copying.words)
        for source, one in measured.items()
        if one.copying
    ]
    heads = ("source", "own passages", "another question's", "exact", "loops", "words")
    return (
        "Copying: the share of an answer's stretches of four words that stand in its own passages and in those of "
        "another question; answers that are the target word for word; answers that say four words three times; "
        "length. So it quotes, and seldom makes up; whether it quotes the right sentence is what ROUGE-L says.\n\n"
        + _table(heads, rows)
    )


def _fallbacks(settings: ModelSettings) -> str:
    if not settings.baseline_tasks:
        return (
            "In each task it was shown to be better than every trivial baseline, on every source with enough questions."
        )
    return (
        f"In {', '.join(f'`{task}`' for task in settings.baseline_tasks)} it was not shown to be better than every "
        f"trivial baseline on every source with at least {MIN_ITEMS} questions, so the product prefers the baseline "
        "there (`baseline_tasks` in `medassist.json`)."
    )


def _training(log: Mapping[str, Any]) -> str:
    rows = [
        (
            stage["name"],
            ", ".join(f"{count:,} {kind}" for kind, count in stage["examples"].items()),
            f"{stage['steps']:,}",
            f"{stage['seconds'] / 60:.0f} min",
            _losses(stage["history"]),
        )
        for stage in log["stages"]
    ]
    return _table(("stage", "examples to draw from", "steps", "time", "validation loss"), rows)


def _losses(history: Sequence[Mapping[str, float]]) -> str:
    losses = [row["eval_loss"] for row in history if "eval_loss" in row]
    return f"{losses[0]:.2f} → {min(losses):.2f}"


def _files(folder: Path) -> Iterable[tuple[object, ...]]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name != CARD_FILE:
            content = path.read_bytes()
            yield path.name, f"{len(content):,}", hashlib.sha256(content).hexdigest()


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
