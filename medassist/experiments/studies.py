"""Studies of hyper-parameters: a budget that is stated beforehand, trainings, a verdict that knows its noise, a report.

A few trials of few steps each cannot find the best parameters; they can tell whether the defaults are far off. So the
default and the best are trained again with some other seeds, the same for both, and only those trainings are compared:
the best of several trials looks better than it is. Only where every training of the best beats every training of the
default is it called better.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from medassist import records, storage
from medassist.errors import TrainingError
from medassist.experiments.search_space import Range, Space, Value
from medassist.training_parameters import EVAL_LOSS, TrainingParameters

OBJECTIVE = EVAL_LOSS  # of the kept checkpoint: far less noisy than scores of a few answers
SEARCH, DEFAULT, BEST = "search", "default", "best"  # what a training is for
COMPLETE, PRUNED, FAILED = "complete", "pruned", "failed"
TABLE, REPORT, RESULT = "trainings.jsonl", "report.md", "result.json"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a study may cost."""

    trials: int = 8
    steps: int = 120  # of each training
    repeats: int = 3  # trainings of the default, and as many of the best, with seeds of their own

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises
        ------
        TrainingError
            With the name, the value and what is allowed.
        """
        for name, least in (("trials", 1), ("steps", 1), ("repeats", 2)):
            if getattr(self, name) < least:
                raise TrainingError(f"{name} is {getattr(self, name)}, but must be at least {least}.")

    @property
    def trainings(self) -> int:
        """How many trainings there are in all, at most."""
        return self.trials + 2 * self.repeats

    def __str__(self) -> str:
        return (
            f"{self.trials} trials and 2 x {self.repeats} repeats of {self.steps} steps each: "
            f"at most {self.trainings} trainings, {self.trainings * self.steps:,} steps"
        )


@dataclass(frozen=True, slots=True)
class Training:
    """One training of a study: what for, with which values and seed, and what came of it."""

    purpose: str
    values: Mapping[str, Value]
    seed: int
    state: str
    objective: float | None  # none where it failed; of a pruned one the last that was seen
    steps: int
    seconds: float
    job_name: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """A study that is done."""

    budget: Budget
    space: Space
    trainings: tuple[Training, ...]
    place: str
    seconds: float
    defaults: Mapping[str, Value] = field(default_factory=dict)

    def of(self, purpose: str) -> list[Training]:
        """Return the trainings for one purpose."""
        return [training for training in self.trainings if training.purpose == purpose]

    @property
    def best(self) -> Training:
        """The trial with the lowest objective."""
        return best_of(self.of(SEARCH))

    @property
    def better(self) -> bool:
        """Whether every repeat of the best beats every repeat of the default, and none of them failed."""
        sides = [[training.objective for training in self.of(purpose)] for purpose in (BEST, DEFAULT)]
        values = [[value for value in side if value is not None] for side in sides]
        return all(len(side) == self.budget.repeats for side in values) and max(values[0]) < min(values[1])


def best_of(trainings: Iterable[Training]) -> Training:
    """Return the completed training with the lowest objective.

    Raises
    ------
    TrainingError
        If none was completed.
    """
    done = [training for training in trainings if training.state == COMPLETE and training.objective is not None]
    if not done:
        raise TrainingError(
            "No trial was completed, so there is no best; see the trainings' table, and try more steps."
        )
    return min(done, key=lambda training: training.objective or 0.0)


def settle(parameters: TrainingParameters, budget: Budget) -> TrainingParameters:
    """Return the parameters of a study's trainings: as many steps as the budget says, no answers written."""
    return replace(parameters.settle(), max_steps=budget.steps, epochs=1_000_000, held_out=0)


def seeds(parameters: TrainingParameters, budget: Budget) -> list[int]:
    """Return the seeds of the repeats: others than the search's."""
    return [parameters.seed + 1 + number for number in range(budget.repeats)]


def version_of(examples: Path, parameters: TrainingParameters, space: Space, budget: Budget | None = None) -> str:
    """Return 16 hex digits that stand for examples, parameters, training code, space and, if given, budget."""
    from medassist.training_job import model_version

    parts = {name: asdict(part) for name, part in space.items()}
    size = asdict(budget) if budget else {}
    text = json.dumps([model_version(examples, parameters), parts, size], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Table:
    """The trainings of one study so far, a JSON line each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, purpose: str = "") -> list[Training]:
        """Return the trainings for one purpose, or all."""
        records.drop_cut_line(self._path)
        lines = self._path.read_text("utf-8").splitlines() if self._path.is_file() else []
        trainings = [Training(**json.loads(line)) for line in lines]
        return [training for training in trainings if purpose in ("", training.purpose)]

    def add(self, training: Training) -> None:
        """Add one at the end."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(training)) + "\n")


def to_line(training: Training) -> str:
    """Say in a line what a training came to."""
    objective = "no loss" if training.objective is None else f"{OBJECTIVE}={training.objective:.4f}"
    values = " ".join(f"{name}={_short(value)}" for name, value in training.values.items()) or "the defaults"
    return f"{training.purpose} {training.state} {objective} seed={training.seed} {training.seconds:.0f} s: {values}"


def _short(value: Value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


# --- The report ---------------------------------------------------------------------------------------------------


def write_report(study: Study, out: Path) -> Path:
    """Write ``result.json`` and ``report.md``, the latter for people; return its path."""
    told = {
        "objective": OBJECTIVE,
        "budget": asdict(study.budget),
        "space": {name: asdict(part) for name, part in study.space.items()},
        "place": study.place,
        "seconds": round(study.seconds, 1),
        "best": dict(study.best.values),
        "better": study.better,
        "trainings": [asdict(training) for training in study.trainings],
    }
    storage.write_text(out / RESULT, json.dumps(told, indent=1) + "\n")
    return storage.write_text(out / REPORT, to_markdown(study))


def to_markdown(study: Study) -> str:
    """Return the report: the verdict first, then the repeats that it rests on, then all trials."""
    trials = study.of(SEARCH)
    states = {state: sum(t.state == state for t in trials) for state in (COMPLETE, PRUNED, FAILED)}
    counts = ", ".join(f"{count} {state}" for state, count in states.items())
    chance = math.comb(2 * study.budget.repeats, study.budget.repeats)
    verdict = (
        "With every seed the best trial's values beat the defaults with every seed. Were both equally good, that would "
        f"happen once in {chance} studies."
        if study.better
        else "The best trial's values cannot be told apart from the defaults: their repeats overlap."
    )
    return f"""# Hyper-parameter study

{verdict}

- Budget, stated beforehand: {study.budget}.
- Run: {study.place}, {study.seconds / 60:.1f} minutes; trials: {counts}.
- Judged by {OBJECTIVE}, in nats a word piece, of the kept checkpoint on the validation side, which also chose it.

## Default and best, trained again

Seeds that the search has not used, the same for both. Only these are compared: the best of {len(trials)} trials looks
better than it is.

| seed | default | best |
| --- | --- | --- |
{_repeats(study)}

## Values

| hyper-parameter | searched | default | best |
| --- | --- | --- | --- |
{_values(study)}

## Trials

| {OBJECTIVE} | state | steps | seconds | {" | ".join(study.space)} |
|{" --- |" * (4 + len(study.space))}
{_trials(trials, list(study.space))}
"""


def _repeats(study: Study) -> str:
    sides = [{t.seed: t.objective for t in study.of(purpose)} for purpose in (DEFAULT, BEST)]
    rows = [f"| {seed} | {_loss(sides[0].get(seed))} | {_loss(sides[1].get(seed))} |" for seed in sorted(sides[0])]
    means = [_mean([value for value in side.values() if value is not None]) for side in sides]
    return "\n".join([*rows, f"| mean | {_loss(means[0])} | {_loss(means[1])} |"])


def _values(study: Study) -> str:
    rows = []
    for name, part in study.space.items():
        searched = (
            f"{part.low:.3g} to {part.high:.3g}{', logarithmic' if part.logarithmic else ''}"
            if isinstance(part, Range)
            else ", ".join(str(value) for value in part.values)
        )
        rows.append(f"| {name} | {searched} | {_short(study.defaults[name])} | {_short(study.best.values[name])} |")
    return "\n".join(rows)


def _trials(trials: Sequence[Training], names: Sequence[str]) -> str:
    ranked = sorted(trials, key=lambda t: (t.state != COMPLETE, t.objective if t.objective is not None else math.inf))
    return "\n".join(
        f"| {_loss(t.objective)} | {t.state} | {t.steps} | {t.seconds:.0f} | "
        + " | ".join(_short(t.values[name]) for name in names)
        + " |"
        for t in ranked
    )


def _loss(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.4f}"


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
