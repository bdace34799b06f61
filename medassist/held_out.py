"""How well a model does on examples kept apart, by task, beside the trivial baselines on the very same examples.

A model has to earn its place: in a task in which it is not better than every baseline, by the rule of
:func:`medassist.baselines.beats`, the product does not prefer it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medassist import baselines, prompts, uncertainty
from medassist.evaluation import rouge_l, token_f1
from medassist.example_table import Example
from medassist.generation import Generator, Request
from medassist.schemas import Generation

MODEL = "model"
TOKEN_F1, ROUGE_L, ACCURACY, MACRO_F1 = "token_f1", "rouge_l", "accuracy", "macro_f1"
# The first of a task's measures goes into mean_score.
MEASURES = {prompts.ANSWER: (TOKEN_F1, ROUGE_L), prompts.CHOOSE: (ACCURACY,), prompts.JUDGE: (MACRO_F1, ACCURACY)}
DECISIVE = {prompts.ANSWER: ROUGE_L, prompts.CHOOSE: ACCURACY, prompts.JUDGE: ACCURACY}  # a score for each example
MEAN_SCORE = "mean_score"
SCORES = (*(f"{task}_{measure}" for task, measures in MEASURES.items() for measure in measures), MEAN_SCORE)
_BATCH = 16  # requests that are answered together


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What came out in one task.

    Parameters
    ----------
    examples : int
        How many were answered.
    scores : mapping
        ``scores[system][measure]``, each with its 95 % bootstrap interval; the systems are ``"model"`` and baselines.
    best_baseline : str
        The baseline with the highest score by the task's decisive measure.
    difference : Estimate
        The model's score less that baseline's, by the same measure, with the paired interval.
    better : bool
        Whether the model beats every baseline.
    """

    examples: int
    scores: Mapping[str, Mapping[str, uncertainty.Estimate]]
    best_baseline: str
    difference: uncertainty.Estimate
    better: bool


def pick_examples(examples: Sequence[Example], limit: int) -> list[Example]:
    """Return up to ``limit`` examples of each task, spread evenly over their order."""
    picked: list[Example] = []
    for task in prompts.TASKS:
        rows = [example for example in examples if example.task == task]
        count = min(limit, len(rows))
        picked += [rows[place * len(rows) // count] for place in range(count)]
    return picked


def respond(generator: Generator, examples: Sequence[Example]) -> list[Generation]:
    """Return what a model says to examples, in their order."""
    answers: list[Generation] = []
    for start in range(0, len(examples), _BATCH):
        batch = examples[start : start + _BATCH]
        answers += generator.respond([Request(e.question, e.passages, e.options, e.task) for e in batch])
    return answers


def score_model(generator: Generator, examples: Sequence[Example]) -> dict[str, float]:
    """Return ``<task>_<measure>`` for each task among the examples, and ``mean_score``: their first ones' mean."""
    scores: dict[str, float] = {}
    outputs = [_output(example, answer) for example, answer in zip(examples, respond(generator, examples), strict=True)]
    firsts = []
    for task, rows in _by_task(examples).items():
        measured = _measure(task, [examples[row] for row in rows], [outputs[row] for row in rows])
        scores |= {f"{task}_{measure}": float(measured[measure](np.arange(len(rows)))) for measure in MEASURES[task]}
        firsts.append(scores[f"{task}_{MEASURES[task][0]}"])
    return scores | _mean_score(firsts)


def compare(examples: Sequence[Example], answers: Sequence[Generation], *, majority: str) -> dict[str, TaskResult]:
    """Hold a model's answers against the trivial baselines.

    Parameters
    ----------
    examples, answers
        As given to and returned by :func:`respond`.
    majority : str
        The training side's most frequent judgement.

    Returns
    -------
    dict of str to TaskResult
        By task, as far as there are examples.
    """
    results = {}
    for task, rows in _by_task(examples).items():
        of_task = [examples[row] for row in rows]
        outputs = {MODEL: [_output(examples[row], answers[row]) for row in rows]}
        results[task] = _compare(task, of_task, outputs | _trivial_outputs(of_task, majority))
    return results


def baseline_tasks(results: Mapping[str, TaskResult]) -> tuple[str, ...]:
    """Return the tasks in which the model was not shown to be better; one that was not measured is among them."""
    return tuple(task for task in prompts.TASKS if task not in results or not results[task].better)


def to_metrics(results: Mapping[str, TaskResult]) -> dict[str, Any]:
    """Return results as ``metrics.json`` holds them: the model's and the best baseline's scores flat, all as a tree."""
    flat: dict[str, Any] = {}
    for task, result in results.items():
        flat[f"scored_{task}"] = result.examples
        for measure in MEASURES[task]:
            flat[f"{task}_{measure}"] = result.scores[MODEL][measure].mean
            flat[f"baseline_{task}_{measure}"] = result.scores[result.best_baseline][measure].mean
    firsts = [flat[f"{task}_{MEASURES[task][0]}"] for task in results]
    return {**flat, **_mean_score(firsts), "held_out": {task: asdict(result) for task, result in results.items()}}


def judgements(examples: Sequence[Example], answers: Sequence[Generation]) -> list[dict[str, Any]]:
    """Return the records of ``judgements.json``: what was right, what the model said, how likely it held each."""
    return [
        {"query_id": e.query_id, "gold": e.target, "predicted": a.choice, "probabilities": dict(a.probabilities)}
        for e, a in zip(examples, answers, strict=True)
        if e.task == prompts.JUDGE
    ]


def choices(examples: Sequence[Example], answers: Sequence[Generation]) -> list[dict[str, Any]]:
    """Return the records of ``choices.json``: how likely the model held its choice, and whether it was right."""
    return [
        {
            "query_id": e.query_id,
            "options": len(e.options),
            "probability": a.probabilities[a.choice],
            "correct": a.choice == e.correct,
        }
        for e, a in zip(examples, answers, strict=True)
        if e.task == prompts.CHOOSE
    ]


def macro_f1(gold: NDArray[np.int64], predicted: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the unweighted mean of the classes' F1, over the classes that occur on either side.

    Parameters
    ----------
    gold, predicted : ndarray of int, shape (…, items)
        Classes from 0.

    Returns
    -------
    ndarray of float, shape (…)
    """
    values = []
    for number in range(1 + int(max(gold.max(), predicted.max()))):
        right = ((gold == number) & (predicted == number)).sum(-1)
        both = (gold == number).sum(-1) + (predicted == number).sum(-1)
        values.append(np.where(both > 0, 2 * right / np.maximum(both, 1), np.nan))
    found: NDArray[np.float64] = np.nanmean(np.stack(values), axis=0)
    return found


# ---- Details ----------------------------------------------------------------------------------------------------

# Takes indices of a task's examples, shape (…, items); returns the measure over them, shape (…).
_Statistic = Callable[[NDArray[np.int64]], NDArray[np.float64]]


def _by_task(examples: Sequence[Example]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, example in enumerate(examples):
        rows.setdefault(example.task, []).append(row)
    return rows


def _mean_score(scores: Sequence[float]) -> dict[str, float]:
    return {MEAN_SCORE: sum(scores) / len(scores)} if scores else {}


def _output(example: Example, answer: Generation) -> str:
    return answer.text if example.task == prompts.ANSWER else answer.choice


def _right(example: Example) -> str:
    return example.correct if example.task == prompts.CHOOSE else example.target


def _trivial_outputs(examples: Sequence[Example], majority: str) -> dict[str, list[str]]:
    outputs: dict[str, list[str]] = {}
    for example in examples:
        if example.task == prompts.ANSWER:
            found = baselines.trivial_answers(example.question, example.passages)
        elif example.task == prompts.CHOOSE:
            found = baselines.trivial_choices(example.question, example.options, example.passages)
        else:
            found = {baselines.MAJORITY: majority}
        for name, output in found.items():
            outputs.setdefault(name, []).append(output)
    return outputs


def _items(task: str, measure: str, examples: Sequence[Example], outputs: Sequence[str]) -> list[float]:
    """The score of each example, by a measure that has one."""
    pairs = zip(outputs, map(_right, examples), strict=True)
    if task == prompts.ANSWER:
        rate = {TOKEN_F1: token_f1, ROUGE_L: rouge_l}[measure]
        return [rate(output, target) for output, target in pairs]
    return [float(output == right) for output, right in pairs]


def _measure(task: str, examples: Sequence[Example], outputs: Sequence[str]) -> dict[str, _Statistic]:
    """The task's measures as functions of which examples are taken."""
    found: dict[str, _Statistic] = {}
    for measure in MEASURES[task]:
        if measure == MACRO_F1:
            found[measure] = _macro_f1_of([example.target for example in examples], outputs)
        else:
            found[measure] = _mean_of(_items(task, measure, examples, outputs))
    return found


def _mean_of(values: Sequence[float]) -> _Statistic:
    data = np.asarray(values)
    return lambda rows: data[rows].mean(axis=-1)


def _macro_f1_of(gold: Sequence[str], predicted: Sequence[str]) -> _Statistic:
    numbers = {judgement: number for number, judgement in enumerate(prompts.JUDGEMENTS)}
    first, second = (np.asarray([numbers[judgement] for judgement in side]) for side in (gold, predicted))
    return lambda rows: macro_f1(first[rows], second[rows])


def _compare(task: str, examples: Sequence[Example], outputs: Mapping[str, Sequence[str]]) -> TaskResult:
    count, decisive = len(examples), DECISIVE[task]
    items = {system: _items(task, decisive, examples, texts) for system, texts in outputs.items()}
    measured = {system: _measure(task, examples, texts) for system, texts in outputs.items()}
    if baselines.RANDOM in items:  # its expectation, not the luck of one draw
        items[baselines.RANDOM] = [1 / len(example.options) for example in examples]
        measured[baselines.RANDOM] = {decisive: _mean_of(items[baselines.RANDOM])}
    scores = {
        system: {measure: uncertainty.estimate_statistic(count, of) for measure, of in statistics.items()}
        for system, statistics in measured.items()
    }
    trivial = [system for system in scores if system != MODEL]
    best = max(trivial, key=lambda system: scores[system][decisive].mean)
    return TaskResult(
        examples=count,
        scores=scores,
        best_baseline=best,
        difference=uncertainty.compare(items[MODEL], items[best]).difference,
        better=all(baselines.beats(items[MODEL], items[system]) for system in trivial),
    )
