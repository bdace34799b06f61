"""Mends moto's model registry: cards are kept, an update changes only what it names, groups and versions can go.

The registry is a record, so it is kept from one run to the next, in a file of its own.
"""

import datetime
import json
import threading
from pathlib import Path
from typing import Any

from account import REGION
from cloud_state import StateError

CHANGES = (
    "create_model_package",
    "create_model_package_group",
    "delete_model_package",
    "delete_model_package_group",
    "update_model_package",
)


def install(file: Path) -> None:
    """Extend moto's SageMaker in this process, and bring back what ``file`` holds; it is written at each change."""
    from moto.sagemaker import models, responses

    _keep_cards(responses.SageMakerResponse)
    _update_in_part(models.SageMakerModelBackend)
    _refuse_duplicates(models.SageMakerModelBackend)
    _delete(responses.SageMakerResponse)
    _restore(file)
    lock = threading.Lock()
    for name in CHANGES:
        _save_after(responses.SageMakerResponse, name, file, lock)


def _keep_cards(response: Any) -> None:
    """Keep the model card, which moto drops."""
    from moto.core.responses import ActionResult

    create, update = response.create_model_package, response.update_model_package

    def create_model_package(self: Any) -> Any:
        result = create(self)
        arn = result.result["ModelPackageArn"]
        self.sagemaker_backend.model_packages[arn].model_card = self._get_param("ModelCard")
        return result

    def update_model_package(self: Any) -> Any:
        result = update(self)
        if card := self._get_param("ModelCard"):
            self.sagemaker_backend.model_packages[result.result["ModelPackageArn"]].model_card = card
        return result

    def describe_model_package(self: Any) -> Any:
        package = self.sagemaker_backend.describe_model_package(self._get_param("ModelPackageName"))
        card = getattr(package, "model_card", None)
        return ActionResult({**package.gen_response_object(), **({"ModelCard": card} if card else {})})

    response.create_model_package = create_model_package
    response.update_model_package = update_model_package
    response.describe_model_package = describe_model_package


def _update_in_part(backend_class: Any) -> None:
    """Add metadata to what is there and leave a status that is not named; moto overwrites both, also with nothing."""
    update = backend_class.update_model_package

    def update_model_package(self: Any, model_package_arn: str, **changes: Any) -> str:
        package = self.describe_model_package(model_package_arn)
        known = package.customer_metadata_properties or {}
        changes["customer_metadata_properties"] = known | (changes["customer_metadata_properties"] or {})
        for name in ("model_approval_status", "approval_description"):
            changes[name] = changes[name] or getattr(package, name)
        return str(update(self, model_package_arn, **changes))

    backend_class.update_model_package = update_model_package


def _refuse_duplicates(backend_class: Any) -> None:
    """Refuse a group whose name is taken; moto overwrites it and forgets nothing but its description."""
    from moto.sagemaker.exceptions import ValidationError

    create = backend_class.create_model_package_group

    def create_model_package_group(self: Any, model_package_group_name: str, *arguments: Any, **named: Any) -> Any:
        if model_package_group_name in self.model_package_groups:
            message = f"Model Package Group already exists: {model_package_group_name}"
            raise ValidationError(message=message)
        return create(self, model_package_group_name, *arguments, **named)

    backend_class.create_model_package_group = create_model_package_group


def _delete(response: Any) -> None:
    """Add the calls that remove versions and groups; a group that holds versions stays, as at AWS."""
    from moto.core.responses import EmptyResult
    from moto.sagemaker.exceptions import ConflictException

    def delete_model_package(self: Any) -> Any:
        backend = self.sagemaker_backend
        arn = backend.describe_model_package(self._get_param("ModelPackageName")).arn
        del backend.model_packages[arn]
        return EmptyResult()

    def delete_model_package_group(self: Any) -> Any:
        backend, name = self.sagemaker_backend, self._get_param("ModelPackageGroupName")
        backend.describe_model_package_group(name)
        if any(package.model_package_group_name == name for package in backend.model_packages.values()):
            raise ConflictException(f"Model Package Group {name} cannot be deleted because it contains model packages.")
        del backend.model_package_groups[name]
        return EmptyResult()

    response.delete_model_package = delete_model_package
    response.delete_model_package_group = delete_model_package_group


def _save_after(response: Any, name: str, file: Path, lock: threading.Lock) -> None:
    change = getattr(response, name)

    def change_and_save(self: Any) -> Any:
        backend = self.sagemaker_backend
        with lock:  # one change at a time, also because a version's number follows from how many there are
            result = change(self)
            kept = {
                "groups": {name: vars(group) for name, group in backend.model_package_groups.items()},
                "packages": {arn: vars(package) for arn, package in backend.model_packages.items()},
            }
            temporary = file.with_name(file.name + ".tmp")
            temporary.write_text(json.dumps(kept, default=_encode), "utf-8")
            temporary.replace(file)
        return result

    setattr(response, name, change_and_save)


def _restore(file: Path) -> None:
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.sagemaker.models import ModelPackage, ModelPackageGroup, sagemaker_backends

    if not file.is_file():
        return
    try:
        kept = json.loads(file.read_text("utf-8"), object_hook=_decode)
    except ValueError as error:
        raise StateError(f"{file} is not readable as JSON ({error}); remove its folder to begin anew.") from error
    backend = sagemaker_backends[DEFAULT_ACCOUNT_ID][REGION]
    for name, about in kept["groups"].items():
        backend.model_package_groups[name] = _made_of(ModelPackageGroup, about)
    for arn, about in kept["packages"].items():
        backend.model_packages[arn] = _made_of(ModelPackage, about)
        backend.model_package_name_mapping[arn] = arn


def _made_of(class_: Any, attributes: dict[str, Any]) -> Any:
    made = class_.__new__(class_)
    vars(made).update(attributes)
    return made


def _encode(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return {"__time__": value.isoformat()}
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _decode(value: dict[str, Any]) -> Any:
    return datetime.datetime.fromisoformat(value["__time__"]) if value.keys() == {"__time__"} else value
