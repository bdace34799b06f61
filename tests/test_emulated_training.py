"""Training jobs of the emulated cloud: they really run, succeed, fail, stop and tell."""

import contextlib
import io
import json
import logging
import os
import tarfile
import time
import urllib.error
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from medassist import aws, cloud
from medassist.jobs import JobLog

BUCKET = "training-tests"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
ROLE = "arn:aws:iam::123456789012:role/role"

TRAIN = """
import argparse, json, os, pathlib, sys, time

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, required=True)
parser.add_argument("--learning-rate", type=float, default=0.1)
parser.add_argument("--fail", default="")
parser.add_argument("--model-dir", default="/opt/ml/model")
arguments = parser.parse_args()

text = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "examples", "a.txt").read_text()
print("channels", sorted(json.loads(os.environ["SM_CHANNELS"])))
for epoch in range(arguments.epochs):
    print(f"epoch={epoch} loss={1 / (epoch + 1)}")
if arguments.fail:
    raise ValueError(arguments.fail)
told = {
    "text": text, "learning_rate": arguments.learning_rate, "who": os.environ["WHO"],
    "hps": json.loads(os.environ["SM_HPS"]), "gpus": os.environ["SM_NUM_GPUS"], "python": sys.executable,
}
pathlib.Path(arguments.model_dir, "told.json").write_text(json.dumps(told))
pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "curve.csv").write_text("0,1")
"""


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


class Jobs:
    """Training jobs through plain boto3, running a shell command in the place of a container."""

    def __init__(self) -> None:
        self.sagemaker, self.s3, self.logs = (aws.client(service) for service in ("sagemaker", "s3", "logs"))
        with contextlib.suppress(ClientError):
            self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def start(self, name: str, command: str, seconds: int = 60, instances: int = 1, **more: Any) -> None:
        algorithm = {
            "TrainingImage": "image",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/bash", "-c"],
            "ContainerArguments": [command],
            **more.pop("algorithm", {}),
        }
        self.sagemaker.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification=algorithm,
            RoleArn=ROLE,
            OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out/"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": instances, "VolumeSizeInGB": 1},
            **{"StoppingCondition": {"MaxRuntimeInSeconds": seconds}, **more},
        )

    def describe(self, name: str) -> dict[str, Any]:
        return dict(self.sagemaker.describe_training_job(TrainingJobName=name))

    def finish(self, name: str) -> dict[str, Any]:
        """Wait for the end of a job and return its description."""
        ended = ("Completed", "Failed", "Stopped")
        wait_until(lambda: self.describe(name)["TrainingJobStatus"] in ended)
        return self.describe(name)

    def archive(self, uri: str) -> dict[str, bytes]:
        """Return the files of a tar archive in S3."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            files = {entry.name: tar.extractfile(entry) for entry in tar if entry.isfile()}
            return {name: file.read() for name, file in files.items() if file is not None}

    def holds(self, key: str) -> bool:
        """Tell whether an object is in S3."""
        return "Contents" in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=key)

    def lines(self, name: str) -> list[str]:
        return list(JobLog(LOG_GROUP, name).new_lines())


@pytest.fixture(scope="module")
def jobs(emulated_cloud: cloud.Cloud) -> Jobs:
    return Jobs()


def channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def test_job_reads_channels_and_leaves_a_model(jobs: Jobs) -> None:
    # GIVEN two channels, one of them a single object
    jobs.s3.put_object(Bucket=BUCKET, Key="in/deep/a.txt", Body=b"A")
    jobs.s3.put_object(Bucket=BUCKET, Key="one.txt", Body=b"B")
    command = (
        "cat /opt/ml/input/data/train/deep/a.txt $SM_CHANNEL_ONE/one.txt > $SM_MODEL_DIR/joined;"
        " cat /opt/ml/input/config/hyperparameters.json > /opt/ml/output/data/hp.json; echo done"
    )

    # WHEN a job joins them
    jobs.start(
        "join",
        command,
        InputDataConfig=[channel("train", f"s3://{BUCKET}/in"), channel("one", f"s3://{BUCKET}/one.txt")],
        HyperParameters={"rate": "0.5"},
    )
    done = jobs.finish("join")

    # THEN model and output are in S3, and the transitions and the log tell the story
    assert done["TrainingJobStatus"] == done["SecondaryStatus"] == "Completed"
    assert done["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/out/join/output/model.tar.gz"
    assert jobs.archive(done["ModelArtifacts"]["S3ModelArtifacts"]) == {"joined": b"AB"}
    assert jobs.archive(f"s3://{BUCKET}/out/join/output/output.tar.gz") == {"hp.json": b'{"rate": "0.5"}'}
    told = [entry["Status"] for entry in done["SecondaryStatusTransitions"]]
    assert told == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert "done" in jobs.lines("join")


def test_metrics_are_read_from_the_log(jobs: Jobs) -> None:
    metrics = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}, {"Name": "none", "Regex": "none=([0-9.]+)"}]
    jobs.start("metrics", "echo loss=2.5; echo loss=0.25 >&2; echo loss=abc", algorithm={"MetricDefinitions": metrics})
    done = jobs.finish("metrics")
    assert [(metric["MetricName"], metric["Value"]) for metric in done["FinalMetricDataList"]] == [("loss", 0.25)]
    assert done["AlgorithmSpecification"]["MetricDefinitions"] == metrics


@pytest.mark.parametrize(
    ("name", "command", "reason"),
    [
        ("exit-code", "echo last words; exit 7", "AlgorithmError: last words, exit code: 7"),
        ("failure-file", "echo noise; echo no memory > /opt/ml/output/failure; exit 1", "no memory, exit code: 1"),
        ("python-error", "python3 -c 'int(\"x\")'; exit 2", "ValueError: invalid literal"),
        ("killed", "kill -9 $$", "killed by signal 9"),
    ],
)
def test_failure_carries_its_reason(jobs: Jobs, name: str, command: str, reason: str) -> None:
    jobs.start(name, command)
    done = jobs.finish(name)
    assert done["TrainingJobStatus"] == "Failed"
    assert reason in done["FailureReason"]
    assert "ModelArtifacts" not in done or not done["ModelArtifacts"].get("S3ModelArtifacts")
    assert any(reason in line for line in jobs.lines(name))


def test_empty_channel_fails_before_training(jobs: Jobs) -> None:
    jobs.start("empty", "echo never", InputDataConfig=[channel("train", f"s3://{BUCKET}/nothing/")])
    done = jobs.finish("empty")
    assert f"s3://{BUCKET}/nothing/ of channel train holds no objects" in done["FailureReason"]
    assert "never" not in jobs.lines("empty")


def test_job_without_a_script_fails(jobs: Jobs) -> None:
    jobs.sagemaker.create_training_job(
        TrainingJobName="scriptless",
        AlgorithmSpecification={"TrainingImage": "image", "TrainingInputMode": "File"},
        RoleArn=ROLE,
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out/"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    assert "names no script to run" in jobs.finish("scriptless")["FailureReason"]


def test_stopped_job_ends_and_keeps_what_it_saved(jobs: Jobs) -> None:
    # GIVEN a job that saves something when it is asked to end
    command = 'trap "echo saved > /opt/ml/model/last; exit 0" TERM; echo ready; while true; do sleep 0.1; done'
    jobs.start("stop", command)
    wait_until(lambda: "ready" in jobs.lines("stop"))

    # WHEN it is stopped
    jobs.sagemaker.stop_training_job(TrainingJobName="stop")

    # THEN it is Stopped, not Failed, and its model is there
    done = jobs.finish("stop")
    assert done["TrainingJobStatus"] == "Stopped"
    assert jobs.archive(done["ModelArtifacts"]["S3ModelArtifacts"]) == {"last": b"saved\n"}
    with pytest.raises(ClientError, match="cannot be stopped"):
        jobs.sagemaker.stop_training_job(TrainingJobName="stop")


def test_time_limit_stops_a_job(jobs: Jobs) -> None:
    jobs.start("long", "sleep 60", seconds=1)
    done = jobs.finish("long")
    assert (done["TrainingJobStatus"], done["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_names_are_unique(jobs: Jobs) -> None:
    jobs.start("unique", "true")
    with pytest.raises(ClientError, match="unique"):
        jobs.start("unique", "true")
    jobs.finish("unique")


def test_checkpoints_come_back(jobs: Jobs) -> None:
    # GIVEN a job that counts its runs in its checkpoint folder
    command = "cd /opt/ml/checkpoints; echo run >> runs; cp runs /opt/ml/model/"
    for name in ("first-run", "second-run"):
        jobs.start(name, command, CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints"})
        done = jobs.finish(name)

    # THEN the second run sees what the first one left
    assert jobs.archive(done["ModelArtifacts"]["S3ModelArtifacts"]) == {"runs": b"run\nrun\n"}


def test_checkpoints_reach_s3_while_the_job_runs(jobs: Jobs) -> None:
    # GIVEN a job that saves something and goes on
    uri = f"s3://{BUCKET}/while-running"
    jobs.start("saving", "echo 1 > /opt/ml/checkpoints/one; sleep 60", CheckpointConfig={"S3Uri": uri})
    # THEN it is in S3 although the job has not ended
    wait_until(lambda: jobs.holds("while-running/one"))
    assert jobs.describe("saving")["TrainingJobStatus"] == "InProgress"
    jobs.sagemaker.stop_training_job(TrainingJobName="saving")
    jobs.finish("saving")


def test_a_spot_job_goes_on_from_its_checkpoints(jobs: Jobs, interrupt_spot_job: Callable[[str], None]) -> None:
    # GIVEN a spot job that ends in its second run, which it knows from its checkpoints
    command = (
        "cd /opt/ml/checkpoints; echo run >> runs; touch /opt/ml/here;"
        " test $(wc -l < runs) = 2 && cp runs /opt/ml/model/ && exit 0; sleep 60"
    )
    jobs.start(
        "spot",
        command,
        EnableManagedSpotTraining=True,
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/spot"},
        StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120},
    )
    wait_until(lambda: jobs.holds("spot/runs"))
    # WHEN its instance is taken away
    interrupt_spot_job("spot")
    # THEN it is started on another one, with what had reached S3, and only the work is billed
    done = jobs.finish("spot")
    assert jobs.archive(done["ModelArtifacts"]["S3ModelArtifacts"]) == {"runs": b"run\nrun\n"}
    told = [entry["Status"] for entry in done["SecondaryStatusTransitions"]]
    first = ["Starting", "Downloading", "Training", "Interrupted", "Restarting"]
    assert told == [*first, "Downloading", "Training", "Uploading", "Completed"]
    assert done["BillableTimeInSeconds"] <= done["TrainingTimeInSeconds"]


def test_a_spot_job_does_not_wait_for_ever(jobs: Jobs) -> None:
    limits = {"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 1}
    jobs.start("impatient", "sleep 60", EnableManagedSpotTraining=True, StoppingCondition=limits)
    done = jobs.finish("impatient")
    assert (done["TrainingJobStatus"], done["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")


def test_only_running_spot_jobs_can_be_interrupted(jobs: Jobs, interrupt_spot_job: Callable[[str], None]) -> None:
    jobs.start("on-demand", "sleep 60")
    wait_until(lambda: jobs.describe("on-demand")["SecondaryStatus"] == "Training")
    for name in ("on-demand", "no-such-job"):
        with pytest.raises(urllib.error.HTTPError, match="409"):
            interrupt_spot_job(name)
    jobs.sagemaker.stop_training_job(TrainingJobName="on-demand")
    jobs.finish("on-demand")


def test_instances_know_each_other_and_leave_one_model(jobs: Jobs) -> None:
    # GIVEN a job on two instances, each of which leaves what it knows
    command = "echo $SM_HOSTS > /opt/ml/model/$SM_CURRENT_HOST; echo $SM_CURRENT_HOST"
    jobs.start("several", command, instances=2)
    done = jobs.finish("several")
    # THEN one archive has the files of both, and each had its own log stream
    hosts = b'["algo-1", "algo-2"]\n'
    assert jobs.archive(done["ModelArtifacts"]["S3ModelArtifacts"]) == {"algo-1": hosts, "algo-2": hosts}
    streams = jobs.logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix="several/")["logStreams"]
    assert [stream["logStreamName"].rpartition("-")[0] for stream in streams] == ["several/algo-1", "several/algo-2"]
    assert {"algo-1", "algo-2"} <= set(jobs.lines("several"))


def test_an_instance_that_fails_ends_the_job(jobs: Jobs) -> None:
    jobs.start("one-fails", "test $SM_CURRENT_HOST = algo-1 || exit 9; sleep 60", instances=2)
    assert "exit code: 9" in jobs.finish("one-fails")["FailureReason"]


def test_two_jobs_at_once_do_not_meet(jobs: Jobs) -> None:
    for number in (1, 2):
        jobs.start(
            f"pair-{number}", f"echo {number} > /opt/ml/model/me; sleep 0.5; ls /opt/ml/model | wc -l > /opt/ml/model/n"
        )
    for number in (1, 2):
        done = jobs.finish(f"pair-{number}")
        assert jobs.archive(done["ModelArtifacts"]["S3ModelArtifacts"])["me"] == f"{number}\n".encode()
    assert not Path("/opt/ml/model/me").exists()


def test_own_variables_stay_out_of_jobs(jobs: Jobs) -> None:
    # GIVEN a job that prints its environment
    jobs.start("environment", "env", Environment={"GIVEN": "/opt/ml/model/x"})
    jobs.finish("environment")
    told = dict(line.split("=", 1) for line in jobs.lines("environment") if "=" in line)

    # THEN it is the container's and what was given, with paths that exist, and nothing of pytest's
    assert told["GIVEN"] == f"{told['SM_MODEL_DIR']}/x"
    assert told["AWS_ENDPOINT_URL"] == os.environ["AWS_ENDPOINT_URL"]
    assert not {name for name in told if name.startswith("PYTEST")}


@pytest.mark.integration
def test_model_trainer_works_unchanged(jobs: Jobs, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from sagemaker.core.utils.exceptions import FailedStatusError
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, InputData, MetricDefinition, OutputDataConfig, SourceCode

    # GIVEN a script with a requirements file, and data in S3
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "requirements.txt").write_text("no-such-package-at-all==1\n")
    jobs.s3.put_object(Bucket=BUCKET, Key="corpus/examples/a.txt", Body=b"example")

    def train(**parameters: Any) -> Any:
        trainer = ModelTrainer(
            training_image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/image:1",
            role=ROLE,
            base_job_name="unchanged",
            source_code=SourceCode(source_dir=str(tmp_path), entry_script="train.py", requirements="requirements.txt"),
            compute=Compute(instance_type="ml.m5.large", instance_count=1),
            environment={"WHO": "me"},
            hyperparameters=parameters,
            output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/sdk"),
        ).with_metric_definitions([MetricDefinition(name="loss", regex="loss=([0-9.]+)")])
        data = InputData(channel_name="train", data_source=f"s3://{BUCKET}/corpus")
        try:
            trainer.train(input_data_config=[data], wait=True, logs=True)
        finally:
            trainer._latest_training_job.refresh()
        return trainer._latest_training_job

    # WHEN it is trained
    with caplog.at_level(logging.INFO, logger="sagemaker"):
        logging.getLogger("sagemaker").addHandler(caplog.handler)
        job = train(**{"epochs": 3, "learning-rate": 0.5})

    # THEN parameters, environment and data arrived, the model is in S3, and the log was shown
    told = json.loads(jobs.archive(job.model_artifacts.s3_model_artifacts)["told.json"])
    assert (told["text"], told["learning_rate"], told["who"]) == ("example", 0.5, "me")
    assert told["hps"] == {"epochs": 3, "learning-rate": 0.5}
    assert job.final_metric_data_list[0].value == pytest.approx(1 / 3)
    shown = "\n".join(jobs.lines(job.training_job_name))
    assert "channels ['code', 'sm_drivers', 'train']" in shown
    assert "Nothing is installed from requirements.txt" in shown
    assert "epoch=2" in caplog.text

    # WHEN the script fails, THEN the SDK raises with the script's own error
    with pytest.raises(FailedStatusError, match="ValueError: nothing to learn from, exit code: 1"):
        train(epochs=1, fail="nothing to learn from")
