"""Training jobs beyond one machine, in the emulated cloud: several instances, and spot instances taken away."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from medassist import aws, storage, training, training_job
from medassist.cloud import Cloud
from medassist.errors import TrainingError
from medassist.examples import Example, ExampleSet, read_examples, write_examples
from medassist.schemas import Passage
from medassist.training_job import Machines
from medassist.training_parameters import TrainingParameters

BUCKET = "medassist-training-job-tests"


@pytest.fixture(scope="module")
def parameters(t5_base: Path) -> TrainingParameters:
    return TrainingParameters(
        base_model=str(t5_base),
        epochs=20,
        batch_size=4,
        micro_batches=2,
        learning_rate=0.02,
        evaluations=4,
        checkpoints=20,
        held_out=1,
    )


@pytest.fixture(scope="module")
def folder(t5_examples: dict[str, list[Example]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    passages = [Passage("p#0", "p", "Plants", "Plants are green.", "TEST", "")]
    sets = {side: ExampleSet(tuple(examples), {}) for side, examples in t5_examples.items()}
    return write_examples(tmp_path_factory.mktemp("job") / "examples", sets, passages)


@pytest.fixture(scope="module")
def here(folder: Path, parameters: TrainingParameters, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model that one process makes here, without a job."""
    out = tmp_path_factory.mktemp("here") / "model"
    sides = [read_examples(folder / f"{side}.jsonl") for side in ("train", "validation")]
    training.fine_tune(*sides, [], out, parameters, on_line=lambda line: None)
    return out


def assert_same_training(model: Path, other: Path) -> None:
    rows, others = (json.loads((path / training.HISTORY_FILE).read_text()) for path in (model, other))
    assert len(rows) == len(others)
    for row, expected in zip(rows, others, strict=True):
        assert row == pytest.approx(expected, rel=1e-4)
    weights, expected_weights = (load_file(path / "model.safetensors") for path in (model, other))
    for name, values in weights.items():
        np.testing.assert_allclose(values, expected_weights[name], rtol=0, atol=1e-4)


def run(folder: Path, out: Path, parameters: TrainingParameters, machines: Machines, on_line: Any) -> Path:
    storage.ensure_bucket(BUCKET)
    role = training_job.default_role()
    arguments: dict[str, Any] = {"bucket": BUCKET, "corpus": "tiny", "role": role, "machines": machines}
    return training_job.run_training_job(folder, out, parameters, on_line=on_line, **arguments).folder


@pytest.mark.integration
def test_two_instances_train_what_one_process_trains(
    folder: Path, parameters: TrainingParameters, here: Path, emulated_cloud: Cloud, tmp_path: Path
) -> None:
    # GIVEN parameters that say nothing of processes, and a job on two instances whose follower is interrupted
    lines: list[str] = []
    alone, machines = replace(parameters, micro_batches=1), Machines(instance_count=2)

    def lose(line: str) -> None:
        raise ConnectionError(line)

    with pytest.raises(ConnectionError, match="started"):
        run(folder, tmp_path / "model", alone, machines, lose)
    # WHEN it is asked for again THEN the job is found
    model = run(folder, tmp_path / "model", alone, machines, lines.append)
    assert "is under way" in lines[0]
    # AND they have trained together, and what they have learnt is what one process learns from batches in two parts
    assert any(line.endswith("processes=2") for line in lines)
    assert_same_training(model, here)


@pytest.mark.integration
def test_a_job_whose_spot_instances_are_taken_away_ends_as_if_nothing_had_been(
    folder: Path,
    parameters: TrainingParameters,
    here: Path,
    interrupt_spot_job: Callable[[str], None],
    tmp_path: Path,
) -> None:
    # GIVEN a job on a spot instance, which is taken away once there are checkpoints in S3
    lines: list[str] = []
    interrupted: list[str] = []

    def watch(line: str) -> None:
        lines.append(line)
        if not interrupted and "step=30 of=80" in line:
            (job,) = [other for other in running_jobs() if other.startswith(training_job.JOB_NAME)]
            interrupt_spot_job(job)
            interrupted.append(job)

    model = run(folder, tmp_path / "model", parameters, Machines(spot=True), watch)
    # THEN it went on from one of them, and the model is that of a training without interruption
    job = aws.client("sagemaker").describe_training_job(TrainingJobName=interrupted[0])
    told = [entry["Status"] for entry in job["SecondaryStatusTransitions"]]
    assert [status for status in told if status in ("Interrupted", "Restarting", "Completed")] == [
        "Interrupted",
        "Restarting",
        "Completed",
    ]
    assert any(line.startswith("resumed from checkpoint-") for line in lines)
    assert any("spot instances were taken away" in line for line in lines)
    assert_same_training(model, here)
    # AND the wait for new instances is not billed
    assert job["EnableManagedSpotTraining"]
    assert 0 < job["BillableTimeInSeconds"] <= job["TrainingTimeInSeconds"]


def running_jobs() -> list[str]:
    found = aws.client("sagemaker").list_training_jobs(StatusEquals="InProgress")
    return [job["TrainingJobName"] for job in found["TrainingJobSummaries"]]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"instance_count": 0}, "instance_count is 0, but must be at least 1"),
        ({"keep_alive_minutes": 400}, "keep_alive_minutes is 400, but must be from 0 to 360"),
        ({"spot": True, "keep_alive_minutes": 5}, "Spot instances cannot be kept alive"),
        ({"spot": True, "max_wait_hours": 2.0}, "max_wait_hours is 2, but a training may take 12"),
    ],
)
def test_machines_that_do_not_exist_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        Machines(**given)
