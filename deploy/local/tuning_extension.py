"""Puts real hyper-parameter tuning jobs in the place of moto's, which are complete at once and have tried nothing."""

from collections.abc import Mapping
from typing import Any

from sagemaker_extension import launch
from training_jobs import TrainingJobs
from tuning_jobs import PARTS, TuningError, TuningJobs, check

_ORDERS = {
    "Name": "TrainingJobName",
    "CreationTime": "CreationTime",
    "Status": "TrainingJobStatus",
    "FinalObjectiveMetricValue": "FinalHyperParameterTuningJobObjectiveMetric",
}


def install(trainings: TrainingJobs) -> TuningJobs:
    """Extend moto's SageMaker in this process; return what runs the tuning jobs, to be closed."""
    from account import ACCOUNT, REGION
    from moto.core.responses import ActionResult, EmptyResult
    from moto.sagemaker import responses
    from moto.sagemaker.exceptions import ValidationError
    from moto.sagemaker.models import sagemaker_backends

    def launch_here(request: Mapping[str, Any]) -> Any:
        return launch(sagemaker_backends[ACCOUNT][REGION], trainings, request)

    jobs = TuningJobs(launch_here, trainings.stop)
    response: Any = responses.SageMakerResponse
    create = response.create_hyper_parameter_tuning_job

    def create_hyper_parameter_tuning_job(self: Any) -> Any:
        try:
            check({part: self._get_param(part) for part in PARTS})
        except TuningError as error:
            raise ValidationError(message=str(error)) from error
        result = create(self)
        job = self.sagemaker_backend.hyper_parameter_tuning_jobs[self._get_param("HyperParameterTuningJobName")]
        _reset(job)
        jobs.start(job)
        return result

    def stop_hyper_parameter_tuning_job(self: Any) -> Any:
        name = self._get_param("HyperParameterTuningJobName")
        status = self.sagemaker_backend.describe_hyper_parameter_tuning_job(name)["HyperParameterTuningJobStatus"]
        if status != "InProgress":
            raise ValidationError(message=f"The tuning job {name} is {status} and cannot be stopped.")
        jobs.stop(name)
        return EmptyResult()

    def list_training_jobs_for_hyper_parameter_tuning_job(self: Any) -> Any:
        name = self._get_param("HyperParameterTuningJobName")
        self.sagemaker_backend.describe_hyper_parameter_tuning_job(name)  # says so if there is none
        found = jobs.trials(name)
        if status := self._get_param("StatusEquals"):
            found = [job for job in found if job["TrainingJobStatus"] == status]
        order = _ORDERS[self._get_param("SortBy") or "Name"]
        if order == _ORDERS["FinalObjectiveMetricValue"]:
            found = sorted((job for job in found if order in job), key=lambda job: job[order]["Value"])
        else:
            found = sorted(found, key=lambda job: job[order])
        if self._get_param("SortOrder") == "Descending":
            found.reverse()
        return ActionResult({"TrainingJobSummaries": found})

    response.create_hyper_parameter_tuning_job = create_hyper_parameter_tuning_job
    response.stop_hyper_parameter_tuning_job = stop_hyper_parameter_tuning_job
    response.list_training_jobs_for_hyper_parameter_tuning_job = list_training_jobs_for_hyper_parameter_tuning_job
    return jobs


def _reset(job: Any) -> None:
    """Turn moto's completed job, with its made-up outcome, into one that is about to start."""
    job.hyper_parameter_tuning_job_status = "InProgress"
    job.hyper_parameter_tuning_end_time = job.failure_reason = None
    job.best_training_job = job.OverallBestTrainingJob = None
    job.tuning_job_completion_details = job.consumed_resources = None
    job.training_job_status_counters = dict.fromkeys(job.training_job_status_counters, 0)
    job.objective_status_counters = dict.fromkeys(job.objective_status_counters, 0)
