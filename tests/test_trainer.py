"""The training loop: several processes give what one gives, and an interrupted training what an uninterrupted one."""

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from medassist import checkpoints, training, training_batches
from medassist.errors import TrainingError
from medassist.examples import Example, ExampleSet, write_examples
from medassist.schemas import Passage
from medassist.training_parameters import TrainingParameters

Examples = dict[str, list[Example]]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node"]


@pytest.fixture(scope="module")
def parameters(t5_base: Path) -> TrainingParameters:
    # 13 examples in batches of 4: the last batch of an epoch has one row, and so an empty part of two
    return TrainingParameters(
        base_model=str(t5_base),
        epochs=3,
        batch_size=4,
        micro_batches=2,
        learning_rate=0.02,
        evaluations=3,
        held_out=1,
    )


@pytest.fixture(scope="module")
def folder(t5_examples: Examples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    passages = [Passage("p#0", "p", "Plants", "Plants are green.", "TEST", "")]
    sides = {"train": t5_examples["train"][:13], "validation": t5_examples["validation"]}
    sets = {side: ExampleSet(tuple(rows), {}) for side, rows in sides.items()}
    return write_examples(tmp_path_factory.mktemp("trainer") / "examples", sets, passages)


def command(folder: Path, out: Path, parameters: TrainingParameters, *more: str) -> list[str]:
    options = [word for name, value in asdict(parameters).items() for word in (f"--{name}", str(value))]
    sides = [word for side in ("train", "validation", "passages") for word in (f"--{side}", str(folder))]
    return ["-m", "medassist.training", *sides, "--out", str(out), *options, *more]


def train(folder: Path, out: Path, parameters: TrainingParameters, *more: str) -> str:
    """Train in a process of its own; return what it printed."""
    words = [sys.executable, *command(folder, out, parameters, *more)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def alone(folder: Path, parameters: TrainingParameters, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model that one process makes without interruption."""
    out = tmp_path_factory.mktemp("alone") / "model"
    train(folder, out, parameters)
    return out


def history_of(out: Path) -> list[dict[str, float]]:
    return json.loads((out / training.HISTORY_FILE).read_text())  # type: ignore[no-any-return]


def weights_of(out: Path) -> dict[str, np.ndarray[Any, Any]]:
    return load_file(out / "model.safetensors")


def assert_close(out: Path, other: Path, tolerance: float) -> None:
    rows, others = history_of(out), history_of(other)
    assert [row["step"] for row in rows] == [row["step"] for row in others]
    for row, expected in zip(rows, others, strict=True):
        assert row == pytest.approx(expected, rel=tolerance)
    weights, expected_weights = weights_of(out), weights_of(other)
    for name, values in weights.items():
        np.testing.assert_allclose(values, expected_weights[name], rtol=0, atol=tolerance)


# ---- Several processes ------------------------------------------------------------------------------------------


def test_batches_follow_from_seed_and_lengths() -> None:
    features = [training_batches.Feature([[3] * length], [1]) for length in (5, 9, 5, 9, 5, 9, 7)]
    parameters = TrainingParameters(epochs=3, batch_size=3, max_steps=0)
    plan = training_batches.plan_batches(features, parameters)
    # THEN each epoch has every row once, and another seed another order
    assert [len(rows) for rows in plan] == [3, 3, 1] * 3
    for epoch in range(3):
        assert sorted(row for rows in plan[3 * epoch : 3 * epoch + 3] for row in rows) == list(range(7))
    assert plan == training_batches.plan_batches(features, parameters)
    assert plan != training_batches.plan_batches(features, replace(parameters, seed=1))
    assert plan[:4] == training_batches.plan_batches(features, replace(parameters, max_steps=4))


def test_processes_share_the_parts_of_a_batch() -> None:
    plan = [[3, 1, 2, 0, 4], [5]]
    # GIVEN two batches in four parts, of which the second has one row only
    whole = training_batches.share_batches(plan, 4, 1, 0, blank=9)
    assert whole == [[3], [1], [2], [0, 4], [9], [9], [9], [5]]
    # THEN two processes have every other part
    assert training_batches.share_batches(plan, 4, 2, 0, blank=9) == whole[::2]
    assert training_batches.share_batches(plan, 4, 2, 1, blank=9) == whole[1::2]


@pytest.mark.integration
def test_two_processes_train_what_one_trains(
    folder: Path, parameters: TrainingParameters, alone: Path, tmp_path: Path
) -> None:
    # WHEN two processes under torchrun share the batches, dropout and all
    out = tmp_path / "model"
    words = [*TORCHRUN, "2", *command(folder, out, parameters)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # THEN losses and weights are those of one process, but for the order of sums
    assert_close(out, alone, tolerance=1e-5)
    # AND they were two, of whom one has spoken
    assert " processes=2\n" in done.stdout
    last = f"{training.LINE_START}step=12 of=12 train_loss="
    assert sum(line.startswith(last) for line in done.stdout.splitlines()) == 1


def test_parts_of_a_batch_change_dropout_only(
    folder: Path, parameters: TrainingParameters, t5_base: Path, tmp_path: Path
) -> None:
    # GIVEN the same base without dropout
    base = shutil.copytree(t5_base, tmp_path / "base")
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"dropout_rate": 0.0}))
    still = replace(parameters, base_model=str(base))
    # THEN a batch as a whole and the same batch in parts train the same
    sides = [training.read_examples(folder / f"{side}.parquet") for side in ("train", "validation")]
    for parts in (1, 2):
        whole = replace(still, micro_batches=parts)
        training.fine_tune(*sides, [], tmp_path / f"parts-{parts}", whole, on_line=lambda line: None)
    assert_close(tmp_path / "parts-1", tmp_path / "parts-2", tolerance=1e-4)


@pytest.mark.integration
def test_processes_that_cannot_share_a_batch_are_refused(
    folder: Path, parameters: TrainingParameters, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="micro_batches is 2, but a batch has 1 examples"):
        replace(parameters, batch_size=1)
    words = [*TORCHRUN, "2", *command(folder, tmp_path / "model", replace(parameters, micro_batches=1))]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "2 processes cannot share a batch in 1 parts; set micro_batches to a multiple of 2" in done.stderr


# ---- Interruptions ----------------------------------------------------------------------------------------------


@pytest.mark.integration
def test_a_killed_training_goes_on_as_if_nothing_had_been(
    folder: Path, parameters: TrainingParameters, alone: Path, tmp_path: Path
) -> None:
    # GIVEN a training killed at its seventh step
    kept, out = tmp_path / "checkpoints", tmp_path / "model"
    words = [sys.executable, *command(folder, out, parameters, "--checkpoint_dir", str(kept))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "step=7 of=12" in line:
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL
    assert not out.exists()
    # WHEN it is started again
    said = train(folder, out, parameters, "--checkpoint_dir", str(kept))
    # THEN it goes on, and ends with the very losses and weights of a training that was never interrupted
    assert "resumed from checkpoint-" in said
    assert "step=1 of=12" not in said
    assert history_of(out) == history_of(alone)
    assert (out / "model.safetensors").read_bytes() == (alone / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def kept(folder: Path, parameters: TrainingParameters, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoints of a training of four steps."""
    where = tmp_path_factory.mktemp("kept")
    sides = [training.read_examples(folder / f"{side}.parquet") for side in ("train", "validation")]
    few = replace(parameters, max_steps=4)
    training.fine_tune(
        *sides, [], where / "model", few, checkpoint_dir=where / "checkpoints", on_line=lambda line: None
    )
    return where / "checkpoints"


def run_of(checkpoint: Path) -> str:
    return str(json.loads((checkpoint / checkpoints.MARKER).read_text())["run"])


def test_a_checkpoint_is_whole_or_not_taken(kept: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    # GIVEN checkpoints of one run
    copy = shutil.copytree(kept, tmp_path / "checkpoints")
    newest, before = copy / "checkpoint-4", copy / "checkpoint-3"
    run = run_of(newest)
    assert {path.name for path in newest.iterdir()} >= {"model.safetensors", "optimizer.pt", "scheduler.pt"}
    assert checkpoints.newest(copy, run) == newest
    # WHEN a byte of the newest changes, or its end is missing, THEN the one before is taken, and it is said why
    content = (newest / "optimizer.pt").read_bytes()
    (newest / "optimizer.pt").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert checkpoints.newest(copy, run) == before
    assert "optimizer.pt has another checksum" in caplog.text
    (newest / "optimizer.pt").write_bytes(content[:-1])
    assert checkpoints.newest(copy, run) == before
    (newest / checkpoints.MARKER).unlink()
    assert checkpoints.newest(copy, run) == before
    assert "not written to its end" in caplog.text


def test_checkpoints_of_another_run_are_not_taken(
    kept: Path, folder: Path, parameters: TrainingParameters, tmp_path: Path
) -> None:
    # GIVEN checkpoints of a training WHEN one with another seed is given the same folder
    assert checkpoints.newest(kept, "another") is None
    copy = shutil.copytree(kept, tmp_path / "checkpoints")
    said: list[str] = []
    sides = [training.read_examples(folder / f"{side}.parquet") for side in ("train", "validation")]
    other = replace(parameters, max_steps=4, seed=7)
    training.fine_tune(*sides, [], tmp_path / "model", other, checkpoint_dir=copy, on_line=said.append)
    # THEN it starts at the beginning
    assert any(line.startswith("step=1 of=4") for line in said)
    assert not any("resumed" in line for line in said)


def test_the_best_weights_must_be_there_too(kept: Path, tmp_path: Path) -> None:
    # GIVEN a checkpoint whose state says that an earlier one was better, which is gone
    copy = shutil.copytree(kept, tmp_path / "checkpoints")
    newest = copy / "checkpoint-4"
    state = json.loads((newest / checkpoints.STATE).read_text())
    (newest / checkpoints.STATE).write_text(json.dumps(state | {"best_global_step": 1}))
    run = run_of(newest)
    checkpoints.seal(newest, run)
    # THEN it is passed over: what training hands back in the end would be lost
    assert checkpoints.newest(copy, run) != newest
