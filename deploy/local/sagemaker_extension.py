"""Puts real training jobs and real endpoints in the place of moto's, which complete and serve nothing."""

from collections.abc import Mapping
from typing import Any

import endpoint_extension
from model_endpoints import ModelEndpoints
from training_jobs import TrainingJobs


def install(jobs: TrainingJobs, endpoints: ModelEndpoints) -> None:
    """Extend moto's SageMaker in this process."""
    from moto.sagemaker import responses

    _extend_training(responses.SageMakerResponse, jobs)
    endpoint_extension.install(endpoints)
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
        _start(jobs, self.sagemaker_backend.training_jobs[name], metrics, self._get_param("Environment"))
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


_OPTIONAL = {
    "hyper_parameters": "HyperParameters",
    "input_data_config": "InputDataConfig",
    "vpc_config": "VpcConfig",
    "enable_network_isolation": "EnableNetworkIsolation",
    "enable_inter_container_traffic_encryption": "EnableInterContainerTrafficEncryption",
    "enable_managed_spot_training": "EnableManagedSpotTraining",
    "checkpoint_config": "CheckpointConfig",
    "tags": "Tags",
    "debug_hook_config": "DebugHookConfig",
    "debug_rule_configurations": "DebugRuleConfigurations",
    "tensor_board_output_config": "TensorBoardOutputConfig",
    "experiment_config": "ExperimentConfig",
}


def launch(backend: Any, jobs: TrainingJobs, request: Mapping[str, Any]) -> Any:
    """Start the training job that a request of CreateTrainingJob describes, for the service itself; return its record.

    A tuning job's training jobs are SageMaker's own: nobody calls CreateTrainingJob for them.
    """
    algorithm = dict(request["AlgorithmSpecification"])
    metrics = algorithm.get("MetricDefinitions")
    job = backend.create_training_job(
        training_job_name=request["TrainingJobName"],
        algorithm_specification=algorithm,
        role_arn=request["RoleArn"],
        output_data_config=request["OutputDataConfig"],
        resource_config=request["ResourceConfig"],
        stopping_condition=request["StoppingCondition"],
        **{name: request.get(parameter) for name, parameter in _OPTIONAL.items()},
    )
    _start(jobs, job, metrics, request.get("Environment"))
    return job


def _start(jobs: TrainingJobs, job: Any, metrics: list[dict[str, str]] | None, environment: Any) -> None:
    _reset(job, metrics)
    job.environment = environment or {}
    jobs.start(job)


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
