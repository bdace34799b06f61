"""Trainings on record: in a folder, on a real MLflow server, and by the signed way that SageMaker's ARN takes."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from medassist import cli, storage, training
from medassist.cloud import Cloud
from medassist.examples import Example, ExampleSet, write_examples
from medassist.experiments import tracking
from medassist.experiments.tracking import Run, Tracker
from medassist.experiments.training_record import TrainingRecord
from medassist.schemas import Passage
from medassist.training_parameters import TrainingParameters

BUCKET = "medassist-tracking-tests"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/medassist"


@pytest.fixture(scope="module")
def examples(t5_examples: dict[str, list[Example]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    passages = [Passage("p#0", "p", "Plants", "Plants are green.", "TEST", "")]
    sets = {side: ExampleSet(tuple(found), {}) for side, found in t5_examples.items()}
    folder = write_examples(tmp_path_factory.mktemp("tracking") / "examples", sets, passages)
    storage.write_text(folder / "README.md", "# Data card\n")
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that several tests share, each with an experiment of its own: a new database takes seconds."""
    return tmp_path_factory.mktemp("tracking") / "mlflow"


@pytest.fixture
def record(examples: Path, t5_base: Path, store: Path, tmp_path: Path) -> TrainingRecord:
    """The record of a training that is kept in a folder."""
    parameters = TrainingParameters(base_model=str(t5_base), epochs=1, batch_size=4, evaluations=2, held_out=1)
    tracker = Tracker(store, tmp_path.name)
    machines = {"instance_type": "ml.m5.xlarge"}
    return TrainingRecord(tracker, "tiny", "0123abcd", parameters, examples, "s3://bucket/examples/tiny/1", machines)


def runs(tracker: Tracker) -> list[Any]:
    client = tracker.connect()
    return list(client.search_runs([tracker.experiment_id(client)]))


def points(tracker: Tracker, run: Run, metric: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in tracker.connect().get_metric_history(run.id, metric)]


def interrupt(record: TrainingRecord, error: type[BaseException]) -> None:
    """Record a job whose follower comes to an end after a step."""
    with contextlib.suppress(error), record.follow("job-1") as run:
        run("step=1 of=9 train_loss=2.5 learning_rate=1e-3")
        raise error


def paths(client: Any, run: Run, folder: str = "") -> set[str]:
    found = client.list_artifacts(run.id, folder)
    return {path for item in found for path in (paths(client, run, item.path) if item.is_dir else {item.path})}


def test_a_training_leaves_all_that_is_needed_to_judge_it(
    record: TrainingRecord, t5_examples: dict[str, list[Example]], tmp_path: Path
) -> None:
    # GIVEN a training that runs here, followed line by line
    out = tmp_path / "model"
    with record.follow() as run:
        training.fine_tune(t5_examples["train"], t5_examples["validation"], [], out, record.parameters, on_line=run)
        live = {name for name, _ in run._known}
        run.add_outcome(out)
    # THEN lines brought metrics as they came, and each step of the history is there once
    assert {"train_loss", "eval_loss", "learning_rate"} <= live
    history = json.loads((out / training.HISTORY_FILE).read_text())
    assert run.failed == ""
    for name in ("train_loss", "eval_loss"):
        expected = [(row["step"], pytest.approx(row[name], rel=1e-5)) for row in history if name in row]
        assert sorted(points(record.tracker, run, name)) == expected
    # AND parameters, tags, data, files and plots tell where it came from
    (kept,) = runs(record.tracker)
    assert kept.info.status == "FINISHED"
    assert kept.data.params["batch_size"] == "4"
    assert kept.data.params["base_model"] == "tiny-t5"  # a path is of one machine
    assert kept.data.tags["instance_type"] == "ml.m5.xlarge"
    assert kept.data.tags["version.torch"]
    assert kept.data.metrics["final.parameters"] == json.loads((out / training.METRICS_FILE).read_text())["parameters"]
    (data,) = kept.inputs.dataset_inputs
    assert json.loads(data.dataset.source) == {"uri": "s3://bucket/examples/tiny/1"}
    found = paths(record.tracker.connect(), run)
    assert {"environment.json", "data/README.md", "model/model_card.md", "model/history.json"} <= found
    assert any(path.startswith("plots/") for path in found)
    # AND nothing of it is a question
    told = json.dumps([dict(kept.data.params), dict(kept.data.tags)])
    assert not any(example.question in told for side in t5_examples.values() for example in side)


def test_a_model_that_is_used_again_makes_no_second_run(record: TrainingRecord, t5_folder: Path) -> None:
    # GIVEN a model whose version the store does not know, as after a move
    first = record.afterwards(t5_folder)
    # WHEN it is used again THEN there is the one run that was made of its files
    again = record.afterwards(t5_folder)
    assert first.id
    assert again.id == first.id
    (kept,) = runs(record.tracker)
    assert kept.data.tags["recorded"] == "afterwards"
    assert points(record.tracker, again, "eval_loss")
    # AND another version has a run of its own
    assert replace(record, version="other").afterwards(t5_folder).id != first.id


@pytest.mark.parametrize(("error", "status"), [(ValueError, "FAILED"), (KeyboardInterrupt, "KILLED")])
def test_a_run_ends_as_its_training_ends(record: TrainingRecord, error: type[BaseException], status: str) -> None:
    interrupt(record, error)
    (kept,) = runs(record.tracker)
    assert (kept.info.status, kept.data.metrics["train_loss"]) == (status, 2.5)


def test_a_job_that_is_followed_again_stays_one_run(record: TrainingRecord) -> None:
    # GIVEN a follower that is interrupted, and another that reads the job's log from its beginning
    interrupt(record, KeyboardInterrupt)
    with record.follow("job-1") as again:
        for line in ("step=1 of=3 train_loss=2.5 learning_rate=1e-3", "step=2 of=3 eval_loss=nan", "a note, loss=1"):
            again(line)
    # THEN each step is there once, and the run has ended well
    (kept,) = runs(record.tracker)
    assert kept.info.status == "FINISHED"
    assert points(record.tracker, again, "train_loss") == [(1, 2.5)]
    assert set(kept.data.metrics) == {"train_loss", "learning_rate", "eval_loss"}


def test_a_package_is_copied_only_if_it_is_small(record: TrainingRecord, tmp_path: Path) -> None:
    small, large = tmp_path / "small.tar.gz", tmp_path / "large.tar.gz"
    small.write_bytes(b"x")
    with large.open("wb") as file:
        file.truncate(int(tracking.MAX_PACKAGE_MB * 1e6) + 1)
    for path in (small, large):
        with record.follow() as run:
            run.add_package(path, f"s3://bucket/{path.name}")
        assert runs(record.tracker)[0].data.tags["package"] == f"s3://bucket/{path.name}"
        assert (f"model/{path.name}" in paths(record.tracker.connect(), run)) == (path is small)


def test_without_a_tracker_nothing_is_kept(record: TrainingRecord, t5_folder: Path) -> None:
    silent = replace(record, tracker=None)
    with silent.follow("job") as run:
        run("step=1 of=9 train_loss=2.5")
    assert (run.id, silent.afterwards(t5_folder).id) == ("", "")
    assert not runs(record.tracker)


@pytest.mark.integration
def test_medassist_train_keeps_a_record(
    examples: Path, t5_base: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # WHEN a training is started from the command line
    given = {"--examples": examples, "--base-model": t5_base, "--out": tmp_path / "model", "--max-steps": 4}
    words = [str(word) for pair in given.items() for word in pair]
    assert cli.main(["train", *words, "--tracking", str(store), "--set", "held_out=1"]) == 0
    # THEN its lines are printed and recorded
    assert "step=4 of=4" in capsys.readouterr().out
    (kept,) = runs(Tracker(store, f"medassist-{examples.parent.name}"))
    assert kept.data.params["max_steps"] == "4"
    assert {"train_loss", "final.validation_loss"} <= set(kept.data.metrics)


# --- servers ------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(emulated_cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run a real MLflow server whose artifacts are on S3, as SageMaker's are; return its port."""
    storage.ensure_bucket(BUCKET)
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    places = ["--backend-store-uri", f"sqlite:///{folder}/server.db", "--default-artifact-root", f"s3://{BUCKET}/ml"]
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *places, *where],
            env=os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_TRACKING_URI": ""},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(port, process)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(port: int, process: Any) -> None:
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, "the server has ended"
        assert time.monotonic() < deadline, "it took too long"
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)


class Gate(BaseHTTPRequestHandler):
    """Stands where SageMaker's door does: notes each request's headers, and hands it on."""

    upstream = 0
    seen: list[dict[str, str]]

    def do_GET(self) -> None:
        self.seen.append({name.lower(): value for name, value in self.headers.items()})
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=30)
        kept = {name: value for name, value in self.headers.items() if name.lower() in ("content-type", "accept")}
        connection.request(self.command, self.path, body, kept)
        answer = connection.getresponse()
        told = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.getheader("Content-Type", "application/json"))
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_PATCH = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing to say."""


@pytest.fixture
def gate(server: int) -> Iterator[ThreadingHTTPServer]:
    Gate.upstream, Gate.seen = server, []
    door = ThreadingHTTPServer(("127.0.0.1", 0), Gate)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    yield door
    door.shutdown()
    door.server_close()


@pytest.mark.integration
def test_a_server_gets_the_same_record(record: TrainingRecord, t5_folder: Path, server: int) -> None:
    # GIVEN a real server in the place of the folder
    there = replace(record, tracker=Tracker(f"http://127.0.0.1:{server}", "http"))
    # WHEN a training is recorded there
    with there.follow("job-1") as run:
        run("step=1 of=9 train_loss=2.5")
        run.add_outcome(t5_folder)
    # THEN all of it is on the server, the files on S3
    assert run.failed == ""
    (kept,) = runs(there.tracker)
    assert kept.info.artifact_uri.startswith(f"s3://{BUCKET}/ml/")
    assert (1, 2.5) in points(there.tracker, run, "train_loss")
    assert {"data/README.md", "model/model_card.md"} <= paths(there.tracker.connect(), run)


@pytest.mark.integration
def test_a_server_that_goes_away_does_not_take_the_training_along(
    record: TrainingRecord, gate: ThreadingHTTPServer
) -> None:
    # GIVEN a server that goes away while a training is recorded
    said: list[str] = []
    there = replace(record, tracker=Tracker(f"http://127.0.0.1:{gate.server_port}", "gone", say=said.append))
    with there.follow("job-1") as run:
        gate.shutdown()
        gate.server_close()
        for step in range(1, 100):
            run(f"step={step} of=99 train_loss=2.5")
            run.flush()
        reached_the_end = True
    # THEN the training went on, and it was said once
    assert reached_the_end
    assert "Max retries exceeded" in run.failed
    assert len(said) == 1
    assert said[0].startswith("the training is not tracked any more")


@pytest.mark.integration
def test_an_arn_is_reached_by_signed_requests(
    record: TrainingRecord, t5_folder: Path, gate: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN the ARN of a SageMaker server, whose address leads to a real MLflow server behind a gate
    monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", f"http://127.0.0.1:{gate.server_port}")
    there = replace(record, tracker=Tracker(ARN, "arn"))
    with there.follow("job-1") as run:
        run.add_outcome(t5_folder)
    # THEN the record is there, and every request was signed for the server's service and names it
    assert run.failed == ""
    assert points(there.tracker, run, "eval_loss")
    assert "model/model_card.md" in paths(there.tracker.connect(), run)
    assert Gate.seen
    for headers in Gate.seen:
        assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=")
        assert "/eu-west-1/sagemaker-mlflow/aws4_request" in headers["authorization"]
        assert headers["x-mlflow-sm-tracking-server-arn"] == ARN
