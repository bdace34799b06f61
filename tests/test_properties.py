"""Properties of what reads foreign input: requests, answers of the model, stored items, files, and whole questions.

Inputs are made by hypothesis. In short: what is written is read again, and nothing but the errors that we raise on
purpose comes out, whatever goes in. ``--soak`` tries many more inputs.
"""

import base64
import contextlib
import json
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import fault_proxy
import pytest
import user_pools
from authoriser import Authoriser, RefusedError
from fault_proxy import FaultProxy
from hypothesis import given
from hypothesis import strategies as st

from medassist import assistant, aws, cursors, datasets, endpoint, items, storage
from medassist.assistant import Assistant
from medassist.cloud import Cloud
from medassist.config import ALWAYS, Settings
from medassist.cursors import CursorSigner
from medassist.errors import ConfigurationError, DatasetError, EndpointError, InvalidRequestError, StorageError
from medassist.production import sign_in
from medassist.retrieval import Index
from medassist.schemas import Generation, Passage

# What JSON can carry; DynamoDB's numbers have 38 digits, and our answers' are far from that.
NUMBERS = st.integers(-(10**15), 10**15) | st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 6))
PLAIN = st.none() | st.booleans() | NUMBERS | st.text()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4))
# Numbers that Python's parser takes although they are none that we can use.
ODD = st.sampled_from([float("inf"), float("-inf"), float("nan"), 10**400])
# JSON that Python's parser gives up on without calling it wrong.
TOO_MUCH = pytest.mark.parametrize(
    "text", ["9" * 5_000, "[" * 100_000, '{"text": 1e999}'], ids=["digits", "depth", "inf"]
)
FOREIGN = st.recursive(
    PLAIN | ODD, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)
WORDS = (
    "asthma",
    "fever",
    "TSH",
    "5 mg",
    "not",
    "wheezing",
    "?",
    "!",
    "\n",
    "\u00e9",
    "\u202e",
    "\U0001f600",
    "'",
    '"',
)
MESSAGES = st.text(max_size=300) | st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)


# --- what is stored -----------------------------------------------------------------------------------------------


@given(st.dictionaries(st.text(min_size=1), VALUES, max_size=6))
def test_an_item_is_read_as_it_was_written(body: dict[str, Any]) -> None:
    assert items.from_item(items.to_item(body)) == body


@given(
    st.builds(
        Settings,
        bucket=st.text(),
        top_k=st.integers(),
        min_support=st.floats(allow_nan=False),
        emergency_phone=st.text(),
    )
)
def test_settings_travel_through_an_environment(settings: Settings) -> None:
    assert Settings.from_environment(settings.to_environment()) == settings


@given(st.dictionaries(st.sampled_from(sorted(Settings().to_environment())), st.text(), max_size=4))
def test_an_environment_is_read_or_refused(environment: dict[str, str]) -> None:
    try:
        assert isinstance(Settings.from_environment(environment), Settings)
    except ConfigurationError:
        assert environment


@given(st.text())
def test_an_address_is_read_or_refused(uri: str) -> None:
    try:
        bucket, key = storage.parse_uri(uri)
        assert uri.startswith(f"s3://{bucket}")
        assert key in uri
    except StorageError:
        assert not uri.startswith("s3://") or not uri.removeprefix("s3://").partition("/")[0]


# --- cursors and tokens -------------------------------------------------------------------------------------------

CALLERS = st.text(min_size=1, max_size=40)
PLACES = st.text(min_size=1, max_size=60)


@pytest.fixture(scope="module")
def signer(emulated_cloud: Cloud) -> CursorSigner:
    cursors.create_key("test-properties-cursors")
    return CursorSigner("test-properties-cursors")


@given(caller=CALLERS, other=CALLERS, place=PLACES)
def test_a_cursor_leads_its_caller_back_and_nobody_else(
    signer: CursorSigner, caller: str, other: str, place: str
) -> None:
    cursor = signer.write(caller, place)
    assert signer.read(caller, cursor) == place
    assert re.fullmatch(r"[\w-]+", cursor, re.ASCII)
    if other != caller:
        with pytest.raises(InvalidRequestError, match="none of yours"):
            signer.read(other, cursor)


@given(caller=CALLERS, place=PLACES, data=st.data())
def test_a_changed_cursor_leads_nowhere(signer: CursorSigner, caller: str, place: str, data: st.DataObject) -> None:
    cursor = signer.write(caller, place)
    start = data.draw(st.integers(0, len(cursor)))
    end = data.draw(st.integers(start, len(cursor)))
    changed = cursor[:start] + data.draw(st.text(max_size=4)) + cursor[end:]
    if changed != cursor:
        with pytest.raises(InvalidRequestError, match="none of yours"):
            signer.read(caller, changed)


@given(caller=CALLERS, cursor=st.text() | st.binary().map(lambda value: base64.urlsafe_b64encode(value).decode()))
def test_nobody_can_make_a_cursor(signer: CursorSigner, caller: str, cursor: str) -> None:
    with pytest.raises(InvalidRequestError, match="none of yours"):
        signer.read(caller, cursor)


@pytest.fixture(scope="module")
def authoriser(emulated_cloud: Cloud) -> Authoriser:
    cognito = aws.client("cognito-idp")
    pool = user_pools.ensure_pool(cognito, "test-properties")
    return Authoriser(pool, "eu-west-1", f"{cognito.meta.endpoint_url}/{pool}/.well-known/jwks.json")


@pytest.fixture(scope="module")
def token(authoriser: Authoriser) -> str:
    token = sign_in.passing_token(sign_in.find_pool("test-properties"))
    assert authoriser.claims_of(token)["token_use"] == "id"
    return token


@given(header=st.text() | st.lists(st.text(string.ascii_letters + string.digits + "-_=", max_size=30)).map(".".join))
def test_nobody_can_make_a_token(authoriser: Authoriser, header: str) -> None:
    with pytest.raises(RefusedError):
        authoriser.claims_of(header)


@given(data=st.data())
def test_a_changed_token_is_nobodys(authoriser: Authoriser, token: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, token.rindex(".") - 1))  # of what is signed: all but the signature
    other = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_."))
    changed = token[:place] + other + token[place + 1 :]
    if changed != token:
        with pytest.raises(RefusedError):
            authoriser.claims_of(changed)


# --- what the model says ------------------------------------------------------------------------------------------


class Endpoint:
    """A client of an endpoint that answers, over HTTP, what it is told to."""

    def __init__(self) -> None:
        self.proxy = FaultProxy("http://127.0.0.1:9")  # nothing is behind it: no call is passed on
        place = {"AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": self.proxy.url, "AWS_DEFAULT_REGION": "eu-west-1"}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**place, "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}.items():
                patch.setenv(name, value)
            self.client = endpoint.EndpointClient("any", timeout_s=5.0)

    def ask(self, body: bytes, options: Mapping[str, str] | None = None) -> Generation:
        """Ask while these bytes are the answer."""
        with self.proxy.injecting(fault_proxy.says(200, body)):
            return self.client.generate("What?", [], options)


@pytest.fixture(scope="module")
def model() -> Iterator[Endpoint]:
    model = Endpoint()
    yield model
    model.proxy.close()


@given(body=st.binary() | FOREIGN.map(lambda value: json.dumps(value).encode()))
def test_whatever_an_endpoint_answers_is_an_answer_or_an_error_of_ours(model: Endpoint, body: bytes) -> None:
    with contextlib.suppress(EndpointError):
        assert isinstance(model.ask(body).text, str)


@TOO_MUCH
def test_an_endpoint_that_answers_without_end_is_an_error_of_ours(model: Endpoint, text: str) -> None:
    with pytest.raises(EndpointError, match="not medassist's format"):
        model.ask(text.encode())


@given(
    record=st.fixed_dictionaries(
        {"text": st.text() | FOREIGN, "model": st.text() | FOREIGN},
        optional={
            "choice": st.sampled_from("AB") | FOREIGN,
            "probabilities": st.dictionaries(st.sampled_from("AB"), FOREIGN) | FOREIGN,
            "input_tokens": FOREIGN,
            "output_tokens": FOREIGN,
            "use_baseline": FOREIGN,
        },
    )
)
def test_an_answer_of_almost_the_right_form_is_no_other(model: Endpoint, record: dict[str, Any]) -> None:
    for options in (None, {"A": "yes", "B": "no"}):
        try:
            generation = model.ask(json.dumps(record).encode(), options)
        except EndpointError:
            continue
        assert (generation.text, generation.model) == (record["text"], record["model"])
        assert options is None or (generation.choice in options and set(generation.probabilities) == set(options))


@given(st.lists(st.text(min_size=1).map(json.dumps), max_size=8), st.data())
def test_a_stream_is_read_wherever_its_parts_end(lines: list[str], data: st.DataObject) -> None:
    whole = "\n".join(lines).encode()
    ends = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    parts = [whole[start:end] for start, end in zip([0, *ends], [*ends, len(whole)], strict=True)]
    events = [{"PayloadPart": {"Bytes": part}} for part in parts]
    assert [line.decode() for line in endpoint._lines(events)] == lines


# --- files --------------------------------------------------------------------------------------------------------

LINES = st.lists(
    st.fixed_dictionaries(
        {}, optional={name: FOREIGN for name in ("document_id", "title", "text", "source", "url")}
    ).map(json.dumps)
    | st.text(max_size=40),
    max_size=6,
)


@given(content=LINES.map(lambda lines: "\n".join(lines).encode(errors="replace")) | st.binary(max_size=200))
def test_a_file_of_documents_is_read_with_all_records_counted_or_refused(folder: Path, content: bytes) -> None:
    path = folder / "documents.jsonl"
    path.write_bytes(content)
    try:
        corpus = datasets.load_corpus(path, skip_invalid=True)
    except DatasetError:
        return
    assert corpus.documents
    assert len({document.document_id for document in corpus.documents}) == len(corpus.documents)


@TOO_MUCH
def test_a_record_without_end_is_named_by_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "documents.jsonl").write_text(text)
    with pytest.raises(DatasetError, match="line 1"):
        datasets.load_corpus(tmp_path / "documents.jsonl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


# --- whole questions ----------------------------------------------------------------------------------------------


class Saying:
    """A model that says what it is told to."""

    def __init__(self) -> None:
        self.text = ""

    def generate(self, question: str, passages: Sequence[Passage], options: object = None) -> Generation:
        return Generation(self.text, model="any")


@pytest.fixture(scope="module")
def index(sample_index_folder: Path) -> Index:
    return Index.load(sample_index_folder, threads=1)


@pytest.fixture(scope="module")
def talking(index: Index) -> Assistant:
    """Return an assistant that shows its model's words where the passages support them."""
    return Assistant(index, Saying(), replace(Settings(), model_words=ALWAYS))


@given(message=MESSAGES, said=MESSAGES, top_k=st.integers(-1, 22))
def test_whatever_is_asked_and_whatever_the_model_says_every_statement_cites_a_passage(
    talking: Assistant, message: str, said: str, top_k: int
) -> None:
    talking.model.text = said
    try:
        answer = talking.answer(message, top_k)
    except InvalidRequestError:
        assert not message.strip() or not 1 <= top_k <= assistant.MAX_TOP_K
        return
    assert 1 <= top_k <= assistant.MAX_TOP_K
    assert answer.disclaimer
    assert answer.abstained == (not answer.statements)
    for statement in answer.statements:
        assert statement.citations
        assert all(1 <= number <= len(answer.passages) for number in statement.citations)
        assert 0 <= statement.support <= 1


@given(
    options=st.dictionaries(
        st.text(max_size=25) | st.sampled_from("ABCD"), st.text(max_size=20) | st.sampled_from(WORDS), max_size=12
    )
)
def test_options_are_answered_with_one_of_them_or_refused(talking: Assistant, options: dict[str, str]) -> None:
    talking.model.text = "any"
    try:
        answer = talking.answer("What is asthma?", None, options)
    except InvalidRequestError:
        return
    assert answer.choice in {"", *options}
