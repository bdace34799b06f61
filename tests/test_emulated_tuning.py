"""Hyper-parameter tuning jobs of the emulated cloud: they really start training jobs, and pick the best."""

import contextlib
from typing import Any

import pytest
from botocore.exceptions import ClientError
from test_emulated_training import BUCKET, ROLE, Jobs, wait_until

from medassist import cloud

# The training image's own program is run with the tuned values as arguments; here a script in their place.
SCRIPT = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float, default=0.5)
parser.add_argument("--size", type=int, default=2)
parser.add_argument("--kind", default="plain")
parser.add_argument("--fail", default="False")
given = parser.parse_args()
print("loss=9.0")
if given.fail == "True" and given.kind == "other":
    raise ValueError("no such kind")
print(f"loss={(given.rate - 0.3) ** 2 + (given.kind == 'other')}")
"""
CONTINUOUS = {"Name": "rate", "MinValue": "0.1", "MaxValue": "1.0", "ScalingType": "Logarithmic"}
INTEGER = {"Name": "size", "MinValue": "1", "MaxValue": "4", "ScalingType": "Auto"}
CATEGORICAL = {"Name": "kind", "Values": ["plain", "other"]}
ALL = {
    "ContinuousParameterRanges": [CONTINUOUS],
    "IntegerParameterRanges": [INTEGER],
    "CategoricalParameterRanges": [CATEGORICAL],
}


class Tuning:
    def __init__(self) -> None:
        self.jobs = Jobs()
        self.sagemaker = self.jobs.sagemaker
        self.jobs.s3.put_object(Bucket=BUCKET, Key="tuning/sourcedir.tar.gz", Body=archive({"script.py": SCRIPT}))

    def start(self, name: str, strategy: str, ranges: dict[str, Any], most: int = 4, **more: Any) -> None:
        static = {
            "sagemaker_program": "script.py",
            "sagemaker_submit_directory": f"s3://{BUCKET}/tuning/sourcedir.tar.gz",
        }
        definition = {
            "StaticHyperParameters": static | more.pop("static", {}),
            "AlgorithmSpecification": {
                "TrainingImage": "image",
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.e-]+)"}],
            },
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        }
        config = {
            "Strategy": strategy,
            "RandomSeed": 13,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": more.pop("metric", "loss")},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": most, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": ranges,
        }
        self.sagemaker.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig=config,
            TrainingJobDefinition=definition,
            **more,
        )

    def describe(self, name: str) -> dict[str, Any]:
        return dict(self.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name))

    def finish(self, name: str) -> dict[str, Any]:
        ended = ("Completed", "Failed", "Stopped")
        wait_until(lambda: self.describe(name)["HyperParameterTuningJobStatus"] in ended, 60)
        return self.describe(name)

    def trials(self, name: str, **how: Any) -> list[dict[str, Any]]:
        pages = self.sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
        found = pages.paginate(HyperParameterTuningJobName=name, **how)
        return [job for page in found for job in page["TrainingJobSummaries"]]


def archive(files: dict[str, str]) -> bytes:
    import io
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def tuning(emulated_cloud: cloud.Cloud) -> Tuning:
    return Tuning()


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_a_search_runs_its_jobs_and_picks_the_best(tuning: Tuning, strategy: str) -> None:
    # WHEN four jobs may be tried, two at a time
    name = f"search-{strategy.lower()}"
    tuning.start(name, strategy, ALL)
    done = tuning.finish(name)
    # THEN four have run with values within the ranges, and each was judged by the last loss in its log
    assert done["HyperParameterTuningJobStatus"] == "Completed"
    assert done["TrainingJobStatusCounters"]["Completed"] == 4
    trials = tuning.trials(name)
    assert [trial["TrainingJobName"][: len(name) + 4] for trial in trials] == [f"{name}-{n:03d}" for n in range(1, 5)]
    for trial in trials:
        tuned = trial["TunedHyperParameters"]
        assert 0.1 <= float(tuned["rate"]) <= 1.0
        assert 1 <= int(tuned["size"]) <= 4
        expected = (float(tuned["rate"]) - 0.3) ** 2 + (tuned["kind"] == "other")
        assert trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == pytest.approx(expected)
    # AND the best is the least of them, and stands first where they are sorted by it
    best = min(trials, key=lambda trial: trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])
    assert done["BestTrainingJob"]["TrainingJobName"] == best["TrainingJobName"]
    ranked = tuning.trials(name, SortBy="FinalObjectiveMetricValue", SortOrder="Ascending")
    assert ranked[0] == best
    # AND each is a training job like any other, with its model and what it is judged by
    job = tuning.jobs.describe(best["TrainingJobName"])
    assert job["ModelArtifacts"]["S3ModelArtifacts"].endswith("/output/model.tar.gz")
    assert job["HyperParameters"]["_tuning_objective_metric"] == "loss"


def test_a_grid_tries_each_combination_once(tuning: Tuning) -> None:
    sizes = {"Name": "size", "Values": ["1", "2"]}
    tuning.start("grid", "Grid", {"CategoricalParameterRanges": [CATEGORICAL, sizes]}, most=9)
    tuning.finish("grid")
    tried = [tuple(trial["TunedHyperParameters"].values()) for trial in tuning.trials("grid")]
    assert sorted(tried) == [("other", "1"), ("other", "2"), ("plain", "1"), ("plain", "2")]


def test_a_job_that_fails_does_not_count(tuning: Tuning) -> None:
    # GIVEN a kind that fails
    tuning.start("some-fail", "Grid", {"CategoricalParameterRanges": [CATEGORICAL]}, static={"fail": "true"})
    done = tuning.finish("some-fail")
    # THEN the other is the best, and the failure is told
    assert done["BestTrainingJob"]["TunedHyperParameters"] == {"kind": "plain"}
    assert done["ObjectiveStatusCounters"] == {"Succeeded": 1, "Pending": 0, "Failed": 1}
    (failed,) = tuning.trials("some-fail", StatusEquals="Failed")
    assert "ValueError: no such kind" in failed["FailureReason"]
    # AND where all fail, so does the tuning job
    kinds = {"Name": "kind", "Values": ["other"]}
    tuning.start("all-fail", "Grid", {"CategoricalParameterRanges": [kinds]}, static={"fail": "true"})
    done = tuning.finish("all-fail")
    assert done["HyperParameterTuningJobStatus"] == "Failed"
    assert "No training job succeeded" in done["FailureReason"]


def test_a_stopped_search_stops_its_jobs(tuning: Tuning) -> None:
    tuning.jobs.s3.put_object(
        Bucket=BUCKET, Key="tuning/slow.tar.gz", Body=archive({"script.py": "import time; time.sleep(60)"})
    )
    slow = {"sagemaker_submit_directory": f"s3://{BUCKET}/tuning/slow.tar.gz"}
    tuning.start("stopped", "Random", ALL, static=slow)
    wait_until(lambda: len(tuning.trials("stopped", StatusEquals="InProgress")) == 2)
    tuning.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped")
    assert tuning.finish("stopped")["HyperParameterTuningJobStatus"] == "Stopped"
    assert [trial["TrainingJobStatus"] for trial in tuning.trials("stopped")] == ["Stopped", "Stopped"]
    with pytest.raises(ClientError, match="cannot be stopped"):
        tuning.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped")


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("none of the metric definitions", {"metric": "accuracy"}),
        ("both static and tuned", {"static": {"rate": "0.5"}}),
        ("has no strategy Hyperband", {"strategy": "Hyperband"}),
        ("all ranges must be categorical", {"strategy": "Grid"}),
        ("at least one hyperparameter range", {"ranges": {}}),
    ],
)
def test_what_cannot_be_run_is_refused(tuning: Tuning, said: str, given: dict[str, Any]) -> None:
    arguments = {"strategy": "Random", "ranges": ALL, **given}
    with pytest.raises(ClientError, match=said):
        tuning.start("refused", **arguments)
    with contextlib.suppress(ClientError):
        assert tuning.describe("refused") is None
