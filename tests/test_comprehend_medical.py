"""Redaction by Amazon Comprehend Medical, over HTTP against the emulated cloud's, and what happens without it."""

import socket

import boto3
import pytest
from botocore.exceptions import ClientError

from medassist.answering.comprehend_medical import ComprehendMedicalRedactor
from medassist.answering.redaction import Redaction, RuleRedactor
from medassist.answering.redactors import make_redactor
from medassist.cloud import Cloud
from medassist.config import Settings
from medassist.errors import ConfigurationError

# Names that stand on no list, in a sentence that announces none: the rules don't know them.
TEXT = "Yesterday we heard from Zorblax Quendrith that aspirin helps. He is a nurse, 45 years old, since 12.5.2020."
REDACTED = "Yesterday we heard from [name] that aspirin helps. He is a nurse, 45 years old, since 12.5.2020."

pytestmark = pytest.mark.integration


@pytest.fixture
def redactor(emulated_cloud: Cloud) -> ComprehendMedicalRedactor:
    return ComprehendMedicalRedactor()


def test_it_finds_what_the_rules_have_left_and_no_more(redactor: ComprehendMedicalRedactor) -> None:
    assert RuleRedactor().redact(TEXT).text == TEXT
    assert redactor.redact(TEXT) == Redaction(REDACTED, ("name",))


def test_diseases_that_it_takes_for_persons_stay(redactor: ComprehendMedicalRedactor) -> None:
    text = "How do doctors treat Stevens Johnson or Takotsubo Cardiomyopathy, and Guillain Barre syndrome?"
    assert redactor.redact(text).text == text


def test_a_question_and_its_options_are_told_apart_again(redactor: ComprehendMedicalRedactor) -> None:
    # GIVEN characters outside the plane that two bytes reach, before what is found
    texts = ["\U0001f600 is it true, says Zorblax Quendrith?", "yes, says Maria Lopez", "ask at 12 Elm Street now"]
    found = redactor.redact_all(texts)
    assert [each.text for each in found] == [
        "\U0001f600 is it true, says [name]?",
        "yes, says [name]",
        "ask at [address] now",
    ]
    assert [each.kinds for each in found] == [("name",), ("name",), ("address",)]


def test_without_it_the_rules_result_stands(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    # GIVEN an address at which nobody answers
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-west-1")
    redactor = ComprehendMedicalRedactor(timeout_s=0.5)
    # WHEN it is asked more often than it may fail THEN the rules answer, and the log names the fault and no word of it
    for _ in range(5):
        assert redactor.redact("I'm Maria Lopez, is Zorblax Quendrith right?").text.startswith("I'm [name]")
    assert "EndpointConnectionError" in caplog.text
    assert "left alone" in caplog.text
    assert "Quendrith" not in caplog.text


def test_the_emulated_service_refuses_as_the_real_one_does(emulated_cloud: Cloud) -> None:
    client = boto3.client("comprehendmedical")
    for text, code in ((" " * 20_001, "InvalidRequest"), ("\u20ac" * 10_000, "TextSizeLimitExceeded")):
        with pytest.raises(ClientError) as caught:
            client.detect_phi(Text=text)
        assert caught.value.response["Error"]["Code"] == f"{code}Exception"
    with pytest.raises(ClientError, match="not emulated"):
        client.detect_entities_v2(Text="x")


def test_the_settings_choose() -> None:
    assert isinstance(make_redactor(Settings()), RuleRedactor)
    with pytest.raises(ConfigurationError, match=r"'presidio'.*'rules' or 'comprehend-medical'.*MEDASSIST_REDACTION"):
        Settings(redaction="presidio")
