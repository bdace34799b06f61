"""The pictures of a training: what they show, and that a task without examples has none."""

import json
import shutil
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from medassist import figures
from medassist.experiments import training_plots


@pytest.fixture
def model(t5_folder: Path, tmp_path: Path) -> Path:
    """A model folder whose judgements and choices are known; it was trained without judgements."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("history", "metrics"):
        shutil.copy(t5_folder / f"{name}.json", folder)
    return folder


def axes():
    return Figure().subplots()


def write(folder: Path, name: str, rows: list[dict]) -> None:
    (folder / f"{name}.json").write_text(json.dumps(rows))


def test_losses_are_drawn_by_task_and_the_kept_step_is_marked(model: Path) -> None:
    ax = axes()
    training_plots.draw_losses(ax, model)
    names = [line.get_label() for line in ax.get_lines()]
    assert names == ["training", "validation", "validation: answer", "validation: choose", "kept"]
    history = training_plots.read(model, "history")
    assert list(ax.get_lines()[1].get_xdata()) == [row["step"] for row in history if "eval_loss" in row]
    assert ax.get_lines()[-1].get_xdata()[0] == training_plots.read(model, "metrics")["best_step"]


def test_judgements_are_counted_in_their_cells(model: Path) -> None:
    pairs = [("yes", "yes"), ("yes", "no"), ("maybe", "no"), ("no", "no"), ("no", "no")]
    write(model, "judgements", [{"gold": gold, "predicted": predicted} for gold, predicted in pairs])
    ax = axes()
    training_plots.draw_judgements(ax, model)
    # rows yes, no, maybe; columns likewise
    assert [text.get_text() for text in ax.texts] == ["1", "1", "0", "0", "2", "0", "0", "1", "0"]
    assert ax.get_title("left") == "judge: 3 of 5 right"


def test_choices_are_drawn_with_their_calibration_error(model: Path) -> None:
    # GIVEN four choices held for 0.75 likely of which two are right, and one for 0.25 that is wrong
    rows = [(0.75, True), (0.75, True), (0.75, False), (0.75, False), (0.25, False)]
    write(model, "choices", [{"probability": probability, "correct": correct} for probability, correct in rows])
    ax = axes()
    training_plots.draw_choices(ax, model)
    # THEN there are two points, and (4 * 0.25 + 1 * 0.25) / 5 = 0.25
    (points,) = ax.collections
    assert sorted(map(tuple, points.get_offsets())) == [(0.25, 0.0), (0.75, 0.5)]
    assert ax.get_title("left").startswith("choose: expected calibration error 0.250 [")


def test_a_task_without_examples_is_said_and_not_drawn(model: Path) -> None:
    for name, draw in (("judge", training_plots.draw_judgements), ("choose", training_plots.draw_choices)):
        ax = axes()
        draw(ax, model)
        assert ax.get_title("left") == f"{name}: no held-out example"
    assert set(training_plots.draw_all(model)) == {"losses", "learning_rate", "baselines"}


def test_the_verdict_of_a_task_names_the_baseline_and_what_is_used(model: Path) -> None:
    metrics = training_plots.read(model, "metrics")
    rows = {row["task"]: row for row in training_plots.verdicts(model)}
    assert set(rows) == {"answer", "choose"}
    for task, row in rows.items():
        assert row["best trivial baseline"].endswith(metrics["held_out"][task]["best_baseline"])
        assert row["the product uses"] == ("the baseline" if task in metrics["baseline_tasks"] else "the model")


def test_many_points_have_no_markers() -> None:
    ax = axes()
    figures.curves(ax, {"few": ([1, 2], [3, 4]), "many": (range(50), range(50))}, title="", labels=("x", "y"))
    assert [line.get_marker() for line in ax.get_lines()] == ["o", ""]
