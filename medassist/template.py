"""The production template: read it, look up a preset's values, translate SAM to plain CloudFormation.

What is deployed, in both clouds, is the translation: so what is linted and tested is what is deployed.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medassist.errors import DeploymentError

TEMPLATE = Path(__file__).resolve().parents[1] / "deploy" / "template.yaml"
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
    """Translate the SAM template into plain CloudFormation; equal parameters give an equal result.

    Nothing is asked of AWS. Parameters that are not given have the template's defaults. The result still takes the
    parameters: what depends on them in SAM itself (the function's version follows from its code) is decided here.

    Raises
    ------
    DeploymentError
        If a parameter does not exist, or the template is not valid SAM.
    """
    from boto3 import Session
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    template = load()
    if unknown := sorted(set(values) - set(template["Parameters"])):
        known = ", ".join(template["Parameters"])
        raise DeploymentError(f"The template has no parameter {', '.join(unknown)}; it has {known}.")
    # The translator asks for a region to tell China from the rest; it goes into nothing that we use.
    translator = Translator({}, Parser(), boto_session=Session(region_name="eu-west-1"))
    try:
        return dict(translator.translate(template, dict(values)))
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes)
        raise DeploymentError(f"The template cannot be translated: {causes}.") from error


def to_json(template: Mapping[str, Any]) -> str:
    """Write a template as compact JSON; :data:`INLINE_LIMIT` is for the bytes of this."""
    return json.dumps(template, separators=(",", ":"), ensure_ascii=False)
