"""The Lambda function's zip: our modules and the wheels they need, for Lambda's Python, trimmed, with bytecode.

``python deploy/build_lambda.py`` writes ``build/lambda/medassist-x86_64.zip``, prints a table of what is in it, and
writes the same as JSON beside it. Wheels are pinned by ``constraints.txt`` and kept under ``build/lambda/wheels``; they
are only unpacked, nothing of them runs. The same wheels and sources give the same bytes, wherever and whenever the zip
is built, by the same zlib and with bytecode of the same Python.
"""

import argparse
import ast
import csv
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from medassist.errors import DeploymentError
from medassist.storage import sha256_of, write_text

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS, CONSTRAINTS = ROOT / "lambda" / "requirements.txt", ROOT / "constraints.txt"
PYTHON = "3.13"  # the runtime in deploy/template.yaml
# Amazon Linux 2023, on which Lambda's Python 3.12 and later run, has glibc 2.34; wheels for a newer one don't load.
GLIBC = 34
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}  # Lambda's name of an architecture and the wheels' name of it
MB = 1_000_000
LIMIT_MB = 240  # Lambda refuses more than 262,144,000 bytes unzipped; this leaves room to notice before it does
TASK_ROOT = "/var/task"  # where Lambda unpacks the zip; stands in tracebacks
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
NO_INTERPRETER = "there is no Python {} here to compile it; the function works, but starts more slowly."


# --- what is left out ---------------------------------------------------------------------------------------------

_HUB = "client of the model hub, asked for by tokenizers: our tokenizer comes with the index"
_TOOLS = "asked for by onnxruntime, whose tools alone use it"
# Distributions, by name, that are downloaded because another asks for them, and not shipped.
LEFT_OUT: dict[str, str] = {
    **dict.fromkeys(("huggingface-hub", "hf-xet", "fsspec", "filelock", "pyyaml", "click"), _HUB),
    **dict.fromkeys(("httpx2", "httpcore2", "h11", "anyio", "idna", "truststore"), _HUB),
    **dict.fromkeys(("protobuf", "flatbuffers"), _TOOLS),
    "tqdm": "progress bars; bm25s does without",
}


# Services whose descriptions stay though we don't call them: the X-Ray SDK makes a client when it is imported.
CALLED_BY_OTHERS = ("xray",)


@dataclass(frozen=True, slots=True)
class Rule:
    """Files that are not shipped: they match one of ``patterns`` and none of ``keep``; ``*`` matches ``/`` too."""

    reason: str
    patterns: tuple[str, ...]
    keep: tuple[str, ...] = ()

    def applies(self, path: str) -> bool:
        """Tell whether a file, by its path below the zip's root, is left out."""
        return _any_matches(path, self.patterns) and not _any_matches(path, self.keep)


def rules(services: Iterable[str]) -> tuple[Rule, ...]:
    """Return the rules, of which the first that applies counts; botocore's descriptions of ``services`` stay."""
    return (
        Rule("tests", ("*/tests/*", "*/conftest.py")),
        Rule("type stubs and C headers", ("*.pyi", "*.pxd", "*.pyx", "*.h", "*.a", "*/py.typed", "wrapt-stubs/*")),
        Rule("commands", ("bin/*",)),
        Rule(
            "installation records (metadata and licences stay)",
            ("*.dist-info/*",),
            ("*.dist-info/METADATA", "*.dist-info/licenses/*", "*LICEN[CS]E*", "*COPYING*", "*NOTICE*"),
        ),
        Rule(
            "botocore's descriptions of services that we don't call",
            ("botocore/data/*/*",),
            tuple(f"botocore/data/{service}/*" for service in services),
        ),
        Rule("boto3's resources and examples: we use clients", ("boto3/data/*", "boto3/examples/*")),
        Rule(
            "library for C++ programs; onnxruntime's Python module holds its own",
            ("onnxruntime/capi/libonnxruntime.so*",),
        ),
        Rule(
            "onnxruntime's tools for preparing models",
            tuple(f"onnxruntime/{name}/*" for name in ("backend", "datasets", "quantization", "tools", "transformers")),
        ),
        Rule(
            "numpy's tools for building extensions",
            tuple(
                f"numpy/{name}/*" for name in ("f2py", "_core/lib", "random/lib", "random/_examples", "_pyinstaller")
            ),
        ),
        Rule("faiss' contributions", ("faiss/contrib/*",)),
    )


def _any_matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


# --- what the zip is ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Part:
    """A distribution in the zip: bytes of its files, of their bytecode, and of what was left out, by reason."""

    name: str
    version: str
    files: int = 0
    bytecode: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Bytes unzipped."""
        return self.files + self.bytecode


@dataclass(frozen=True, slots=True)
class Package:
    """A finished zip."""

    path: Path
    sha256: str
    python: str
    architecture: str
    bytecode: str  # version of the Python that compiled it; empty: there is none
    bytes_zipped: int
    bytes_unzipped: int
    parts: tuple[Part, ...]
    wheels: dict[str, str]  # file name → SHA-256


def build(
    out: Path, *, python: str = PYTHON, architecture: str = "x86_64", cache: Path = ROOT / "build" / "lambda" / "wheels"
) -> Package:
    """Build the zip, and ``<out>.json`` that says what is in it.

    Parameters
    ----------
    out : Path
        The zip.
    python : str
        Python of the Lambda runtime, for instance ``"3.13"``. Bytecode is compiled by an interpreter of that version;
        where there is none the zip has no bytecode, works all the same and starts more slowly.
    architecture : {"x86_64", "arm64"}
    cache : Path
        Where downloaded wheels are kept.

    Raises
    ------
    DeploymentError
        If a wheel is missing for this Python and architecture, a version is not pinned, the zip would be larger than
        Lambda takes, or a file cannot be written.
    """
    if architecture not in MACHINES:
        raise DeploymentError(f"{architecture!r} is no architecture of Lambda; use {' or '.join(MACHINES)}.")
    target = Target(python, architecture)
    try:
        wheels = download(target, cache)
        with tempfile.TemporaryDirectory(prefix="medassist-lambda-") as temporary:
            staging = Staging(Path(temporary) / "zip")
            staging.install(wheels, target)
            staging.add_own()
            bytecode = staging.compile(find_interpreter(python))
            _check_size(staging.parts)
            _write_zip(staging.folder, out)
    except OSError as error:
        raise DeploymentError(f"{out} cannot be written ({error}); name another, or free some space.") from error
    package = Package(
        path=out,
        sha256=sha256_of(out),
        python=python,
        architecture=architecture,
        bytecode=bytecode,
        bytes_zipped=out.stat().st_size,
        bytes_unzipped=sum(part.bytes for part in staging.parts.values()),
        parts=tuple(sorted(staging.parts.values(), key=lambda part: (-part.bytes, part.name))),
        wheels={path.name: sha256_of(path) for path in wheels},
    )
    write_text(out.with_name(f"{out.name}.json"), json.dumps(asdict(package), indent=1, default=str))
    return package


def _check_size(parts: Mapping[str, Part]) -> None:
    total = sum(part.bytes for part in parts.values())
    if total > LIMIT_MB * MB:
        largest = sorted(parts.values(), key=lambda part: -part.bytes)[:5]
        named = ", ".join(f"{part.name} {part.bytes / MB:.0f}" for part in largest)
        raise DeploymentError(
            f"The zip would have {total / MB:.0f} MB unzipped, but {LIMIT_MB} is the limit; trim or drop a package, "
            f"the largest are {named}."
        )


# --- wheels -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """The Python and the machine that wheels are chosen for."""

    python: str
    architecture: str

    def pip_options(self) -> list[str]:
        """Return pip's options that choose wheels by tag: never built here, never for another machine."""
        machine = MACHINES[self.architecture]
        platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC, 16, -1)] + [f"manylinux2014_{machine}"]
        abis = (f"cp{self.python.replace('.', '')}", "abi3", "none")
        return [
            "--only-binary=:all:",
            f"--python-version={self.python}",
            "--implementation=cp",
            *(f"--platform={platform}" for platform in platforms),
            *(f"--abi={abi}" for abi in abis),
        ]


def download(target: Target, cache: Path) -> list[Path]:
    """Return the wheels of ``lambda/requirements.txt`` and all that they ask for, at the versions pinned."""
    key = hashlib.sha256()
    for text in (target.python, target.architecture, REQUIREMENTS.read_text("utf-8"), CONSTRAINTS.read_text("utf-8")):
        key.update(text.encode() + b"\0")
    folder = cache / key.hexdigest()[:16]
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            new = Path(temporary) / "wheels"
            files = [f"--constraint={CONSTRAINTS}", f"--requirement={REQUIREMENTS}", f"--dest={new}"]
            _pip("download", *target.pip_options(), *files)
            _check_pins(new)
            try:
                new.rename(folder)
            except OSError:
                if not folder.is_dir():  # if it is, another build at the same time has had the same wheels
                    raise
    return sorted(folder.glob("*.whl"))


def _check_pins(folder: Path) -> None:
    pins = {_normal(name): version for name, version in re.findall(r"(?m)^([\w.-]+)==(\S+)$", CONSTRAINTS.read_text())}
    for wheel in sorted(folder.glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        if pins.get(_normal(name)) != version:
            raise DeploymentError(
                f"{name} {version} is not pinned, so the zip could change by itself; add it to constraints.txt."
            )


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", arguments[0], "--quiet", "--disable-pip-version-check", *arguments[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = (errors or done.stderr.strip().splitlines() or ["no reason given"])[0].removeprefix("ERROR: ")
        raise DeploymentError(
            f"pip could not {arguments[0]} the wheels for Lambda ({reason}); check the network, and that each package "
            "has a wheel for this Python and architecture."
        )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# --- the folder that becomes the zip ------------------------------------------------------------------------------


class Staging:
    """The folder that becomes the zip, and which distribution each of its files belongs to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts: dict[str, Part] = {}
        self._owners: dict[str, Part] = {}  # by a file's path below the folder

    def install(self, wheels: list[Path], target: Target) -> None:
        """Unpack the wheels and remove what is left out."""
        options = ["--no-deps", "--no-index", "--no-compile", f"--target={self.folder}"]
        _pip("install", *target.pip_options(), *options, *map(str, wheels))
        for distribution in importlib.metadata.distributions(path=[str(self.folder)]):
            part = self._part(_normal(distribution.name), distribution.version)
            # Not by distribution.files: some versions of it leave out what does not lie where the record says.
            record = (distribution.read_text("RECORD") or "").splitlines()
            self._owners |= {file: part for file, *_ in csv.reader(record)}
        trimming = rules([*services_called(own_modules()), *CALLED_BY_OTHERS])
        for path in _files(self.folder):
            self._trim(path, trimming)

    def _trim(self, path: Path, trimming: tuple[Rule, ...]) -> None:
        inside = path.relative_to(self.folder).as_posix()
        # Commands lie elsewhere than their records say, as pip was given a folder.
        part = self._owners.get(inside) or self._owners[f"../../{inside}"]
        reason = LEFT_OUT.get(part.name) or next((rule.reason for rule in trimming if rule.applies(inside)), None)
        size = path.stat().st_size
        if reason:
            part.left_out[reason] = part.left_out.get(reason, 0) + size
            path.unlink()
        else:
            part.files += size

    def _part(self, name: str, version: str) -> Part:
        return self.parts.setdefault(name, Part(name, version))

    def add_own(self) -> None:
        """Add the handler and the modules that it needs."""
        from medassist import __version__

        ours = self._part("medassist", __version__)
        for source in own_modules():
            inside = source.relative_to(ROOT / "lambda" if source.parent.name == "lambda" else ROOT)
            (self.folder / inside).parent.mkdir(exist_ok=True)
            shutil.copyfile(source, self.folder / inside)
            self._owners[inside.as_posix()] = ours
            ours.files += source.stat().st_size

    def compile(self, interpreter: tuple[str, str] | None) -> str:
        """Compile all modules; return the version of Python that did, empty if there is no interpreter.

        Bytecode is marked as valid without a look at its source: nothing in the zip changes.
        """
        if interpreter is None:
            return ""
        python, version = interpreter
        options = ["-qq", "--invalidation-mode=unchecked-hash", f"-s{self.folder}", f"-p{TASK_ROOT}"]
        command = [python, "-S", "-m", "compileall", *options, str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONHASHSEED": "0"}, check=False)
        if done.returncode:
            raise DeploymentError(
                f"Python {version} cannot compile all modules of the zip ({done.stdout.strip()[-300:]}); leave out "
                "the one that it names by a rule."
            )
        for path in self.folder.rglob("__pycache__/*.pyc"):
            source = path.parents[1] / f"{path.name.partition('.')[0]}.py"
            self._owners[source.relative_to(self.folder).as_posix()].bytecode += path.stat().st_size
        return version


def _files(folder: Path) -> list[Path]:
    return sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.as_posix())


def _write_zip(folder: Path, out: Path) -> None:
    """Write a zip that depends on names and contents alone: sorted, without times, modes of read-only files."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in _files(folder):
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EARLIEST)
                entry.create_system, entry.external_attr = 3, 0o100444 << 16  # Unix, a file that all may read
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


# --- what of ours goes in -----------------------------------------------------------------------------------------


def own_modules() -> list[Path]:
    """Return the files in ``lambda/``, and those of ``medassist/`` that they import, directly or not."""
    handlers = sorted((ROOT / "lambda").glob("*.py"))
    found, waiting = {ROOT / "medassist" / "__init__.py"}, list(handlers)
    while waiting:
        for name in _imported(waiting.pop()):
            module = ROOT.joinpath(*name.split("."))
            for source in (module.with_suffix(".py"), module / "__init__.py", module.parent / "__init__.py"):
                if source.is_file() and source not in found:
                    found.add(source)
                    waiting.append(source)
    return handlers + sorted(found)


def _imported(source: Path) -> Iterator[str]:
    """Yield what may be a module of ``medassist`` that a file imports, inside functions too, for annotations not."""
    waiting: list[ast.AST] = [ast.parse(source.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("medassist."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "medassist":
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)


def services_called(modules: Iterable[Path]) -> list[str]:
    """Return the AWS services that modules make clients of: the texts given first to ``aws.client``."""
    services = set()
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "aws.client"
                and isinstance(node.args[0], ast.Constant)
            ):
                services.add(str(node.args[0].value))
    return sorted(services)


# --- bytecode -----------------------------------------------------------------------------------------------------


def find_interpreter(python: str) -> tuple[str, str] | None:
    """Return path and full version of an interpreter of a version that really runs; None if there is none.

    Looked at: this interpreter, the commands on the search path, and pyenv's versions, whose commands on the search
    path run only where that version is chosen.
    """
    names = [Path(folder) / f"python{python}" for folder in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    names += sorted(pyenv.glob(f"versions/{python}*/bin/python{python}"), reverse=True)
    for name in [Path(sys.executable), *names]:
        program = "import platform, sys; print(sys.executable, platform.python_version())"
        try:
            done = subprocess.run([name, "-I", "-S", "-c", program], capture_output=True, text=True, timeout=30)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0 and done.stdout.strip():
            path, _, version = done.stdout.strip().rpartition(" ")
            if version.startswith(f"{python}."):
                return path, version
    return None


# --- the command --------------------------------------------------------------------------------------------------


def table(package: Package) -> str:
    """Return what is in a zip as a table in Markdown, and below it what was left out, by reason."""
    lines = ["| package | version | MB | of it bytecode | MB left out |", "|---|---|--:|--:|--:|"]
    for part in package.parts:
        sizes = (part.bytes, part.bytecode, sum(part.left_out.values()))
        lines.append(f"| {part.name} | {part.version} | {' | '.join(f'{size / MB:.1f}' for size in sizes)} |")
    whole = (
        package.bytes_unzipped,
        sum(part.bytecode for part in package.parts),
        sum(sum(part.left_out.values()) for part in package.parts),
    )
    lines.append(f"| all | | {' | '.join(f'{size / MB:.1f}' for size in whole)} |")
    reasons: Counter[str] = Counter()
    for part in package.parts:
        reasons.update(part.left_out)
    lines += ["", "| left out | MB |", "|---|--:|"]
    lines += [f"| {reason} | {size / MB:.1f} |" for reason, size in reasons.most_common()]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Build the zip and print its table; return the exit status."""
    parser = argparse.ArgumentParser(description="Build the Lambda function's zip.")
    parser.add_argument("--out", type=Path, help="default: build/lambda/medassist-<architecture>.zip")
    parser.add_argument("--python", default=PYTHON, help="Python of the Lambda runtime (default: %(default)s)")
    parser.add_argument("--architecture", choices=tuple(MACHINES), default="x86_64")
    options = parser.parse_args(arguments)
    out = options.out or ROOT / "build" / "lambda" / f"medassist-{options.architecture}.zip"
    try:
        package = build(out, python=options.python, architecture=options.architecture)
    except DeploymentError as error:
        print(error, file=sys.stderr)
        return 1
    print(table(package))
    bytecode = f"bytecode by Python {package.bytecode}" if package.bytecode else f"no bytecode: {NO_INTERPRETER}"
    print(
        f"\n{package.path}: {package.bytes_zipped / MB:.1f} MB, unzipped {package.bytes_unzipped / MB:.1f} MB of "
        f"{LIMIT_MB}, SHA-256 {package.sha256}\n"
        f"For Python {package.python} on {package.architecture}; {bytecode.format(package.python)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
