"""Puts real processing jobs in the place of moto's, which complete at once and process nothing."""

from typing import Any

from processing_jobs import ProcessingJobs


def install(jobs: ProcessingJobs) -> None:
    """Extend moto's SageMaker in this process."""
    from moto.core.responses import EmptyResult
    from moto.sagemaker import responses
    from moto.sagemaker.exceptions import ResourceInUseException, ValidationError

    response: Any = responses.SageMakerResponse
    create = response.create_processing_job

    def create_processing_job(self: Any) -> Any:
        name = self._get_param("ProcessingJobName")
        if name in self.sagemaker_backend.processing_jobs:
            raise ResourceInUseException(f"Processing job names must be unique within an account; {name} is taken.")
        result = create(self)
        job = self.sagemaker_backend.processing_jobs[name]
        job.processing_resources = self._get_param("ProcessingResources")
        job.environment = self._get_param("Environment") or {}
        job.processing_job_status = "InProgress"
        job.processing_start_time = job.processing_end_time = None
        jobs.start(job)
        return result

    def stop_processing_job(self: Any) -> Any:
        name = self._get_param("ProcessingJobName")
        status = self.sagemaker_backend.describe_processing_job(name)["ProcessingJobStatus"]
        if status != "InProgress":
            raise ValidationError(message=f"The job {name} is {status} and cannot be stopped.")
        jobs.stop(name)
        return EmptyResult()

    response.create_processing_job = create_processing_job
    response.stop_processing_job = stop_processing_job
