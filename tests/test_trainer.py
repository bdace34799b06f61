"""The training loop: several processes give what one gives, and an interrupted training what an uninterrupted one."""

import json
import math
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

from medassist import checkpoints, training
from medassist.errors import TrainingError
from medassist.examples import Example, ExampleSet, write_examples
from medassist.generation import Generator
from medassist.schemas import Passage
from medassist.training_parameters import TrainingParameters

Examples = dict[str, list[Example]]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node"]


@pytest.fixture(scope="module")
def parameters(t5_base: Path) -> TrainingParameters:
    # 25 examples in batches of 8: the last batch of an epoch has one row, and so an empty part of two. The tiny model
    # has every choice right from the start, so that the first of six evaluations stays the best: with a patience of
    # four it stops at the fifth.
    return TrainingParameters(
        base_model=str(t5_base),
        reading="fusion",
        epochs=3,
        batch_size=8,
        micro_batches=2,
        mixing_temperature=3.0,
        learning_rate=0.02,
        evaluations=6,
        best_metric="choose_accuracy",
        patience=4,
        held_out=1,
    )


@pytest.fixture(scope="module")
def folder(all_tasks: Examples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    passages = [Passage("p#0", "p", "Plants", "Plants are green.", "TEST", "")]
    sides = {"train": all_tasks["train"][:25], "validation": all_tasks["validation"]}
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


def fine_tune(
    folder: Path, out: Path, parameters: TrainingParameters, said: list[str] | None = None, **more: Any
) -> dict[str, Any]:
    """Train here; the lines go to ``said``."""
    sides = [training.read_examples(folder / f"{side}.parquet") for side in ("train", "validation")]
    said = [] if said is None else said
    return training.fine_tune(*sides, [], out, parameters, on_line=said.append, **more)


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
    last = f"{training.LINE_START}step=10 of=12 train_loss="
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
    for parts in (1, 2):
        fine_tune(folder, tmp_path / f"parts-{parts}", replace(still, micro_batches=parts))
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
    assert (out / training.HISTORY_FILE).read_bytes() == (alone / training.HISTORY_FILE).read_bytes()
    assert history_of(out)[-1]["step"] == 10  # out of patience, which counts from before the interruption
    assert (out / "model.safetensors").read_bytes() == (alone / "model.safetensors").read_bytes()


def test_a_training_that_had_ended_is_only_read(
    folder: Path, parameters: TrainingParameters, alone: Path, tmp_path: Path
) -> None:
    # GIVEN a training that ran out of patience, and was lost before its model was written WHEN it is started again
    said: list[str] = []
    for out in ("lost", "model"):
        fine_tune(folder, tmp_path / out, parameters, said, checkpoint_dir=tmp_path / "checkpoints")
    # THEN it takes no step more, and the best weights are there
    assert sum("step=10 of=12 train_loss" in line for line in said) == 1
    assert not any("step=11" in line or "step=12" in line for line in said)
    assert history_of(tmp_path / "model") == history_of(tmp_path / "lost")
    weights = [(tmp_path / out / "model.safetensors").read_bytes() for out in ("lost", "model")]
    assert weights[0] == weights[1]


@pytest.fixture(scope="module")
def kept(folder: Path, parameters: TrainingParameters, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoints of a training of four steps."""
    where = tmp_path_factory.mktemp("kept")
    few = replace(parameters, max_steps=4, best_metric="eval_loss")
    fine_tune(folder, where / "model", few, checkpoint_dir=where / "checkpoints")
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
    other = replace(parameters, max_steps=4, seed=7)
    fine_tune(folder, tmp_path / "model", other, said, checkpoint_dir=copy)
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


# ---- Ways to train ----------------------------------------------------------------------------------------------


def losses_of(out: Path) -> list[float]:
    return [row["eval_loss"] for row in history_of(out) if "eval_loss" in row]


def test_checkpointed_gradients_are_the_same(folder: Path, parameters: TrainingParameters, tmp_path: Path) -> None:
    few = replace(parameters, max_steps=4)
    for name, value in (("with", True), ("without", False)):
        fine_tune(folder, tmp_path / name, replace(few, gradient_checkpointing=value))
    assert_close(tmp_path / "with", tmp_path / "without", tolerance=1e-5)


def test_bf16_trains_on_a_cpu_that_is_asked_to(folder: Path, parameters: TrainingParameters, tmp_path: Path) -> None:
    few = replace(parameters, max_steps=4)
    for precision in ("bf16", "fp32"):
        fine_tune(folder, tmp_path / precision, replace(few, precision=precision))
    # THEN losses differ, by its rounding only, and the weights are kept in float32
    losses, exact = losses_of(tmp_path / "bf16"), losses_of(tmp_path / "fp32")
    assert losses != exact
    assert losses == pytest.approx(exact, rel=0.01)
    assert {str(values.dtype) for values in weights_of(tmp_path / "bf16").values()} == {"float32"}


def test_low_rank_additions_end_up_in_the_weights(
    folder: Path, parameters: TrainingParameters, t5_base: Path, tmp_path: Path
) -> None:
    # GIVEN a training with LoRA WHEN it is done
    low = replace(parameters, lora_rank=2, epochs=6, patience=0, best_metric="eval_loss")
    kept = tmp_path / "checkpoints"
    metrics = fine_tune(folder, tmp_path / "model", low, checkpoint_dir=kept)
    # THEN the model is a plain T5 with the base's weights, of which matrices alone have changed, embeddings not
    base, weights = weights_of(t5_base), weights_of(tmp_path / "model")
    assert set(weights) == set(base)
    changed = {name for name, values in weights.items() if not np.array_equal(values, base[name])}
    assert changed
    assert all(".SelfAttention." in n or ".EncDecAttention." in n or ".DenseReluDense." in n for n in changed)
    # AND it has learnt, and computes as it is read back what it computed in training
    losses = losses_of(tmp_path / "model")
    assert min(losses) < losses[0] - 0.3
    samples = json.loads((tmp_path / "model" / training.SAMPLES_FILE).read_text())
    generator = Generator.load(tmp_path / "model", threads=1)
    examples = training.read_examples(folder / "validation.parquet")
    passages = {example.question: example.passages for example in examples}
    assert [generator.generate(s["question"], passages[s["question"]]).text for s in samples] == [
        sample["after"] for sample in samples
    ]
    assert metrics["validation_loss"] == min(losses[1:])
    # AND an interrupted one comes to the same
    shutil.rmtree(kept / f"checkpoint-{metrics['steps']}")
    said: list[str] = []
    fine_tune(folder, tmp_path / "again", low, said, checkpoint_dir=kept)
    assert any(line.startswith("resumed from checkpoint-") for line in said)
    assert history_of(tmp_path / "again") == history_of(tmp_path / "model")
    assert (tmp_path / "again/model.safetensors").read_bytes() == (tmp_path / "model/model.safetensors").read_bytes()


@pytest.mark.parametrize("decay", ["linear", "cosine"])
def test_the_learning_rate_falls_to_nothing(
    decay: str, folder: Path, parameters: TrainingParameters, tmp_path: Path
) -> None:
    fine_tune(folder, tmp_path / "model", replace(parameters, decay=decay, warmup=0.0, patience=0))
    rates = [row["learning_rate"] for row in history_of(tmp_path / "model") if "learning_rate" in row]
    parts = [step / 12 for step in range(12)]
    shape = [1 - part if decay == "linear" else (1 + math.cos(math.pi * part)) / 2 for part in parts]
    assert rates == pytest.approx([0.02 * value for value in shape])


def test_the_best_checkpoint_is_chosen_by_a_measure_that_is_there(
    folder: Path, parameters: TrainingParameters, tmp_path: Path
) -> None:
    # GIVEN a measure of a task, THEN the model is that of the step where it was best first
    metrics = fine_tune(folder, tmp_path / "model", parameters)
    scored = [row for row in history_of(tmp_path / "model")[1:] if "choose_accuracy" in row]
    assert metrics["best_step"] == max(scored, key=lambda row: row["choose_accuracy"])["step"] == 2
    assert metrics["choose_accuracy"] == scored[0]["choose_accuracy"]
    with pytest.raises(
        TrainingError, match=r"best_metric is 'bleu', but what is measured here is eval_loss, .*name one"
    ):
        fine_tune(folder, tmp_path / "model", replace(parameters, best_metric="bleu"))
