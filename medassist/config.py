"""Settings: one frozen object, the reason beside each default, the environment read in one place."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from medassist.errors import ConfigurationError

PROVEN, ALWAYS = "proven", "always"  # when the model's words and choices are preferred to what costs nothing
RULES, COMPREHEND_MEDICAL = "rules", "comprehend-medical"  # what finds the identifiers that are redacted
BUNDLE, S3_VECTORS = "bundle", "s3-vectors"  # where the index is searched: in this process, or by Amazon S3 Vectors


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs between deployments. Everything else takes arguments.

    Each field is read by :meth:`from_environment` from ``MEDASSIST_<NAME>``, for instance ``MEDASSIST_BUCKET``.
    """

    bucket: str = ""  # empty: medassist-<account>-<region>, as bucket names are global (storage.default_bucket)
    corpus: str = "sample"  # name of the corpus: the folder under raw/, index/ and models/ in the bucket
    index_store: str = "bundle"  # "s3-vectors": Amazon S3 Vectors searches it, for what no function's memory holds
    index_uri: str = ""  # s3://…/ of an index of that store; empty: the corpus's latest
    endpoint_name: str = "medassist-t5"  # SageMaker endpoint that runs the model
    table_name: str = "medassist-interactions"  # DynamoDB table of questions and answers
    cache_dir: str = ""  # where bundles are unpacked; empty: a folder under the system's temporary folder
    cursor_secret: str = "medassist-cursors"  # of Secrets Manager: what the history's cursors are signed with
    page_origin: str = ""  # origin of the web page, whose scripts may call the API; empty: none but the API's own
    top_k: int = 5  # passages that the model reads; more adds time (linear) and, for small models, confusion
    min_answerability: float = 0.5  # below it no passage answers; how it was chosen: docs/abstention.md
    min_support: float = 0.6  # support below which a statement is dropped
    endpoint_timeout_s: float = 2.5  # then quotations are served: people leave; serverless cold starts need 10
    endpoint_pause_s: float = 5.0  # that an endpoint is left alone after failing three times in a row, not waited for
    model_words: str = "proven"  # shown in tasks in which the model beat the trivial baselines; "always": in all tasks
    redaction: str = "rules"  # "comprehend-medical": Amazon Comprehend Medical looks through what the rules have left
    retention_days: int = 90  # DynamoDB time to live of a question and its answer
    emergency_phone: str = "112"  # works in the EU and from most mobile phones; set the local number
    crisis_line: str = ""  # whom to call for suicidal thoughts, as "988" or "Samaritans, 116 123"; empty: in general
    poison_centre: str = ""  # whom to call for poisoning, as "1-800-222-1222"; empty: "your poison centre"

    def __post_init__(self) -> None:
        if self.model_words not in (PROVEN, ALWAYS):
            raise ConfigurationError(
                f"model_words is {self.model_words!r}, but must be {PROVEN!r} or {ALWAYS!r}; set MEDASSIST_MODEL_WORDS."
            )
        if self.redaction not in (RULES, COMPREHEND_MEDICAL):
            raise ConfigurationError(
                f"redaction is {self.redaction!r}, but must be {RULES!r} or {COMPREHEND_MEDICAL!r}; set "
                "MEDASSIST_REDACTION."
            )
        if self.index_store not in (BUNDLE, S3_VECTORS):
            raise ConfigurationError(
                f"index_store is {self.index_store!r}, but must be {BUNDLE!r} or {S3_VECTORS!r}; set "
                "MEDASSIST_INDEX_STORE."
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read ``MEDASSIST_*`` variables; the others keep their defaults.

        Raises
        ------
        ConfigurationError
            If a number is not a number, ``model_words`` or ``index_store`` is unknown, or a ``MEDASSIST_*`` variable is
            not a setting.
        """
        environment = os.environ if environment is None else environment
        given = {
            name.removeprefix("MEDASSIST_").lower(): value
            for name, value in environment.items()
            if name.startswith("MEDASSIST_") and name != "MEDASSIST_TOKEN"  # a caller's, never a deployment's
        }
        known = {field.name: field.type for field in fields(cls)}
        if unknown := sorted(set(given) - set(known)):
            names = ", ".join(f"MEDASSIST_{name.upper()}" for name in unknown)
            raise ConfigurationError(f"{names}: no such setting; the settings are {', '.join(known)}.")
        values: dict[str, Any] = {name: _convert(name, value, known[name]) for name, value in given.items()}
        return cls(**values)

    def to_environment(self) -> dict[str, str]:
        """Return the variables from which :meth:`from_environment` reads these settings (for Lambda or a child)."""
        return {f"MEDASSIST_{name.upper()}": str(value) for name, value in asdict(self).items()}


def index_pointer(corpus: str, store: str) -> str:
    """Return the S3 key of the object that names a corpus's latest index in a store."""
    return f"index/{corpus}/latest.json" if store == BUNDLE else f"index/{corpus}/{store}/latest.json"


def _convert(name: str, value: str, type_: object) -> str | int | float:
    if type_ is str:
        return value
    converter = int if type_ is int else float
    try:
        return converter(value)
    except ValueError as error:
        kind = "a whole number" if converter is int else "a number"
        raise ConfigurationError(f"MEDASSIST_{name.upper()} is {value!r}, but must be {kind}.") from error


def project_root() -> Path:
    """Return the repository's root: the nearest folder, from the working directory upwards, that holds ours.

    Notebooks run from the root (papermill) and from ``notebooks/`` (Jupyter) alike.

    Raises
    ------
    ConfigurationError
        If neither the working directory nor a folder above it is a checkout of medassist.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "medassist" / "config.py").is_file() and (folder / "deploy").is_dir():
            return folder
    raise ConfigurationError(f"{here} is not inside a checkout of medassist; change to the repository's folder first.")
