"""Puts real endpoints in the place of moto's, adds ``UpdateEndpoint``, and refuses what SageMaker refuses."""

from collections.abc import Mapping
from typing import Any

from model_endpoints import Guard, ModelEndpoints


def install(endpoints: ModelEndpoints) -> None:
    """Extend moto's SageMaker in this process."""
    from moto.sagemaker import models, responses

    _create_and_delete(models.SageMakerModelBackend, endpoints)
    _update(responses.SageMakerResponse, endpoints)
    _refuse_duplicates(models.SageMakerModelBackend)
    _take_every_instance_type(models.FakeEndpointConfig)
    _leave_empty_parts_out(responses.SageMakerResponse)


def _create_and_delete(backend_class: Any, endpoints: ModelEndpoints) -> None:
    from moto.sagemaker.exceptions import ValidationError

    create, delete = backend_class.create_endpoint, backend_class.delete_endpoint

    def create_endpoint(self: Any, endpoint_name: str, *arguments: Any, **named: Any) -> Any:
        if endpoint_name in self.endpoints:
            raise ValidationError(message=f'Cannot create already existing endpoint "{endpoint_name}".')
        endpoint = create(self, endpoint_name, *arguments, **named)
        variant = _first_variant(self, endpoint.endpoint_config_name)
        endpoints.start(endpoint, variant, _container(self, variant))
        return endpoint

    def delete_endpoint(self: Any, endpoint_name: str) -> None:
        delete(self, endpoint_name)
        endpoints.stop(endpoint_name)

    backend_class.create_endpoint = create_endpoint
    backend_class.delete_endpoint = delete_endpoint


def _update(response: Any, endpoints: ModelEndpoints) -> None:
    from moto.core.responses import ActionResult

    def update_endpoint(self: Any) -> Any:
        backend, name = self.sagemaker_backend, self._get_param("EndpointName")
        backend.describe_endpoint(name)
        config_name = self._get_param("EndpointConfigName")
        config = backend.describe_endpoint_config(config_name)
        endpoint, variant = backend.endpoints[name], _first_variant(backend, config_name)
        deployment = self._get_param("DeploymentConfig")
        kept = _kept_count(self, endpoint)
        instances = kept or variant.get("InitialInstanceCount") or 0
        _check_update(endpoint, variant, deployment, instances)

        def take_over() -> None:
            endpoint.endpoint_config_name = config_name
            endpoint.production_variants = endpoint._process_production_variants(config["ProductionVariants"])
            if kept and "CurrentInstanceCount" in endpoint.production_variants[0]:
                endpoint.production_variants[0].update(CurrentInstanceCount=kept, DesiredInstanceCount=kept)

        guard = Guard.read(deployment, instances) if deployment else None
        container = _container(backend, variant)
        endpoints.start(endpoint, variant, container, status="Updating", guard=guard, on_success=take_over)
        return ActionResult({"EndpointArn": endpoint.arn})

    response.update_endpoint = update_endpoint


def _kept_count(response: Any, endpoint: Any) -> int:
    """Return the number of instances that an update keeps; 0 if it takes the new configuration's."""
    excluded = response._get_param("ExcludeRetainedVariantProperties") or []
    types = {each["VariantPropertyType"] for each in excluded}
    if not response._get_param("RetainAllVariantProperties") or "DesiredInstanceCount" in types:
        return 0
    return int(endpoint.production_variants[0].get("DesiredInstanceCount") or 0)


def _check_update(endpoint: Any, variant: Mapping[str, Any], deployment: Any, instances: int) -> None:
    from moto.sagemaker.exceptions import ValidationError

    name, serverless = endpoint.endpoint_name, bool(variant.get("ServerlessConfig"))
    before = endpoint.production_variants[0]
    if endpoint.endpoint_status not in ("InService", "Failed"):
        raise ValidationError(message=f"Cannot update in-progress endpoint {name}.")
    if serverless and "CurrentServerlessConfig" not in before:
        raise ValidationError(message=f"Endpoint {name} is a real-time endpoint and cannot be updated to serverless.")
    if not deployment:
        return
    if serverless:
        raise ValidationError(message=f"DeploymentConfig is not supported for the serverless endpoint {name}.")
    if variant["VariantName"] != before["VariantName"]:
        raise ValidationError(message="A blue/green deployment needs the same variant names in both configurations.")
    guard = Guard.read(deployment, instances)
    if guard.canary_s and guard.share > 0.5:
        raise ValidationError(message=f"CanarySize must be at most half of the {instances} instances of the new fleet.")


def _first_variant(backend: Any, config_name: str) -> Mapping[str, Any]:
    variant: Mapping[str, Any] = backend.endpoint_configs[config_name].production_variants[0]
    return variant


def _container(backend: Any, variant: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition of a variant's container; one of the model registry is looked up there."""
    model = backend.describe_model(variant["ModelName"])
    given = model.primary_container or (model.containers or [{}])[0]
    if not (name := given.get("ModelPackageName")):
        return dict(given)
    registered = backend.describe_model_package(name).inference_specification["Containers"][0]
    return {**registered, "Environment": {**registered.get("Environment", {}), **given.get("Environment", {})}}


def _refuse_duplicates(backend_class: Any) -> None:
    """Refuse models and configurations whose name is taken, as SageMaker does; moto overwrites them."""
    from moto.sagemaker.exceptions import ValidationError

    create_model, create_config = backend_class.create_model, backend_class.create_endpoint_config

    def create_model_once(self: Any, model_name: str, *arguments: Any, **named: Any) -> Any:
        if model_name in self._models:
            raise ValidationError(message=f'Cannot create already existing model "{model_name}".')
        if package := (named.get("primary_container") or {}).get("ModelPackageName"):
            self.describe_model_package(package)  # raises if there is none
        return create_model(self, model_name, *arguments, **named)

    def create_config_once(self: Any, endpoint_config_name: str, *arguments: Any, **named: Any) -> Any:
        if endpoint_config_name in self.endpoint_configs:
            message = f'Cannot create already existing endpoint configuration "{endpoint_config_name}".'
            raise ValidationError(message=message)
        return create_config(self, endpoint_config_name, *arguments, **named)

    backend_class.create_model = create_model_once
    backend_class.create_endpoint_config = create_config_once


def _take_every_instance_type(config_class: Any) -> None:
    """Take the instance types that SageMaker's API names; moto's own list ends years ago."""
    import botocore.session
    from moto.sagemaker.exceptions import ValidationError

    api = botocore.session.get_session().get_service_model("sagemaker")
    known = frozenset(api.shape_for("ProductionVariantInstanceType").enum)

    def validate_instance_type(self: Any, instance_type: str) -> None:
        if instance_type not in known:
            message = f"Value '{instance_type}' at 'instanceType' failed to satisfy constraint: Member must be one of "
            raise ValidationError(message=message + ", ".join(sorted(known)))

    config_class.validate_instance_type = validate_instance_type


def _leave_empty_parts_out(response: Any) -> None:
    """Leave out what was not given: moto describes it as empty objects, which lack members that boto3 expects."""
    from moto.core.responses import ActionResult

    for name in ("describe_model", "describe_endpoint_config", "describe_endpoint"):
        describe = getattr(response, name)

        def described(self: Any, describe: Any = describe) -> Any:
            result = describe(self).result
            return ActionResult({key: value for key, value in result.items() if value not in ({}, [], None)})

        setattr(response, name, described)
