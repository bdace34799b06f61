"""Puts real training jobs and real endpoints in the place of moto's, which complete and serve nothing."""

from typing import Any

from model_endpoints import ModelEndpoints
from training_jobs import TrainingJobs


def install(jobs: TrainingJobs, endpoints: ModelEndpoints) -> None:
    """Extend moto's SageMaker in this process."""
    from moto.sagemaker import models, responses

    _extend_training(responses.SageMakerResponse, jobs)
    _extend_endpoints(responses.SageMakerResponse, models.SageMakerModelBackend, endpoints)
    _refuse_duplicates(models.SageMakerModelBackend)
    _allow_everything()


def _extend_training(response: Any, jobs: TrainingJobs) -> None:
    from moto.core.responses import EmptyResult
    from moto.sagemaker.exceptions import ResourceInUseException, ValidationError

    create = response.create_training_job

    def create_training_job(self: Any) -> Any:
        name = self._get_param("TrainingJobName")
        if name in self.sagemaker_backend.training_jobs:
            raise ResourceInUseException(f"Training job names must be unique within an account; {name} is taken.")
        metrics = (self._get_param("AlgorithmSpecification") or {}).get("MetricDefinitions")
        result = create(self)
        job = self.sagemaker_backend.training_jobs[name]
        _reset(job, metrics)
        job.environment = self._get_param("Environment") or {}
        jobs.start(job)
        return result

    def stop_training_job(self: Any) -> Any:
        name = self._get_param("TrainingJobName")
        described = self.sagemaker_backend.describe_training_job(name)
        if described["TrainingJobStatus"] != "InProgress":
            raise ValidationError(message=f"The job {name} is {described['TrainingJobStatus']} and cannot be stopped.")
        jobs.stop(name)
        return EmptyResult()

    response.create_training_job = create_training_job
    response.stop_training_job = stop_training_job


def _reset(job: Any, metrics: list[dict[str, str]] | None) -> None:
    """Turn moto's completed job into one that is about to start."""
    if metrics:
        job.algorithm_specification["MetricDefinitions"] = metrics
    else:
        job.algorithm_specification.pop("MetricDefinitions", None)
    job.training_job_status, job.secondary_status = "InProgress", "Starting"
    job.training_start_time = job.training_end_time = None
    job.model_artifacts = job.failure_reason = None
    job.secondary_status_transitions = []
    job.final_metric_data_list = []


def _extend_endpoints(response: Any, backend_class: Any, endpoints: ModelEndpoints) -> None:
    from moto.core.responses import ActionResult
    from moto.sagemaker.exceptions import ValidationError

    create, delete = backend_class.create_endpoint, backend_class.delete_endpoint

    def start(backend: Any, endpoint: Any, config_name: str, **how: Any) -> None:
        variant = backend.endpoint_configs[config_name].production_variants[0]
        endpoints.start(endpoint, variant, backend.describe_model(variant["ModelName"]), **how)

    def create_endpoint(self: Any, endpoint_name: str, *arguments: Any, **named: Any) -> Any:
        if endpoint_name in self.endpoints:
            raise ValidationError(message=f'Cannot create already existing endpoint "{endpoint_name}".')
        endpoint = create(self, endpoint_name, *arguments, **named)
        start(self, endpoint, endpoint.endpoint_config_name)
        return endpoint

    def delete_endpoint(self: Any, endpoint_name: str) -> None:
        delete(self, endpoint_name)
        endpoints.stop(endpoint_name)

    def update_endpoint(self: Any) -> Any:
        backend, name = self.sagemaker_backend, self._get_param("EndpointName")
        backend.describe_endpoint(name)
        config_name = self._get_param("EndpointConfigName")
        config = backend.describe_endpoint_config(config_name)
        endpoint = backend.endpoints[name]
        if endpoint.endpoint_status in ("Creating", "Updating"):
            raise ValidationError(message=f"Cannot update in-progress endpoint {name}.")

        def take_over() -> None:
            endpoint.endpoint_config_name = config_name
            endpoint.production_variants = endpoint._process_production_variants(config["ProductionVariants"])

        start(backend, endpoint, config_name, status="Updating", on_success=take_over)
        return ActionResult({"EndpointArn": endpoint.arn})

    backend_class.create_endpoint = create_endpoint
    backend_class.delete_endpoint = delete_endpoint
    response.update_endpoint = update_endpoint


def _refuse_duplicates(backend_class: Any) -> None:
    """Refuse models and configurations whose name is taken, as SageMaker does; moto overwrites them."""
    from moto.sagemaker.exceptions import ValidationError

    create_model, create_config = backend_class.create_model, backend_class.create_endpoint_config

    def create_model_once(self: Any, model_name: str, *arguments: Any, **named: Any) -> Any:
        if model_name in self._models:
            raise ValidationError(message=f'Cannot create already existing model "{model_name}".')
        return create_model(self, model_name, *arguments, **named)

    def create_config_once(self: Any, endpoint_config_name: str, *arguments: Any, **named: Any) -> Any:
        if endpoint_config_name in self.endpoint_configs:
            message = f'Cannot create already existing endpoint configuration "{endpoint_config_name}".'
            raise ValidationError(message=message)
        return create_config(self, endpoint_config_name, *arguments, **named)

    backend_class.create_model = create_model_once
    backend_class.create_endpoint_config = create_config_once


def _allow_everything() -> None:
    """Answer IAM's policy simulation, which the SageMaker SDK asks before it uploads, with "allowed"."""
    from moto.core.responses import ActionResult
    from moto.iam.responses import IamResponse

    def simulate_principal_policy(self: Any) -> Any:
        actions = self._get_param("ActionNames", [])
        results = [{"EvalActionName": action, "EvalDecision": "allowed"} for action in actions]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})

    response_class: Any = IamResponse
    response_class.simulate_principal_policy = simulate_principal_policy
