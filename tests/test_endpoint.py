"""Those who ask an endpoint: one that answers, one that is down, slow or talks nonsense, one that cannot stream."""

import contextlib
import http.server
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from medassist import storage, training_job
from medassist.cloud import Cloud
from medassist.endpoint import EndpointClient
from medassist.errors import EndpointError, InvalidRequestError
from medassist.generation import Generator
from medassist.model_packages import publish_package
from medassist.production import serving
from medassist.prompts import PassageText

PASSAGES = [PassageText("Soil", "Soil is brown earth."), PassageText("fern", "fern is a green plant.")]
OPTIONS = {"A": "a green plant", "B": "brown earth"}


def test_asking_an_endpoint_loads_no_heavy_module() -> None:
    code = (
        "import sys, medassist.endpoint as e; e.EndpointClient('x');"
        "print({'torch', 'transformers', 'sagemaker', 'pandas', 'datasets'} & set(sys.modules))"
    )
    environment = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "set()"


# ---- An endpoint in the emulated cloud --------------------------------------------------------------------------

BUCKET = "medassist-endpoint-module-tests"


@pytest.fixture(scope="module")
def served(emulated_cloud: Cloud, model_package: Path) -> Iterator[str]:
    """Return the name of an endpoint that serves the tiny model."""
    storage.ensure_bucket(BUCKET)
    uri = publish_package(model_package, f"s3://{BUCKET}/models/tiny", version="v1", description={})
    name = "tiny-t5"
    serving.create(name, serving.container(uri), role=training_job.default_role())
    yield name
    serving.delete(name)


@pytest.mark.integration
def test_the_endpoint_answers_as_the_model_in_memory(served: str, exported_t5: Path) -> None:
    client, generator = EndpointClient(served), Generator.load(exported_t5, engine="onnx")
    assert client.generate("What is fern?", PASSAGES, max_new_tokens=9) == generator.generate(
        "What is fern?", PASSAGES, 9
    )
    over_the_wire, here = client.generate("Which?", PASSAGES, OPTIONS), generator.choose("Which?", PASSAGES, OPTIONS)
    assert over_the_wire.choice == here.choice
    assert over_the_wire.probabilities == pytest.approx(here.probabilities, rel=1e-5)
    assert over_the_wire.text == OPTIONS[here.choice]
    judged = client.generate("Is fern green?", PASSAGES, task="judge")
    assert judged.choice == generator.judge("Is fern green?", PASSAGES).choice
    assert client.generate("What is fern?", PASSAGES, beams=2, max_new_tokens=9) == generator.generate(
        "What is fern?", PASSAGES, 9, beams=2
    )


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
def test_an_endpoint_that_is_not_there_is_named(emulated_cloud: Cloud) -> None:
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


@pytest.mark.parametrize(
    "answer", [GOOD, {**GOOD, "choice": "yes"}, {**GOOD, "probabilities": {"yes": 1.0, "no": 0.0}}]
)
def test_a_judgement_among_other_words_is_an_endpoint_error(answer: Any, reply: Reply) -> None:
    with pytest.raises(EndpointError, match="not medassist's format"):
        reply(body=json.dumps(answer).encode()).generate("Is it?", PASSAGES, task="judge")


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
        (model_error(429, '{"error": "64 requests are waiting"}'), EndpointError, r"more requests than it .* \(429\)"),
        (model_error(503, '{"error": "being stopped"}'), EndpointError, r"bad has more requests than it .* \(503\)"),
        (
            {"status": 503, "body": b"{}", "headers_to_send": {"x-amzn-ErrorType": "ServiceUnavailable"}},
            EndpointError,
            r"bad cannot answer now \(ServiceUnavailable\)",
        ),
        (
            {"status": 429, "body": b"{}", "headers_to_send": {"x-amzn-ErrorType": "ThrottlingException"}},
            EndpointError,
            r"bad has more requests than it takes at once \(ThrottlingException\)",
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


def test_a_stream_that_is_left_is_closed(reply: Reply) -> None:
    # GIVEN a stream of which one piece has been read
    class Stream(list[dict[str, Any]]):
        closed = False

        def close(self) -> None:
            self.closed = True

    stream = Stream(events(b'{"token": "x"}\n', b'{"token": "y"}\n', b'{"done": true}\n'))
    pieces = reply()._pieces(stream)
    assert (next(pieces), stream.closed) == ("x", False)
    # WHEN the caller stops reading THEN the connection is closed
    pieces.close()
    assert stream.closed


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
