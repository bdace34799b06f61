"""The pictures of a fine-tuning, from the files in its model folder; a task that was not measured has none."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medassist import figures, prompts
from medassist.experiments.summaries import calibration_error, reliability
from medassist.held_out import DECISIVE, MODEL
from medassist.training_parameters import EVAL_LOSS
from medassist.uncertainty import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

History = Sequence[Mapping[str, float]]
_MEASURES = {"rouge_l": "ROUGE-L", "accuracy": "accuracy"}


def draw_losses(ax: "Axes", folder: Path) -> None:
    """Draw the loss in training, and on the validation side by task; the dotted line is the step that was kept."""
    history, metrics = read(folder, "history"), read(folder, "metrics")
    series = {"training": _points(history, "train_loss"), "validation": _points(history, EVAL_LOSS)}
    by_task = {f"validation: {task}": _points(history, f"{EVAL_LOSS}_{task}") for task in prompts.TASKS}
    measured = {name: points for name, points in by_task.items() if points[0]}
    series |= measured if len(measured) > 1 else {}  # the only task's is the whole
    labels = ("step", "nats a word piece")
    figures.curves(ax, series, title="Loss", labels=labels, mark=("kept", metrics["best_step"]))


def draw_learning_rate(ax: "Axes", folder: Path) -> None:
    """Draw the learning rate by step."""
    points = {"learning rate": _points(read(folder, "history"), "learning_rate")}
    figures.curves(ax, points, title="Learning rate: warm-up, then decay", labels=("step", ""))


def draw_judgements(ax: "Axes", folder: Path) -> None:
    """Draw the confusion matrix of yes, no and maybe."""
    if not (judged := read(folder, "judgements")):
        return _say_nothing(ax, "judge: no held-out example")
    pairs = [(row["gold"], row["predicted"]) for row in judged]
    right = sum(gold == predicted for gold, predicted in pairs)
    figures.confusion(ax, pairs, prompts.JUDGEMENTS, title=f"judge: {right} of {len(pairs)} right")


def draw_choices(ax: "Axes", folder: Path) -> None:
    """Draw how often a choice held for so likely was right, with the expected calibration error."""
    if not (rows := read(folder, "choices")):
        return _say_nothing(ax, "choose: no held-out example")
    confidences, right = [row["probability"] for row in rows], [float(row["correct"]) for row in rows]
    error = calibration_error(confidences, right)
    figures.reliability(ax, reliability(confidences, right), title=f"choose: expected calibration error {error}")


def draw_baselines(ax: "Axes", folder: Path) -> None:
    """Draw the model beside the best trivial baseline of each task, with 95 % intervals."""
    if not (tasks := read(folder, "metrics")["held_out"]):
        return _say_nothing(ax, "No held-out example")
    values: dict[str, dict[str, Estimate]] = {"model": {}, "best trivial baseline": {}}
    for task, result in tasks.items():
        measure = DECISIVE[task]
        group = f"{task}, {_MEASURES[measure]}\n({result['best_baseline']})"
        for name, system in (("model", MODEL), ("best trivial baseline", result["best_baseline"])):
            values[name][group] = Estimate(**result["scores"][system][measure])
    figures.estimates(ax, values, title="Held-out examples, with 95 % intervals", label="score")


def verdicts(folder: Path) -> list[dict[str, str]]:
    """Return a row for each task: how the model did, how the best trivial baseline did, which of them is used."""
    metrics = read(folder, "metrics")
    rows = []
    for task, result in metrics["held_out"].items():
        measure, scores, baseline = DECISIVE[task], result["scores"], result["best_baseline"]
        rows.append(
            {
                "task": task,
                "examples": str(result["examples"]),
                "measure": _MEASURES[measure],
                "model": str(Estimate(**scores[MODEL][measure])),
                "best trivial baseline": f"{Estimate(**scores[baseline][measure])}, {baseline}",
                "difference": str(Estimate(**result["difference"])),
                "the product uses": "the baseline" if task in metrics["baseline_tasks"] else "the model",
            }
        )
    return rows


# What there is to draw, and the file without rows of which there is nothing.
PLOTS: Mapping[str, tuple[Callable[["Axes", Path], None], str]] = {
    "losses": (draw_losses, "history"),
    "learning_rate": (draw_learning_rate, "history"),
    "judgements": (draw_judgements, "judgements"),
    "choices": (draw_choices, "choices"),
    "baselines": (draw_baselines, "metrics"),
}


def draw_all(folder: Path) -> dict[str, "Figure"]:
    """Draw what there is to show of a training, by name."""
    from matplotlib.figure import Figure

    drawn = {}
    for name, (draw, file) in PLOTS.items():
        if not read(folder, file) or (name == "baselines" and not read(folder, file)["held_out"]):
            continue
        drawn[name] = Figure(figsize=(8, 4), layout="constrained")
        draw(drawn[name].subplots(), folder)
    return drawn


def read(folder: Path, name: str) -> Any:
    """Return what a JSON file of a model folder holds; nothing if it is not there."""
    path = folder / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def _say_nothing(ax: "Axes", title: str) -> None:
    ax.set_title(title, loc="left", fontsize=11)
    ax.set_axis_off()


def _points(history: History, name: str) -> tuple[list[float], list[float]]:
    rows = [row for row in history if name in row]
    return [row["step"] for row in rows], [row[name] for row in rows]
