"""The Lambda zip: built, and run from what is in it alone, under Lambda's own runtime client and emulator."""

import hashlib
import json
import random
import re
import socket
import stat
import subprocess
import sys
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import app
import build_lambda
import main
import numpy as np
import pytest
from api_process import RunningApi
from lambda_runtime import Container, EmulatedContainer, FunctionError, Runtime, cloud_environment

from medassist import aws, interactions, storage
from medassist.cloud import Cloud
from medassist.config import Settings
from medassist.errors import DeploymentError, StorageError

pytestmark = pytest.mark.integration

EVENTS = Path(__file__).with_name("events")
BUCKET, TABLE, ENDPOINT = "lambda-tests", "lambda-tests", "lambda-tests"
RUNTIME_CLIENT = "awslambdaric==4.2.2"
EMULATOR = "aws-sam-cli==1.170.0"  # its wheel holds AWS's own binary of the Runtime Interface Emulator
NOT_IN_LAMBDA = ("torch", "transformers", "pytest", "moto", "sagemaker", "pandas", "pip", "tqdm", "huggingface_hub")


def event(name: str, **changes: Any) -> dict[str, Any]:
    """Return a recorded event of API Gateway's REST API."""
    return {**json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8")), **changes}


def body(response: Mapping[str, Any], status: int = 200) -> dict[str, Any]:
    assert response["statusCode"] == status, response["body"]
    return dict(json.loads(response["body"]))


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", *arguments, "--quiet"], check=True, capture_output=True)


# --- the zip ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheels(request: pytest.FixtureRequest) -> Path:
    """Return where wheels are kept between test runs."""
    return Path(request.config.cache.mkdir("lambda-wheels"))


@pytest.fixture(scope="module")
def package(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the zip for Lambda's Python; where that is not installed, for the Python that runs the tests."""
    python = build_lambda.PYTHON
    if build_lambda.find_interpreter(python) is None:
        running = f"{sys.version_info[0]}.{sys.version_info[1]}"
        warnings.warn(f"There is no Python {python} here: the zip is tested with {running}.", stacklevel=1)
        python = running
    return build_lambda.build(tmp_path_factory.mktemp("zip") / "function.zip", python=python, cache=wheels)


def test_the_same_input_gives_the_same_bytes(package: Any, wheels: Path, tmp_path: Path) -> None:
    again = build_lambda.build(tmp_path / "elsewhere" / "other.zip", python=package.python, cache=wheels)
    assert again.sha256 == package.sha256 == hashlib.sha256(package.path.read_bytes()).hexdigest()


def test_the_table_tells_what_is_in_the_zip(package: Any) -> None:
    with zipfile.ZipFile(package.path) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    # THEN the zip is small enough, and its table accounts for each byte
    assert sum(entry.file_size for entry in entries) == package.bytes_unzipped < 215_000_000
    assert package.bytes_unzipped == sum(part.files + part.bytecode for part in package.parts)
    table = json.loads(package.path.with_name(f"{package.path.name}.json").read_text())
    assert table["sha256"] == package.sha256
    assert [part["name"] for part in table["parts"]] == [part.name for part in package.parts]
    assert "| onnxruntime |" in build_lambda.table(package)
    # AND nothing in it depends on when and by whom it was built
    assert names == sorted(names)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {stat.S_IMODE(entry.external_attr >> 16) for entry in entries} == {0o444}
    # AND each module has its bytecode
    sources = {name for name in names if name.endswith(".py")}
    tag = f"cpython-{package.python.replace('.', '')}"
    compiled = {re.sub(rf"__pycache__/(.+)\.{tag}\.pyc", r"\1.py", name) for name in names if name.endswith(".pyc")}
    assert compiled == sources


def test_each_rule_leaves_something_out_and_licences_stay(package: Any) -> None:
    left_out = {reason for part in package.parts for reason in part.left_out}
    assert left_out == {rule.reason for rule in build_lambda.rules([])} | set(build_lambda.LEFT_OUT.values())
    shipped = {part.name for part in package.parts if part.files}
    assert shipped.isdisjoint(build_lambda.LEFT_OUT)
    with zipfile.ZipFile(package.path) as archive:
        records = [name for name in archive.namelist() if ".dist-info/" in name]
    named = {re.sub(r"[-_.]+", "-", name.split("-")[0]).lower() for name in records if name.endswith("/METADATA")}
    assert named == shipped - {"medassist"}
    assert any(name.endswith("LICENSE") for name in records)


def test_of_our_modules_those_go_in_that_the_handler_needs() -> None:
    names = {path.stem for path in build_lambda.own_modules()}
    assert {"main", "app", "assistant", "retrieval", "encoder", "interactions", "errors"} <= names
    assert names.isdisjoint({"training", "training_job", "cli", "notebooks", "cloud", "evaluation", "datasets"})
    assert {"s3", "dynamodb", "sagemaker-runtime", "sts"} <= set(
        build_lambda.services_called(build_lambda.own_modules())
    )


def test_libraries_load_on_amazon_linux_2023(package: Any) -> None:
    with zipfile.ZipFile(package.path) as archive:
        libraries = [name for name in archive.namelist() if ".so" in Path(name).suffixes]
        asked = {name: re.findall(rb"GLIBC_2\.(\d+)", archive.read(name)) for name in libraries}
    assert libraries
    assert [name for name, minors in asked.items() if any(int(minor) > build_lambda.GLIBC for minor in minors)] == []


def test_the_other_architecture(wheels: Path) -> None:
    # GIVEN wheels for arm64 WHEN their libraries are looked at THEN they are for that machine (ELF: 183)
    found = build_lambda.download(build_lambda.Target("3.13", "arm64"), wheels)
    machines = set()
    for wheel in found:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if ".so" in Path(name).suffixes:
                    machines.add(int.from_bytes(archive.read(name)[18:20], "little"))
    assert machines == {183}


def test_what_cannot_be_built_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = build_lambda.Part("numpy", "2", files=241_000_000)
    with pytest.raises(DeploymentError, match=r"241 MB unzipped, but 240 is the limit; .* numpy 241"):
        build_lambda._check_size({"numpy": part})
    with pytest.raises(DeploymentError, match="'riscv' is no architecture of Lambda"):
        build_lambda.build(tmp_path / "x.zip", architecture="riscv")
    (tmp_path / "numpy-1.0-py3-none-any.whl").touch()
    with pytest.raises(DeploymentError, match=r"numpy 1\.0 is not pinned"):
        build_lambda._check_pins(tmp_path)
    # AND a package that has no wheel for Lambda
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("sgmllib3k\n")
    monkeypatch.setattr(build_lambda, "REQUIREMENTS", requirements)
    with pytest.raises(DeploymentError, match="pip could not download the wheels for Lambda"):
        build_lambda.download(build_lambda.Target("3.13", "x86_64"), tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_command_that_does_not_run_is_no_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a command of that name on the search path that fails, as pyenv's do where the version is not chosen
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build_lambda.find_interpreter("3.99") is None
    # THEN nothing is compiled, and no error made of it
    assert build_lambda.Staging(tmp_path).compile(None) == ""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert build_lambda.find_interpreter(version)[1].startswith(version)


# --- the zip alone, running ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runtime(package: Any, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """Return the unpacked zip beside a folder that holds, as Lambda's own does, the runtime client."""
    version = package.python
    python, _ = build_lambda.find_interpreter(version)
    client = Path(request.config.cache.mkdir("lambda-runtime")) / f"{RUNTIME_CLIENT}-{version}"
    if not client.is_dir():
        target = build_lambda.Target(version, package.architecture).pip_options()
        pip("install", f"--target={client}", *target, RUNTIME_CLIENT)
    task = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(package.path) as archive:
        archive.extractall(task)
    return Runtime(python, task, client)


@pytest.fixture(scope="module")
def settings(emulated_cloud: Cloud, sample_index_folder: Path) -> Settings:
    """Return settings whose index and table exist; the model endpoint is not there."""
    storage.ensure_bucket(BUCKET)
    uri = f"s3://{BUCKET}/index/sample/first"
    storage.upload_folder(sample_index_folder, uri)
    storage.write_json(f"s3://{BUCKET}/index/sample/latest.json", {"version": "first", "uri": uri})
    interactions.create_table(TABLE)
    return Settings(bucket=BUCKET, table_name=TABLE, endpoint_name="no-such-endpoint")


@pytest.fixture(scope="module")
def endpoint(settings: Settings, model_package: Path) -> str:
    """Return the name of an endpoint that serves the tiny T5."""
    storage.upload_file(model_package, f"s3://{BUCKET}/models/model.tar.gz")
    sagemaker = aws.client("sagemaker")
    container = {"Image": "image", "ModelDataUrl": f"s3://{BUCKET}/models/model.tar.gz"}
    role = "arn:aws:iam::123456789012:role/medassist-sagemaker"
    sagemaker.create_model(ModelName=ENDPOINT, PrimaryContainer=container, ExecutionRoleArn=role)
    variant = {
        "VariantName": "primary",
        "ModelName": ENDPOINT,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
        "InitialVariantWeight": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=ENDPOINT, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=ENDPOINT)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=ENDPOINT, WaiterConfig={"Delay": 1})
    return ENDPOINT


Start = Callable[..., Container]


@pytest.fixture
def start(runtime: Runtime, settings: Settings, tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a container with settings, changed as wanted."""
    started: list[Container] = []

    def container(**changes: str) -> Container:
        environment = runtime.environment({**cloud_environment(), **settings.to_environment(), **changes}, tmp_path)
        started.append(Container(runtime, {name: value for name, value in environment.items() if value}))
        return started[-1]

    yield container
    for one in started:
        one.close()


def test_nothing_of_the_development_environment_can_be_imported(runtime: Runtime, tmp_path: Path) -> None:
    # GIVEN the zip's folder and the runtime client's as the only places to import from
    program = f"""
import importlib.util, json, sys
import app, main, medassist, faiss, bm25s, onnxruntime, tokenizers, Stemmer, boto3, awslambdaric
found = [name for name in {NOT_IN_LAMBDA!r} if importlib.util.find_spec(name)]
files = [module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)]
print(json.dumps({{"found": found, "files": files, "prefix": sys.base_prefix, "medassist": medassist.__file__}}))
"""
    # WHEN the handler and all that it loads is imported, without Lambda's variables
    environment = {"PYTHONPATH": f"{runtime.task}:{runtime.client}"}
    done = subprocess.run(
        runtime.command("-c", program), env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    seen = json.loads(done.stdout)
    # THEN it comes from the zip, the client or Python's own library
    assert seen["found"] == []
    assert seen["medassist"] == str(runtime.task / "medassist" / "__init__.py")
    allowed = tuple(f"{place}/" for place in (runtime.task, runtime.client, seen["prefix"]))
    assert [file for file in seen["files"] if not file.startswith(allowed) or "site-packages" in file] == []


def test_the_whole_route_cold_and_warm(start: Start, endpoint: str, settings: Settings, tmp_path: Path) -> None:
    # GIVEN a container that loads the index from S3 before its first request, and takes the model at its word
    container = start(MEDASSIST_ENDPOINT_NAME=endpoint, MEDASSIST_MODEL_WORDS="always")
    # WHEN a question is asked, cold, THEN it is answered with sources, and the model was asked
    cold = body(container.invoke(event("ask_with_claims")))
    assert cold["statements"]
    assert cold["model"]
    assert cold["recorded"]
    choice = body(container.invoke(event("ask_with_options")))
    assert choice["choice"] in ("A", "B")
    assert sum(choice["probabilities"].values()) == pytest.approx(1)
    # AND again, warm, and as base64, it is the same
    for name in ("ask_with_claims", "base64_body"):
        assert same(body(container.invoke(event(name))), cold)
    # AND it can be read again from the table
    assert body(container.invoke(event("read", path=f"/v1/questions/{cold['id']}"))) == cold
    # AND the index was loaded once, and no log tells what was asked
    assert container.log.count('"message":"ready"') == 1
    assert "asthma" not in container.log
    # AND the local front door answers the same
    changed = {"endpoint_name": endpoint, "model_words": "always", "cache_dir": str(tmp_path)}
    api = RunningApi(replace(settings, **changed), "lambda-tests")
    try:
        question = json.loads(event("ask_with_claims")["body"])
        assert same(api.http.post("/v1/questions", json=question).json(), cold)
    finally:
        api.stop()


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two answers are the same but for id, time and timings."""
    changing = ("id", "created_at", "timings_ms")
    left, right = ({k: v for k, v in answer.items() if k not in changing} for answer in (one, other))
    assert left == right
    return True


def test_without_the_model_the_answer_is_quoted(start: Start) -> None:
    answer = body(start().invoke(event("ask_with_claims")))
    assert answer["extractive"]
    assert answer["fallback"] == "the model could not answer in time"


def test_other_events(start: Start) -> None:
    container = start()
    health = body(container.invoke(event("health")))
    assert (health["status"], health["passages"]) == ("ok", 300)
    for name, status in (("ask_without_claims", 401), ("bad_json", 400), ("wrong_method", 405), ("read", 404)):
        problem = body(container.invoke(event(name)), status)
        assert problem["status"] == status
        assert problem["detail"].endswith(".")
    assert body(container.invoke(event("health", path="/v1/nothing")), 404)["title"] == "Not found"
    document = body(container.invoke(event("read", path="/v1/openapi.json")))
    assert "/v1/questions" in document["paths"]
    page = container.invoke(event("read", path="/v1/docs"))
    assert "<html" in page["body"]
    # AND an event that no API Gateway sends is an error of the function, which goes on
    with pytest.raises(FunctionError):
        container.invoke({"nonsense": True})
    assert container.invoke(event("health"))["statusCode"] == 200


def test_an_index_that_is_missing_at_the_start_does_not_end_the_container(start: Start) -> None:
    # GIVEN a container whose corpus has no index yet
    container = start(MEDASSIST_CORPUS="later")
    problem = body(container.invoke(event("ask_with_claims")), 503)
    assert problem["detail"] == "The service cannot answer just now; try again in a minute."
    assert "not ready before the first request" in container.log
    assert "s3://lambda-tests/index/later/latest.json does not exist" in container.log
    # WHEN the index comes THEN the next request is answered by the same container
    latest = storage.read_json(f"s3://{BUCKET}/index/sample/latest.json")
    storage.write_json(f"s3://{BUCKET}/index/later/latest.json", latest)
    assert body(container.invoke(event("ask_with_claims")))["statements"]
    assert container.process.poll() is None


# --- SnapStart ----------------------------------------------------------------------------------------------------


class _Credentials(BaseHTTPRequestHandler):
    """Hands out credentials as Lambda does where a snapshot is to be taken: from an address, with an expiry."""

    fetched = 0

    def do_GET(self) -> None:
        type(self).fetched += 1
        names = {"AccessKeyId": "test", "SecretAccessKey": "test", "Token": "", "Expiration": "2999-01-01T00:00:00Z"}
        content = json.dumps(names).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def test_a_snapshot_is_taken_loaded_and_renewed_when_restored(start: Start, endpoint: str) -> None:
    # GIVEN a container of which a snapshot is to be taken
    with ThreadingHTTPServer(("127.0.0.1", 0), _Credentials) as credentials:
        threading.Thread(target=credentials.serve_forever, daemon=True).start()
        container = start(
            AWS_LAMBDA_INITIALIZATION_TYPE="snap-start",
            AWS_CONTAINER_CREDENTIALS_FULL_URI=f"http://127.0.0.1:{credentials.server_port}/",
            AWS_ACCESS_KEY_ID="",
            AWS_SECRET_ACCESS_KEY="",
            MEDASSIST_ENDPOINT_NAME=endpoint,
        )
        # WHEN that moment comes THEN the index is loaded already
        assert container.api.snapshot_taken.wait(60), container.log
        assert '"message":"ready"' in container.log
        assert _Credentials.fetched == 1
        # WHEN it is restored THEN it answers, with new credentials, and the index is not loaded again
        container.api.restored.set()
        answer = body(container.invoke(event("ask_with_claims")))
        credentials.shutdown()
    assert answer["statements"]
    assert answer["recorded"]
    assert _Credentials.fetched == 2
    assert container.log.count('"message":"ready"') == 1


def test_no_snapshot_is_taken_without_the_index(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN an index that cannot be read at first, as while a new role is not known everywhere
    container = start(AWS_LAMBDA_INITIALIZATION_TYPE="snap-start", MEDASSIST_CORPUS="soon")
    assert not container.api.snapshot_taken.wait(1)
    # WHEN it can be THEN the snapshot holds it
    latest = storage.read_json(f"s3://{BUCKET}/index/sample/latest.json")
    storage.write_json(f"s3://{BUCKET}/index/soon/latest.json", latest)
    assert container.api.snapshot_taken.wait(60), container.log
    assert '"message":"ready"' in container.log
    # AND if it never can be, the publication fails
    monkeypatch.setattr(main, "PAUSES_S", (0.0,))
    monkeypatch.setenv("MEDASSIST_BUCKET", BUCKET)
    monkeypatch.setenv("MEDASSIST_CORPUS", "never")
    app.services.cache_clear()
    with pytest.raises(StorageError, match="never"):
        main.load_for_snapshot()


def test_containers_of_one_snapshot_share_neither_randomness_nor_clients(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # GIVEN what a snapshot holds
    for name, value in {**settings.to_environment(), "MEDASSIST_CACHE_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    app.services.cache_clear()
    ready = app.services()
    index, store, model = ready.assistant.index, ready.store, ready.assistant.model
    drawn = []
    for _ in range(2):
        random.seed(7)
        np.random.seed(7)
        # WHEN it is restored twice
        main.renew()
        drawn += [random.random(), np.random.random()]
    # THEN each draws other numbers, and asks through its own clients, in the same index
    assert len(set(drawn)) == 4
    assert ready.store is not store
    assert ready.assistant.model is not model
    assert ready.assistant.index is index
    app.services.cache_clear()


# --- the Runtime Interface Emulator -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def emulator(request: pytest.FixtureRequest) -> Path:
    """Return AWS's own Runtime Interface Emulator; the wheel that it comes in is kept between test runs."""
    folder = Path(request.config.cache.mkdir("lambda-emulator"))
    binary = folder / EMULATOR
    if not binary.is_file():
        pip("download", "--no-deps", f"--dest={folder}", EMULATOR)
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            binary.write_bytes(archive.read("samcli/local/rapid/aws-lambda-rie-x86_64"))
        binary.chmod(0o755)
        wheel.unlink()
    return binary


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_under_the_runtime_interface_emulator(
    emulator: Path, runtime: Runtime, settings: Settings, tmp_path: Path
) -> None:
    # GIVEN an endpoint that takes a connection and says nothing, and a function that may take 10 seconds
    with socket.create_server(("127.0.0.1", 0)) as silent:
        variables = {
            **cloud_environment(),
            **settings.to_environment(),
            "MEDASSIST_ENDPOINT_TIMEOUT_S": "60",
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": f"http://127.0.0.1:{silent.getsockname()[1]}",
        }
        environment = runtime.environment({name: value for name, value in variables.items() if value}, tmp_path)
        container = EmulatedContainer(emulator, runtime, environment, 10, (free_port(), free_port()))
        try:
            # WHEN it is asked for its health, cold and warm, THEN it answers
            for _ in range(2):
                assert body(json.loads(container.invoke(event("health"))))["passages"] == 300
            assert container.log.count('"message":"ready"') == 1
            # WHEN it waits longer than it may THEN it is ended, and the next request gets a new one
            assert container.invoke(event("ask_with_claims")) == b"Task timed out after 10.00 seconds"
            assert body(json.loads(container.invoke(event("health"))))["passages"] == 300
            assert container.log.count('"message":"ready"') == 2
        finally:
            container.close()
