"""The production template: read it, look up a preset's values, translate SAM to plain CloudFormation.

What is deployed, in both clouds, is the translation: so what is linted and tested is what is deployed.
"""

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from medassist.errors import DeploymentError

TEMPLATE = Path(__file__).resolve().parents[2] / "deploy" / "template.yaml"
NO_VALUE = {"Ref": "AWS::NoValue"}  # CloudFormation's way to leave a property out
INLINE_LIMIT = 51_200  # bytes that CloudFormation takes in a call; a longer template has to lie in S3


def load(path: Path = TEMPLATE) -> dict[str, Any]:
    """Return the SAM template as it is written, with CloudFormation's short tags as functions (``Fn::Sub``, …).

    Raises
    ------
    DeploymentError
        If it is missing or not YAML.
    """
    import yaml
    from samtranslator.yaml_helper import yaml_parse

    try:
        template = yaml_parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DeploymentError(
            f"The template {path} cannot be read ({error}); restore it from the repository."
        ) from error
    except yaml.YAMLError as error:
        raise DeploymentError(f"The template {path} is not YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise DeploymentError(f"The template {path} has no Resources; restore it from the repository.")
    return template


def preset(name: str) -> Mapping[str, Any]:
    """Return the values of ``dev`` or ``prod`` by their names in the template's mapping ``Presets``.

    Raises
    ------
    DeploymentError
        If there is no such preset.
    """
    presets: dict[str, dict[str, Any]] = load()["Mappings"]["Presets"]
    if name not in presets:
        raise DeploymentError(f"There is no preset {name!r}; use {' or '.join(presets)}.")
    return presets[name]


def parameters() -> dict[str, dict[str, Any]]:
    """Return the template's parameters by name, each with its type, default, limits and description."""
    found: dict[str, dict[str, Any]] = load()["Parameters"]
    return found


def translate(values: Mapping[str, str]) -> dict[str, Any]:
    """Translate the SAM template into plain CloudFormation for these parameters; equal ones give an equal result.

    Nothing is asked of AWS. Parameters that are not given have the template's defaults. What the parameters switch off
    is left out, so that one sees what will be there: no conditions are left. The stack has to be given the same values.

    Raises
    ------
    DeploymentError
        If a parameter does not exist or has a value that it must not have, or the template is not valid SAM.
    """
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    logging.getLogger("samtranslator").addHandler(logging.NullHandler())  # its warnings are about itself
    template = load()
    values = _check(template["Parameters"], values)
    _settle(template, values)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # SAM names a version by the function's properties as they are written: only with the values in their place
            # does a new value make a new version.
            resource["Properties"] = _fill_in(resource["Properties"], template["Mappings"], values)
    # The translator asks a boto3 session for its region, to tell China from the rest; it goes into nothing that we use.
    translator = Translator({}, Parser(), boto_session=SimpleNamespace(region_name="eu-west-1"))
    try:
        return dict(_unnested(translator.translate(template, dict(values))))
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes)
        raise DeploymentError(f"The template cannot be translated: {causes}.") from error


def to_json(template: Mapping[str, Any]) -> str:
    """Write a template as compact JSON; :data:`INLINE_LIMIT` is for the bytes of this."""
    return json.dumps(template, separators=(",", ":"), ensure_ascii=False)


def _check(known: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Return all parameters' values; those that are not given have their defaults."""
    if unknown := sorted(set(given) - set(known)):
        raise DeploymentError(f"The template has no parameter {', '.join(unknown)}; it has {', '.join(known)}.")
    values = {name: str(given.get(name, rule["Default"])) for name, rule in known.items()}
    for name, rule in known.items():
        value, description = values[name], rule["Description"]
        if value not in rule.get("AllowedValues", [value]):
            raise DeploymentError(f"{name} is {value!r}, but must be one of {', '.join(rule['AllowedValues'])}.")
        if not re.fullmatch(rule.get("AllowedPattern", ".*"), value):
            raise DeploymentError(f"{name} is {value!r}, which it cannot be ({description}).")
        if rule["Type"] == "Number":
            values[name] = _number(name, value, rule)
    return values


def _number(name: str, value: str, rule: Mapping[str, Any]) -> str:
    """Return a whole number in its shortest form, as conditions compare texts; days and dollars have no halves."""
    least, most = rule["MinValue"], rule.get("MaxValue", float("inf"))
    if not re.fullmatch("[0-9]+", value) or not least <= int(value) <= most:
        limit = f"from {least} to {most}" if "MaxValue" in rule else f"of {least} or more"
        raise DeploymentError(f"{name} is {value!r}, but must be a whole number {limit} ({rule['Description']}).")
    return str(int(value))


def _settle(template: dict[str, Any], values: Mapping[str, str]) -> None:
    """Decide all conditions: keep what holds, take the right branch of each ``Fn::If``."""
    conditions = template.pop("Conditions", {})

    def holds(condition: Any) -> bool:
        (function, inner), *_ = condition.items()
        if function == "Fn::Equals":
            left, right = (str(values[side["Ref"]] if isinstance(side, dict) else side) for side in inner)
            return left == right
        if function == "Condition":
            return holds(conditions[inner])
        results = [holds(part) for part in inner]
        return {"Fn::Not": not results[0], "Fn::And": all(results), "Fn::Or": any(results)}[str(function)]

    def settled(value: Any) -> Any:
        if isinstance(value, dict) and "Fn::If" in value:
            name, then, otherwise = value["Fn::If"]
            return settled(then if holds(conditions[name]) else otherwise)
        if isinstance(value, dict):
            pairs = [(key, settled(inner)) for key, inner in value.items()]
            return {key: inner for key, inner in pairs if inner != NO_VALUE}
        if isinstance(value, list):
            return [inner for inner in map(settled, value) if inner != NO_VALUE]
        return value

    for section in ("Resources", "Outputs"):
        items = {name: (item.pop("Condition", None), item) for name, item in template[section].items()}
        template[section] = {
            name: settled(item) for name, (needed, item) in items.items() if needed is None or holds(conditions[needed])
        }


def _unnested(value: Any) -> Any:
    """Take schemas out of schemas: each of SAM's passes wraps those of the CORS headers again, which is no OpenAPI."""
    if isinstance(value, list):
        return [_unnested(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"schema"} and isinstance(value["schema"], dict) and set(value["schema"]) == {"schema"}:
        return _unnested(value["schema"])
    return {key: _unnested(inner) for key, inner in value.items()}


def _fill_in(value: Any, mappings: Mapping[str, Any], values: Mapping[str, str]) -> Any:
    """Put parameters' and mappings' values in the place of ``Ref`` and ``Fn::FindInMap``."""
    if isinstance(value, list):
        return [_fill_in(inner, mappings, values) for inner in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return values.get(value["Ref"], value)
    if set(value) == {"Fn::FindInMap"}:
        table, row, column = _fill_in(value["Fn::FindInMap"], mappings, values)
        return mappings[table][row][column]
    return {key: _fill_in(inner, mappings, values) for key, inner in value.items()}
