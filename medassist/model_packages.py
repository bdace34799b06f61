"""Model packages: what SageMaker serves, a ``model.tar.gz`` with the model, the code that runs it and its requirements.

Hugging Face's inference container unpacks the archive, installs ``code/requirements.txt`` and calls what
``code/inference.py`` defines.
"""

import gzip
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from medassist import storage
from medassist.engines.manifest import ABOUT, FILES, MANIFEST_FILE, ONNX_FOLDER, Manifest
from medassist.errors import ModelPackageError
from medassist.generation import SETTINGS_FILE

SERVING_CODE = Path(__file__).resolve().parents[1] / "deploy" / "sagemaker"
INFERENCE_SCRIPT = "code/inference.py"
# What inference.py imports, and theirs: neither PyTorch nor transformers.
PACKAGED_MODULES = (
    "__init__",
    "batching",
    "errors",
    "generation",
    "model_requests",
    "model_settings",
    "prompts",
    "schemas",
)
PACKAGED_ENGINES = ("__init__", "decoding", "manifest", "runtime", "shapes")
EXPORTED = tuple(f"{ONNX_FOLDER}/{name}" for name in (*FILES, MANIFEST_FILE))
METRICS_FILE, CARD_FILE = "metrics.json", "model_card.md"  # written by training; published beside the package
PACKAGE_FILE = "package.json"  # names the package that was published last of a model's version


def build_package(model_folder: str | Path, out: str | Path, *, code: Path = SERVING_CODE) -> Path:
    """Pack a model folder and the code that serves it into a ``model.tar.gz``.

    The archive depends on the contents alone (sorted names, no times, owners or modes), so that equal models give
    equal packages.

    Parameters
    ----------
    model_folder : str or Path
        An exported model (:func:`medassist.engines.export.export_model`). What production does not need stays behind:
        the original weights above all.
    out : str or Path
        The archive to write.
    code : Path
        Holds ``inference.py`` and ``requirements.txt``.

    Raises
    ------
    ModelPackageError
        If a file is missing or ``out`` cannot be written.
    """
    model_folder, out = Path(model_folder), Path(out)
    if not (model_folder / SETTINGS_FILE).is_file():
        raise ModelPackageError(
            f"{model_folder} is not a model folder, it holds no {SETTINGS_FILE}; train a model first."
        )
    Manifest.read(model_folder / ONNX_FOLDER)  # exported, and whole
    files = {path.name: path for path in model_folder.iterdir() if path.is_file() and path.suffix in ABOUT}
    files |= {name: model_folder / name for name in EXPORTED}
    files |= {f"code/{name}": code / name for name in ("inference.py", "requirements.txt")}
    package = Path(__file__).resolve().parent
    modules = (*PACKAGED_MODULES, *(f"engines/{module}" for module in PACKAGED_ENGINES))
    files |= {f"code/medassist/{module}.py": package / f"{module}.py" for module in modules}
    if missing := sorted(str(path) for path in files.values() if not path.is_file()):
        raise ModelPackageError(f"The package cannot be built without {', '.join(missing)}; restore it.")
    unfinished = out.with_name(f"{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _write_archive(unfinished, files)
        unfinished.replace(out)
    except OSError as error:
        raise ModelPackageError(
            f"{out} cannot be written ({error.strerror}); free some space and try again."
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink()
    return out


def _write_archive(path: Path, files: Mapping[str, Path]) -> None:
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = files[name].stat().st_size, 0o644
            with files[name].open("rb") as file:
                archive.addfile(entry, file)


def check_package(path: str | Path) -> None:
    """Check that a package can be served: it is a whole archive with ``code/inference.py`` and a model.

    Raises
    ------
    ModelPackageError
        If it is missing, broken or lacks a file.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            names = {name.removeprefix("./") for name in archive.getnames()}
    except FileNotFoundError as error:
        raise ModelPackageError(f"There is no model package {path}; build it first.") from error
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ModelPackageError(f"{path} is not a whole .tar.gz archive ({error}); build it again.") from error
    if missing := sorted({INFERENCE_SCRIPT, SETTINGS_FILE, *EXPORTED} - names):
        raise ModelPackageError(f"The model package {path} has no {', '.join(missing)}; build it with build_package.")


def unpack_package(path: Path, folder: Path) -> Path:
    """Unpack an archive with a model into ``folder``; entries that would leave the folder are refused.

    Raises
    ------
    ModelPackageError
        If it is not a whole archive.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(path, "r:gz") as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ModelPackageError(f"{path} cannot be unpacked ({error}); build it again.") from error
    return folder


def publish_package(path: Path, uri: str, *, version: str, description: Mapping[str, Any]) -> str:
    """Check a package and upload it to ``uri/version/<hash>/model.tar.gz``, then point ``uri/latest.json`` at it.

    The hash is of the package: the same weights with other serving code have an address of their own, so that what the
    registry has tried, and may go back to, is never overwritten.

    What training wrote about the model, ``metrics.json`` and ``model_card.md``, is put beside the package, where the
    model registry and people can read it without unpacking.

    Parameters
    ----------
    path : Path
        The package.
    uri : str
        ``s3://<bucket>/models/<corpus>``.
    version : str
        The model's version.
    description : mapping
        What else ``latest.json`` says: fingerprint, metrics, base model.

    Returns
    -------
    str
        The package's address.
    """
    check_package(path)
    place = f"{uri}/{version}/{storage.sha256_of(path)[:12]}"
    package_uri = f"{place}/model.tar.gz"
    storage.upload_file(path, package_uri)
    with tempfile.TemporaryDirectory(prefix="medassist-package-") as folder:
        for about in _extract(path, (METRICS_FILE, CARD_FILE), Path(folder)):
            storage.upload_file(about, f"{place}/{about.name}")
    storage.write_json(f"{uri}/{version}/{PACKAGE_FILE}", {"uri": package_uri})
    storage.write_json(f"{uri}/latest.json", {"version": version, "uri": package_uri, **description})
    return package_uri


def find_package(uri: str, version: str) -> str:
    """Return the address of the package that was published last of a version under ``uri``; empty if none was."""
    pointer = f"{uri}/{version}/{PACKAGE_FILE}"
    return str(storage.read_json(pointer)["uri"]) if storage.exists(pointer) else ""


def _extract(package: Path, names: Iterable[str], folder: Path) -> Iterator[Path]:
    """Write those of the files to ``folder`` that the package holds."""
    with tarfile.open(package, "r:gz") as archive:
        for name in names:
            with suppress(KeyError):
                archive.extract(name, folder, filter="data")
                yield folder / name
