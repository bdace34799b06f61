"""``medassist.json``: what must be known of a model to read it again."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from medassist import prompts
from medassist.errors import ModelPackageError

FORMAT = 1
SETTINGS_FILE = "medassist.json"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What must be known of a model to read it again; stored as ``medassist.json`` in its folder.

    Parameters
    ----------
    name : str
        What answers call the model.
    base_model : str
        What it was fine-tuned from.
    max_input_tokens : int
        Token budget of one input, the same in training and serving.
    max_passages : int
        Passages that the model was trained to read; more are not given to it.
    no_repeat_ngram : int
        Word pieces in a row that decoding may not repeat; 0 allows repetition. Small models loop without it.
    reading : str
        How passages are read, one of ``prompts.READINGS``.
    baseline_tasks : tuple of str
        Tasks in which the model did not beat what costs nothing on held-out examples.
    format : int
        Version of this file.
    """

    name: str
    base_model: str
    max_input_tokens: int
    max_passages: int
    no_repeat_ngram: int = 3
    reading: str = prompts.CONCATENATION
    baseline_tasks: tuple[str, ...] = ()
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write the settings into a model folder."""
        (folder / SETTINGS_FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "ModelSettings":
        """Read the settings of a model folder.

        Raises
        ------
        ModelPackageError
            If the file is missing, not ours, or of another format version.
        """
        path = folder / SETTINGS_FILE
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            found = values["format"]
            known = {field.name for field in fields(cls)}
            values["baseline_tasks"] = tuple(values.get("baseline_tasks", ()))
            settings = cls(**{name: value for name, value in values.items() if name in known})
        except FileNotFoundError as error:
            raise ModelPackageError(f"{folder} holds no {SETTINGS_FILE}; train the model with medassist.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelPackageError(
                f"{path} is not a medassist model's settings file; train the model again."
            ) from error
        if found != FORMAT:
            raise ModelPackageError(
                f"{path} has format version {found}, but this version reads {FORMAT}; train the model again."
            )
        if settings.reading not in prompts.READINGS:
            raise ModelPackageError(
                f"{path} names the reading {settings.reading!r}, but this version knows "
                f"{' and '.join(prompts.READINGS)}; train the model again."
            )
        return settings
