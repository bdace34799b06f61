"""Model packages: whole and broken, what is in them, and the code in them that answers requests."""

import importlib.util
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement

from medassist import model_packages, storage
from medassist.cloud import Cloud
from medassist.errors import InvalidRequestError, ModelPackageError


def rebuild(package: Path, out: Path, keep: Callable[[str], bool]) -> Path:
    """Copy a package without the entries that ``keep`` refuses."""
    with tarfile.open(package) as old, tarfile.open(out, "w:gz") as new:
        for entry in filter(lambda entry: keep(entry.name), old.getmembers()):
            new.addfile(entry, old.extractfile(entry))
    return out


def test_a_package_holds_the_model_and_the_code_that_serves_it(model_package: Path) -> None:
    model_packages.check_package(model_package)
    with tarfile.open(model_package) as archive:
        names = archive.getnames()
    assert names == sorted(names)
    wanted = {"config.json", "medassist.json", "model_card.md", "code/inference.py", "code/requirements.txt"}
    assert wanted | {*model_packages.EXPORTED} <= {*names}
    # AND what only training and the reference need is not in it
    assert not [name for name in names if name.endswith((".safetensors", "reference.py", "export.py"))]


def test_equal_models_give_equal_packages(model_package: Path, exported_t5: Path, tmp_path: Path) -> None:
    # GIVEN the same folder, its files touched WHEN it is packed again THEN not a byte differs
    for path in exported_t5.iterdir():
        path.touch()
    again = model_packages.build_package(exported_t5, tmp_path / "again.tar.gz")
    assert again.read_bytes() == model_package.read_bytes()


def test_the_packaged_code_runs_by_itself(model_package: Path, tmp_path: Path) -> None:
    # GIVEN an unpacked package and a Python that sees the package's code alone, in an empty folder
    model_packages.unpack_package(model_package, tmp_path)
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path / "code")!r})
import inference
model = inference.model_fn({str(tmp_path)!r})
data = inference.input_fn('{{"question": "What is fern?", "max_new_tokens": 3}}', "application/json")
print(inference.output_fn(inference.predict_fn(data, model), "application/json"))
import medassist
assert medassist.__file__.startswith({str(tmp_path)!r}), medassist.__file__
assert not {{"torch", "transformers", "safetensors", "onnx"}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    # THEN it answers in the format of the wire
    answer = json.loads(done.stdout)
    assert set(answer) == {"text", "model", "choice", "probabilities", "input_tokens", "output_tokens", "use_baseline"}


@pytest.mark.parametrize("missing", ["code/inference.py", "medassist.json", "onnx/weights.bin"])
def test_a_package_that_lacks_a_file_is_refused(missing: str, model_package: Path, tmp_path: Path) -> None:
    broken = rebuild(model_package, tmp_path / "model.tar.gz", lambda name: name != missing)
    with pytest.raises(ModelPackageError, match=f"has no {missing}"):
        model_packages.check_package(broken)


def test_a_package_that_is_no_whole_archive_is_refused(model_package: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelPackageError, match="no model package"):
        model_packages.check_package(tmp_path / "nowhere.tar.gz")
    half = tmp_path / "half.tar.gz"
    half.write_bytes(model_package.read_bytes()[: model_package.stat().st_size // 2])
    for check in (model_packages.check_package, lambda path: model_packages.unpack_package(path, tmp_path / "out")):
        with pytest.raises(ModelPackageError, match="build it again"):
            check(half)


def test_a_package_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../evil"), io.BytesIO())
    with pytest.raises(ModelPackageError, match="cannot be unpacked"):
        model_packages.unpack_package(tmp_path / "evil.tar.gz", tmp_path / "inside")
    assert not (tmp_path / "evil").exists()


def test_what_cannot_be_packed_is_refused(t5_folder: Path, exported_t5: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelPackageError, match="has not been exported"):
        model_packages.build_package(t5_folder, tmp_path / "model.tar.gz")
    with pytest.raises(ModelPackageError, match="not a model folder"):
        model_packages.build_package(tmp_path, tmp_path / "model.tar.gz")
    with pytest.raises(ModelPackageError, match=r"cannot be built without .*inference\.py"):
        model_packages.build_package(exported_t5, tmp_path / "model.tar.gz", code=tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ModelPackageError, match="cannot be written"):
        model_packages.build_package(exported_t5, tmp_path / "file" / "model.tar.gz")


def test_the_endpoint_installs_what_the_tests_run_with_and_no_pytorch() -> None:
    lines = (model_packages.SERVING_CODE / "requirements.txt").read_text().splitlines()
    requirements = [Requirement(line) for line in lines if not line.startswith("#")]
    assert {requirement.name for requirement in requirements} == {"numpy", "onnxruntime", "tokenizers"}
    for requirement in requirements:
        assert metadata.version(requirement.name) in requirement.specifier


@pytest.mark.parametrize("name", ["requirements-train.txt", "requirements-encoder.txt"])
def test_training_installs_the_versions_that_the_tests_run_with(name: str) -> None:
    for line in (model_packages.SERVING_CODE / name).read_text().splitlines():
        if not line.startswith("#"):
            requirement, version = line.split("==")
            assert metadata.version(requirement) == version


# ---- inference.py -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("inference_under_test", model_packages.SERVING_CODE / "inference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Context:
    """Takes the status as the container's context does."""

    status = 200

    def set_response_status(self, code: int = 200, phrase: str = "", idx: int = 0) -> None:
        self.status = code


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "not JSON"),
        ("\xff".encode("latin-1"), "not JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "question is empty"),
        ('{"question": 7}', "question is empty"),
        ('{"question": "x", "passages": "text"}', "passages must be a list"),
        ('{"question": "x", "passages": [{"title": "t"}]}', "passages must be a list"),
        ('{"question": "x", "passages": [{"title": 1, "text": "t"}]}', "passages must be a list"),
        ('{"question": "x", "options": ["a", "b"]}', "options must be an object"),
        ('{"question": "x", "options": {"A": "a"}}', "1 options; send 2 to 10"),
        ('{"question": "x", "max_new_tokens": 1.5}', r"max_new_tokens is 1\.5"),
    ],
)
def test_a_senseless_request_gets_400_and_one_sentence(body: Any, said: str, inference: ModuleType) -> None:
    # GIVEN a container that hands over its context WHEN the request comes
    context = Context()
    refusal = inference.input_fn(body, "application/json", context)
    # THEN the status is 400, and the sentence goes through to the end, streamed or not
    assert context.status == 400
    answer = json.loads(inference.output_fn(inference.predict_fn(refusal, None), "application/json"))
    assert set(answer) == {"error"}
    assert list(inference.stream_fn(refusal, None)) == [answer]
    # AND a container without one gets the error itself
    with pytest.raises(InvalidRequestError, match=said):
        inference.input_fn(body, "application/json")


def test_another_content_type_is_refused(inference: ModuleType) -> None:
    with pytest.raises(InvalidRequestError, match="content type is text/csv; send application/json"):
        inference.input_fn("a,b", "text/csv")


# ---- Publishing -------------------------------------------------------------------------------------------------

BUCKET = "medassist-model-package-tests"


@pytest.mark.integration
def test_publishing_points_latest_at_the_package(emulated_cloud: Cloud, model_package: Path, tmp_path: Path) -> None:
    # WHEN a package is published
    storage.ensure_bucket(BUCKET)
    uri = f"s3://{BUCKET}/models/tiny"
    package_uri = model_packages.publish_package(model_package, uri, version="v1", description={"name": "tiny"})
    # THEN latest.json names it, what training wrote lies beside it, and it comes back byte by byte
    latest = storage.read_json(f"{uri}/latest.json")
    assert latest == {"version": "v1", "uri": package_uri, "name": "tiny"}
    assert model_packages.find_package(uri, "v1") == package_uri
    place = package_uri.removesuffix("/model.tar.gz")
    assert storage.read_json(f"{place}/metrics.json")["parameters"] > 0
    assert storage.exists(f"{place}/model_card.md")
    assert storage.download_file(latest["uri"], tmp_path / "model.tar.gz").read_bytes() == model_package.read_bytes()

    # AND the same version with other code in it lies elsewhere: nothing is overwritten
    other = rebuild(model_package, tmp_path / "other.tar.gz", lambda name: name != "samples.json")
    assert model_packages.publish_package(other, uri, version="v1", description={}) != package_uri
    assert storage.download_file(package_uri, tmp_path / "again").read_bytes() == model_package.read_bytes()

    # AND a broken one is not published at all
    broken = rebuild(model_package, tmp_path / "broken.tar.gz", lambda name: name != "code/inference.py")
    with pytest.raises(ModelPackageError, match=r"has no code/inference\.py"):
        model_packages.publish_package(broken, uri, version="v2", description={})
    assert storage.read_json(f"{uri}/latest.json")["version"] == "v1"
    assert model_packages.find_package(uri, "v2") == ""
