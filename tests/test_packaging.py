"""What is installed: extras, pins and the conda environment agree, and the small parts stay small."""

import re
import tomllib
from pathlib import Path

import yaml

PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = dict(
    re.findall(r"^([A-Za-z0-9._-]+)==(\S+)$", Path("constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
)


def name_of(requirement: str) -> str:
    return re.match(r"[A-Za-z0-9._-]+", requirement).group().lower().replace("_", "-")


def requirements() -> set[str]:
    extras = PROJECT["optional-dependencies"]
    given = [*PROJECT["dependencies"], *(r for name, group in extras.items() if name != "dev" for r in group)]
    return {name_of(requirement) for requirement in given}


def test_every_requirement_is_pinned():
    pinned = {name_of(name) for name in PINS}
    assert requirements() <= pinned
    assert all("+" not in version for version in PINS.values())


def test_the_dev_extra_holds_all_the_others():
    extras = PROJECT["optional-dependencies"]
    (everything,) = extras["dev"]
    assert set(re.search(r"\[(.+)\]", everything).group(1).split(",")) == set(extras) - {"dev"}


def test_conda_users_get_the_same_set():
    environment = yaml.safe_load(Path("environment.yml").read_text(encoding="utf-8"))
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert pip == ["--constraint constraints.txt", "--editable .[dev]"]
    assert f"python{PROJECT['requires-python']}" in environment["dependencies"]


def test_lambda_and_endpoint_install_what_the_project_declares():
    # GIVEN the files that the zip and the containers are installed from
    declared = requirements()
    for path in (Path("lambda/requirements.txt"), *Path("deploy/sagemaker").glob("requirements*.txt")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
        assert lines
        for line in lines:
            # THEN each is a declared requirement, and a version that stands there is the pinned one
            assert name_of(line) in declared, f"{path}: {line}"
            if "==" in line:
                name, version = line.split("==")
                pinned = {name_of(pin): number for pin, number in PINS.items()}[name_of(name)]
                assert version == pinned, f"{path}: {line}"


def test_lambda_needs_no_heavy_package():
    lines = Path("lambda/requirements.txt").read_text(encoding="utf-8")
    base = {name_of(requirement) for requirement in PROJECT["dependencies"]}
    assert {name_of(line) for line in lines.splitlines() if line and line[0] != "#"} == base | {"aws-lambda-powertools"}
