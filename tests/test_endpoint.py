"""Model packages, endpoints and those who ask them: whole and broken, up and down, quick, slow and talking nonsense."""

import contextlib
import http.server
import importlib.util
import io
import json
import socket
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from medassist import endpoint, storage, training_job
from medassist.cloud import Cloud
from medassist.endpoint import EndpointClient
from medassist.errors import EndpointError, InvalidRequestError, ModelPackageError
from medassist.generation import Generator
from medassist.prompts import PassageText

PASSAGES = [PassageText("Soil", "Soil is brown earth."), PassageText("fern", "fern is a green plant.")]
OPTIONS = {"A": "a green plant", "B": "brown earth"}


# ---- Packages ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def package(t5_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return endpoint.build_package(t5_folder, tmp_path_factory.mktemp("package") / "model.tar.gz")


def rebuild(package: Path, out: Path, keep: Callable[[str], bool]) -> Path:
    """Copy a package without the entries that ``keep`` refuses."""
    with tarfile.open(package) as old, tarfile.open(out, "w:gz") as new:
        for entry in filter(lambda entry: keep(entry.name), old.getmembers()):
            new.addfile(entry, old.extractfile(entry))
    return out


def test_a_package_holds_the_model_and_the_code_that_serves_it(package: Path) -> None:
    endpoint.check_package(package)
    with tarfile.open(package) as archive:
        names = archive.getnames()
    assert names == sorted(names)
    assert {"config.json", "model.safetensors", "medassist.json", "code/inference.py", "code/requirements.txt"} <= {
        *names
    }
    assert {name for name in names if name.startswith("code/medassist/")} == {
        f"code/medassist/{module}.py" for module in endpoint.PACKAGED_MODULES
    }


def test_equal_models_give_equal_packages(package: Path, t5_folder: Path, tmp_path: Path) -> None:
    # GIVEN the same folder, its files touched WHEN it is packed again THEN not a byte differs
    for path in t5_folder.iterdir():
        path.touch()
    again = endpoint.build_package(t5_folder, tmp_path / "again.tar.gz")
    assert again.read_bytes() == package.read_bytes()


def test_the_packaged_code_runs_by_itself(package: Path, tmp_path: Path) -> None:
    # GIVEN an unpacked package and a Python that sees the package's code alone, in an empty folder
    endpoint.unpack_package(package, tmp_path)
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path / "code")!r})
import inference
model = inference.model_fn({str(tmp_path)!r})
data = inference.input_fn('{{"question": "What is fern?", "max_new_tokens": 3}}', "application/json")
print(inference.output_fn(inference.predict_fn(data, model), "application/json"))
import medassist
assert medassist.__file__.startswith({str(tmp_path)!r}), medassist.__file__
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    # THEN it answers in the format of the wire
    answer = json.loads(done.stdout)
    assert set(answer) == {"text", "model", "choice", "probabilities", "input_tokens", "output_tokens"}


@pytest.mark.parametrize("missing", ["code/inference.py", "config.json", "tokenizer.json"])
def test_a_package_that_lacks_a_file_is_refused(missing: str, package: Path, tmp_path: Path) -> None:
    broken = rebuild(package, tmp_path / "model.tar.gz", lambda name: name != missing)
    with pytest.raises(ModelPackageError, match=f"has no {missing}"):
        endpoint.check_package(broken)


def test_a_package_that_is_no_whole_archive_is_refused(package: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelPackageError, match="no model package"):
        endpoint.check_package(tmp_path / "nowhere.tar.gz")
    half = tmp_path / "half.tar.gz"
    half.write_bytes(package.read_bytes()[: package.stat().st_size // 2])
    for check in (endpoint.check_package, lambda path: endpoint.unpack_package(path, tmp_path / "out")):
        with pytest.raises(ModelPackageError, match="build it again"):
            check(half)


def test_a_package_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../evil"), io.BytesIO())
    with pytest.raises(ModelPackageError, match="cannot be unpacked"):
        endpoint.unpack_package(tmp_path / "evil.tar.gz", tmp_path / "inside")
    assert not (tmp_path / "evil").exists()


def test_what_cannot_be_packed_is_refused(t5_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelPackageError, match="not a model folder"):
        endpoint.build_package(tmp_path, tmp_path / "model.tar.gz")
    with pytest.raises(ModelPackageError, match=r"cannot be built without .*inference\.py"):
        endpoint.build_package(t5_folder, tmp_path / "model.tar.gz", code=tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ModelPackageError, match="cannot be written"):
        endpoint.build_package(t5_folder, tmp_path / "file" / "model.tar.gz")


def test_requirements_are_the_versions_that_the_tests_run_with() -> None:
    for name in ("requirements.txt", "requirements-train.txt"):
        for line in (endpoint.SERVING_CODE / name).read_text().splitlines():
            if not line.startswith("#"):
                requirement, version = line.split("==")
                assert metadata.version(requirement) == version


def test_asking_an_endpoint_loads_no_heavy_module() -> None:
    code = (
        "import sys, medassist.endpoint as e; e.EndpointClient('x');"
        "print({'torch', 'transformers', 'sagemaker', 'pandas', 'datasets'} & set(sys.modules))"
    )
    environment = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "set()"


# ---- inference.py -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("inference_under_test", endpoint.SERVING_CODE / "inference.py")
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


# ---- An endpoint in the emulated cloud --------------------------------------------------------------------------

BUCKET = "medassist-endpoint-module-tests"


@pytest.fixture(scope="module")
def served(emulated_cloud: Cloud, package: Path) -> Iterator[str]:
    """Return the name of an endpoint that serves the tiny model."""
    storage.ensure_bucket(BUCKET)
    uri = endpoint.publish_package(package, f"s3://{BUCKET}/models/tiny", version="v1", description={"metrics": {}})
    name = "tiny-t5"
    state = endpoint.create(name, uri, role=training_job.default_role())
    assert (state.status, state.reused) == ("InService", False)
    yield name
    endpoint.delete(name)


@pytest.mark.integration
def test_publishing_points_latest_at_the_package(served: str, package: Path, tmp_path: Path) -> None:
    latest = storage.read_json(f"s3://{BUCKET}/models/tiny/latest.json")
    assert latest == {"version": "v1", "uri": f"s3://{BUCKET}/models/tiny/v1/model.tar.gz", "metrics": {}}
    assert storage.download_file(latest["uri"], tmp_path / "model.tar.gz").read_bytes() == package.read_bytes()


@pytest.mark.integration
def test_a_broken_package_is_not_published(served: str, package: Path, tmp_path: Path) -> None:
    broken = rebuild(package, tmp_path / "model.tar.gz", lambda name: name != "code/inference.py")
    with pytest.raises(ModelPackageError, match=r"has no code/inference\.py"):
        endpoint.publish_package(broken, f"s3://{BUCKET}/models/tiny", version="v2", description={})
    assert storage.read_json(f"s3://{BUCKET}/models/tiny/latest.json")["version"] == "v1"


@pytest.mark.integration
def test_the_endpoint_answers_as_the_model_in_memory(served: str, t5_folder: Path) -> None:
    client, generator = EndpointClient(served), Generator.load(t5_folder)
    assert client.generate("What is fern?", PASSAGES, max_new_tokens=9) == generator.generate(
        "What is fern?", PASSAGES, 9
    )
    over_the_wire, here = client.generate("Which?", PASSAGES, OPTIONS), generator.choose("Which?", PASSAGES, OPTIONS)
    assert over_the_wire.choice == here.choice
    assert over_the_wire.probabilities == pytest.approx(here.probabilities, rel=1e-5)
    assert over_the_wire.text == OPTIONS[here.choice]


@pytest.mark.integration
def test_a_stream_carries_the_same_answer_in_pieces(served: str) -> None:
    client = EndpointClient(served)
    pieces = list(client.stream("What is fern?", PASSAGES, 20))
    assert "".join(pieces) == client.generate("What is fern?", PASSAGES, max_new_tokens=20).text
    assert len(pieces) > 1


@pytest.mark.integration
def test_the_models_refusal_reaches_the_caller(served: str) -> None:
    client = EndpointClient(served)
    with pytest.raises(InvalidRequestError, match=r"^The question is empty; send some text as question\.$"):
        client.generate("", PASSAGES)
    with pytest.raises(InvalidRequestError, match="22 passages, the limit is 20"):
        list(client.stream("What?", PASSAGES * 11))


@pytest.mark.integration
def test_an_endpoint_as_it_should_be_is_left_alone_and_another_is_updated(served: str) -> None:
    # GIVEN the endpoint in service WHEN it is asked for again THEN nothing happens
    role, uri = training_job.default_role(), f"s3://{BUCKET}/models/tiny/v1/model.tar.gz"
    before = endpoint.describe(served)
    assert endpoint.create(served, uri, role=role).reused
    assert endpoint.describe(served) == before
    # AND with another environment it is updated, and answers
    statuses: list[str] = []
    updated = endpoint.create(
        served, uri, role=role, environment={"WHO": "me"}, progress=lambda status, _: statuses.append(status)
    )
    assert (updated.reused, updated.status) == (False, "InService")
    assert updated.config != before.config
    assert statuses[0] == "Updating"
    assert statuses[-1] == "InService"
    assert EndpointClient(served).generate("What is fern?", PASSAGES).text


@pytest.mark.integration
def test_an_endpoint_that_fails_says_why_and_can_be_replaced(
    served: str, package: Path, t5_folder: Path, tmp_path: Path
) -> None:
    # GIVEN a package without its script, put on S3 by somebody else WHEN an endpoint is to serve it
    role, broken_uri = training_job.default_role(), f"s3://{BUCKET}/models/tiny/broken/model.tar.gz"
    storage.upload_file(rebuild(package, tmp_path / "m.tar.gz", lambda name: name != "code/inference.py"), broken_uri)
    for name in ("broken-t5", served):  # a new one, and an update of one that serves
        with pytest.raises(EndpointError, match=r"could not be brought up: .*no code/inference\.py"):
            endpoint.create(name, broken_uri, role=role)
    # THEN the one that served before still does
    assert EndpointClient(served).generate("What is fern?", PASSAGES).text
    # AND the failed one is replaced by a whole package, and deleted once
    assert endpoint.describe("broken-t5").status == "Failed"
    state = endpoint.create("broken-t5", f"s3://{BUCKET}/models/tiny/v1/model.tar.gz", role=role)
    assert state.status == "InService"
    assert endpoint.delete("broken-t5") is True
    assert endpoint.delete("broken-t5") is False


@pytest.mark.integration
def test_an_endpoint_that_is_not_there_is_named(emulated_cloud: Cloud) -> None:
    with pytest.raises(EndpointError, match="no endpoint nobody; create it"):
        endpoint.describe("nobody")
    with pytest.raises(EndpointError, match="no endpoint nobody in service; create it"):
        EndpointClient("nobody").generate("What?", PASSAGES)
    with pytest.raises(EndpointError, match="no endpoint nobody in service; create it"):
        EndpointClient("nobody").stream("What?", PASSAGES)


# ---- An endpoint that behaves badly -----------------------------------------------------------------------------


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers every request as the test wants it."""

    status, body, delay, headers_to_send = 200, b"{}", 0.0, {}

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(self.delay)
        with contextlib.suppress(BrokenPipeError):
            self.send_response(self.status)
            for name, value in {"Content-Length": str(len(self.body)), **self.headers_to_send}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(self.body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


Reply = Callable[..., EndpointClient]


@pytest.fixture
def reply(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reply]:
    """Return a function that makes the runtime answer as wanted, and gives a client of it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    handler = type("Wanted", (Answers,), {})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", f"http://127.0.0.1:{server.server_port}")

        def set_up(timeout_s: float = 5.0, **wanted: Any) -> EndpointClient:
            for name, value in wanted.items():
                setattr(handler, name, value)
            return EndpointClient("bad", timeout_s=timeout_s)

        yield set_up
        server.shutdown()


GOOD = {"text": "a", "model": "m", "choice": "A", "probabilities": {"A": 0.6, "B": 0.4}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>gateway</html>",
        b"[]",
        b'"text"',
        b"{}",
        json.dumps({**GOOD, "text": None}).encode(),
        json.dumps({**GOOD, "probabilities": [1]}).encode(),
        json.dumps({**GOOD, "probabilities": {"A": "much", "B": 0}}).encode(),
        json.dumps({**GOOD, "choice": "C"}).encode(),
        json.dumps({**GOOD, "probabilities": {"A": 1.0}}).encode(),
    ],
)
def test_an_answer_that_cannot_be_read_is_an_endpoint_error(body: bytes, reply: Reply) -> None:
    with pytest.raises(EndpointError, match="endpoint bad answered something that is not medassist's format"):
        reply(body=body).generate("Which?", PASSAGES, OPTIONS)


def test_a_good_answer_of_the_same_server_is_read(reply: Reply) -> None:
    assert reply(body=json.dumps(GOOD).encode()).generate("Which?", PASSAGES, OPTIONS).probabilities["B"] == 0.4


def test_a_slow_endpoint_is_given_up(reply: Reply) -> None:
    client = reply(timeout_s=0.3, delay=1.5, body=json.dumps(GOOD).encode())
    with pytest.raises(EndpointError, match=r"endpoint bad did not answer within 0\.3 s"):
        client.generate("Why?", PASSAGES)


def model_error(status: int, message: str) -> dict[str, Any]:
    body = {"Message": "Received error", "OriginalStatusCode": status, "OriginalMessage": message}
    return {"status": 424, "body": json.dumps(body).encode(), "headers_to_send": {"x-amzn-ErrorType": "ModelError"}}


@pytest.mark.parametrize(
    ("wanted", "class_", "said"),
    [
        (model_error(400, '{"error": "Too long."}'), InvalidRequestError, "^Too long.$"),
        (model_error(400, '{"code": 400, "message": "KeyError"}'), EndpointError, r"failed \(status 400\)"),
        (model_error(500, '{"error": "secret question text"}'), EndpointError, r"failed \(status 500\); see its log"),
        (
            {"status": 503, "body": b"{}", "headers_to_send": {"x-amzn-ErrorType": "ServiceUnavailable"}},
            EndpointError,
            r"bad cannot answer now \(ServiceUnavailable\)",
        ),
        (
            {"status": 429, "body": b"{}", "headers_to_send": {"x-amzn-ErrorType": "ThrottlingException"}},
            EndpointError,
            r"bad cannot answer now \(ThrottlingException\)",
        ),
    ],
)
def test_each_refusal_has_its_class_and_one_sentence(wanted: Any, class_: Any, said: str, reply: Reply) -> None:
    client = reply(**wanted)
    with pytest.raises(class_, match=said) as caught:
        client.generate("secret question text", PASSAGES)
    assert class_ is InvalidRequestError or "secret" not in str(caught.value)
    with pytest.raises(class_, match=said):
        client.stream("secret question text", PASSAGES)


def test_an_endpoint_that_is_down_is_an_endpoint_error(monkeypatch: pytest.MonkeyPatch, reply: Reply) -> None:
    with socket.socket() as taken:  # bound but not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", f"http://127.0.0.1:{taken.getsockname()[1]}")
        client = EndpointClient("down", timeout_s=2)
        for ask in (client.generate, client.stream):
            with pytest.raises(EndpointError, match="endpoint down cannot be reached"):
                ask("Why?", PASSAGES)


def events(*parts: bytes) -> list[dict[str, Any]]:
    return [{"PayloadPart": {"Bytes": part}} for part in parts]


def test_stream_lines_may_be_cut_anywhere(reply: Reply) -> None:
    client = reply()
    whole = json.dumps({"token": "fièvre "}, ensure_ascii=False).encode() + b'\n{"token": "x"}\n{"done": true}\n'
    for size in (1, 2, 7, len(whole)):
        parts = [whole[i : i + size] for i in range(0, len(whole), size)]
        assert list(client._pieces(events(*parts))) == ["fièvre ", "x"]


def test_a_container_that_cannot_stream_answers_at_once(reply: Reply) -> None:
    assert list(reply()._pieces(events(json.dumps(GOOD).encode()))) == ["a"]


@pytest.mark.parametrize(
    ("parts", "class_", "said"),
    [
        ([b'{"token": "x"}\n'], EndpointError, "broke off in the middle"),
        ([], EndpointError, "broke off in the middle"),
        ([b"nonsense\n"], EndpointError, "not medassist's format"),
        ([b"7\n"], EndpointError, "not medassist's format"),
        ([b"{}\n"], EndpointError, "not medassist's format"),
        ([b'{"error": "Too long."}\n'], InvalidRequestError, "^Too long.$"),
    ],
)
def test_a_stream_that_goes_wrong_says_so(parts: list[bytes], class_: Any, said: str, reply: Reply) -> None:
    with pytest.raises(class_, match=said):
        list(reply()._pieces(events(*parts)))
