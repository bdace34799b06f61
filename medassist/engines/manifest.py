"""``export.json``: what an exported model is, what was measured when it was exported, and the digests of its files."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medassist.engines.shapes import Shape
from medassist.errors import ModelPackageError

FORMAT = 1
ONNX_FOLDER = "onnx"  # inside the model's folder
ABOUT = (".json", ".md")  # what lies beside a model's weights and is small
MANIFEST_FILE = "export.json"
ENCODER_FILE, DECODER_FILE, WEIGHTS_FILE, BIAS_FILE = "encoder.onnx", "decoder.onnx", "weights.bin", "biases.npy"
TOKENIZER_FILE = "tokenizer.json"
FILES = (ENCODER_FILE, DECODER_FILE, WEIGHTS_FILE, BIAS_FILE, TOKENIZER_FILE)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What must be known of an exported model to run it.

    Parameters
    ----------
    shape : Shape
    precision : str
        ``"int8"`` or ``"fp32"``.
    products : mapping of str to str
        How each kind of matrix product is computed, see :class:`medassist.engines.graphs.Products`.
    checks : mapping
        What was measured against the reference when the model was exported.
    sha256 : mapping of str to str
        By file.
    format : int
        Version of this file and of the graphs' inputs and outputs.
    """

    shape: Shape
    precision: str
    products: Mapping[str, str]
    checks: Mapping[str, Any]
    sha256: Mapping[str, str]
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write the manifest beside the graphs."""
        (folder / MANIFEST_FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read the manifest of a folder and hold the files against their digests.

        Raises
        ------
        ModelPackageError
            If a file is missing, is not the one that was exported, or has another format.
        """
        path = folder / MANIFEST_FILE
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if values["format"] != FORMAT:
                raise ModelPackageError(
                    f"{path} has format version {values['format']}, but this version reads {FORMAT}; "
                    "export the model again."
                )
            manifest = cls(**values | {"shape": Shape(**values["shape"])})
        except FileNotFoundError as error:
            raise ModelPackageError(
                f"{folder.parent} has not been exported, it holds no {folder.name}/{MANIFEST_FILE}; "
                "export it with medassist export."
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelPackageError(f"{path} cannot be read; export the model again.") from error
        for name in FILES:
            if not (folder / name).is_file() or digest(folder / name) != manifest.sha256.get(name):
                raise ModelPackageError(f"{folder / name} is not the file that was exported; export the model again.")
        return manifest


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
