"""Training jobs beyond one machine, in the emulated cloud: several instances, and spot instances taken away."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from medassist import aws, base_models, storage, training, training_job
from medassist.cloud import Cloud
from medassist.errors import TrainingError
from medassist.examples import Example, ExampleSet, read_examples, write_examples
from medassist.experiments.tracking import Tracker
from medassist.machines import Machines
from medassist.schemas import Passage
from medassist.training_job import TrainedModel
from medassist.training_parameters import TrainingParameters

BUCKET = "medassist-training-job-tests"


@pytest.fixture(scope="module")
def parameters(t5_base: Path) -> TrainingParameters:
    return TrainingParameters(
        base_model=str(t5_base),
        epochs=20,
        max_steps=0,
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
    sides = [read_examples(folder / f"{side}.parquet") for side in ("train", "validation")]
    training.fine_tune(*sides, [], out, parameters, on_line=lambda line: None)
    return out


def history(model: Path) -> list[dict[str, float]]:
    return list(json.loads((model / training.HISTORY_FILE).read_text()))


def assert_same_training(model: Path, other: Path) -> None:
    rows, others = history(model), history(other)
    assert len(rows) == len(others)
    for row, expected in zip(rows, others, strict=True):
        assert row == pytest.approx(expected, rel=1e-4)
    weights, expected_weights = (load_file(path / "model.safetensors") for path in (model, other))
    for name, values in weights.items():
        np.testing.assert_allclose(values, expected_weights[name], rtol=0, atol=1e-4)


def run(
    folder: Path, out: Path, parameters: TrainingParameters, machines: Machines, on_line: Any, **more: Any
) -> TrainedModel:
    storage.ensure_bucket(BUCKET)
    role = training_job.default_role()
    arguments: dict[str, Any] = {"bucket": BUCKET, "corpus": "tiny", "role": role, "machines": machines}
    return training_job.run_training_job(folder, out, parameters, on_line=on_line, **arguments, **more)


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
    model = run(folder, tmp_path / "model", alone, machines, lines.append).folder
    assert "is under way" in lines[0]
    # AND they have trained together, and what they have learnt is what one process learns from batches in two parts
    assert any(line.endswith("processes=2") for line in lines)
    assert_same_training(model, here)


def test_what_decides_the_weights_is_part_of_the_version() -> None:
    # GIVEN the modules that a training imports
    program = (
        "import json, sys, medassist.training; print(json.dumps([m for m in sys.modules if m[:10] == 'medassist.']))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    modules = {name.removeprefix("medassist.").replace(".", "/") for name in json.loads(told)}
    # THEN each stands among what decides, or among what only carries it
    carries = {"aws", "storage", "errors", "jobs", "records", "schemas", "checkpoints", "engines"}
    carries |= {"machines", "engines/manifest", "engines/shapes"}  # where an export lies
    assert modules == set(training_job.TRAINING_CODE) | carries


def test_our_compact_model_travels_with_the_job(
    folder: Path, t5_base: Path, emulated_cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a compact model in the place of the one that is shipped
    monkeypatch.setattr(base_models, "COMPACT_FOLDER", t5_base)
    storage.ensure_bucket(BUCKET)
    parameters = TrainingParameters(base_model="compact")
    # WHEN a job is prepared
    uri = f"s3://{BUCKET}/examples/compact/1"
    channels = training_job.upload_channels(folder, parameters, uri)
    # THEN it is a channel, and the job takes it from there, with what its name decides written out
    assert channels["base_model"] == f"{uri}/base_model"
    assert storage.exists(f"{uri}/base_model/config.json")
    told = training_job.job_parameters(parameters, "0123456789abcdef")
    assert (told["base_model"], told["max_input_tokens"]) == (training.BASE_CHANNEL, parameters.input_tokens)
    assert told["name"] == "tiny-t5-01234567"
    # AND fresh weights need none
    assert "base_model" not in training_job.upload_channels(folder, replace(parameters, base_model="fresh"), uri)
    # AND another model is another version
    version = training_job.model_version(folder, parameters)
    assert version != training_job.model_version(folder, replace(parameters, base_model="fresh"))


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
    tracker = Tracker(tmp_path / "mlflow", "tiny")

    def watch(line: str) -> None:
        lines.append(line)
        if not interrupted and "step=30 of=80" in line:
            (job,) = [other for other in running_jobs() if other.startswith(training_job.JOB_NAME)]
            interrupt_spot_job(job)
            interrupted.append(job)

    model = run(folder, tmp_path / "model", parameters, Machines(spot=True), watch, tracker=tracker)
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
    assert_same_training(model.folder, here)
    # AND its record has each step once, although the log says those after the checkpoint twice
    (kept,) = tracker.connect().search_runs([tracker.experiment_id(tracker.connect())])
    assert (kept.info.run_id, kept.info.status) == (model.run.id, "FINISHED")
    assert (kept.data.tags["training_job"], kept.data.tags["spot"]) == (interrupted[0], "True")
    steps = [point.step for point in tracker.connect().get_metric_history(model.run.id, "train_loss")]
    assert sorted(steps) == sorted(set(steps)) == [row["step"] for row in history(here) if "train_loss" in row]
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
