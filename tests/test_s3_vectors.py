"""The index in S3 Vectors, in the emulated cloud: put there from a bundle, searched like it, asked over REST."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import container
import httpx
import numpy as np
import pytest
from botocore.exceptions import ClientError

from medassist import interactions, passages, retrieval, s3_vectors, storage, vector_upload
from medassist.cloud import Cloud
from medassist.config import S3_VECTORS, Settings
from medassist.errors import BundleError, ConfigurationError, StorageError
from medassist.index import hit_ranking
from medassist.production import removal, sign_in
from medassist.retrieval import Index
from medassist.s3_vectors import S3VectorsIndex
from medassist.schemas import Passage

BUCKET = "test-s3-vectors"
QUESTIONS = ("What are the symptoms of asthma?", "itchy rash between the fingers", "How is gout treated?")


@pytest.fixture(scope="module")
def uri(emulated_cloud: Cloud, sample_index_folder: Path) -> str:
    """Return where the description of the sample's index in S3 Vectors lies."""
    return vector_upload.publish(sample_index_folder, BUCKET)


@pytest.fixture(scope="module")
def folder(uri: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return storage.download_folder(uri, tmp_path_factory.mktemp("s3-vectors") / "index")


@pytest.fixture(scope="module")
def remote(folder: Path) -> S3VectorsIndex:
    return S3VectorsIndex.load(folder, threads=1)


@pytest.fixture(scope="module")
def local(sample_index_folder: Path) -> Index:
    return Index.load(sample_index_folder, threads=1)


@pytest.fixture
def small(encoder_folder: Path, tmp_path: Path) -> Path:
    """Return a bundle of six passages, to be put and changed."""
    pieces = [Passage(f"p#{n}", f"p{n}", f"Plant {n}", f"Plant {n} is green.", "TEST", "") for n in range(6)]
    retrieval.build(
        pieces, encoder_folder, tmp_path / "small", corpus="Small Plants", passage_words=180, progress=False
    )
    return tmp_path / "small"


# --- search -------------------------------------------------------------------------------------------------------


def test_dense_search_finds_what_the_bundle_finds(remote: S3VectorsIndex, local: Index) -> None:
    # WHEN the same is asked of both, many questions at once
    found = remote.search_batch(QUESTIONS, 20, method="dense")
    # THEN the hits are the same, with the whole passage and its similarity
    for hits, expected in zip(found, local.search_batch(QUESTIONS, 20, method="dense"), strict=True):
        assert [hit.passage for hit in hits] == [hit.passage for hit in expected]
        np.testing.assert_allclose([h.similarity for h in hits], [h.similarity for h in expected], atol=1e-4)
    assert (remote.version, len(remote)) == (local.version, len(local))
    assert remote.search(QUESTIONS[0], 20, method="dense") == found[0]


def test_lexical_search_is_the_services_bm25(remote: S3VectorsIndex, local: Index) -> None:
    for question in QUESTIONS:
        hits = remote.search(question, 20, method="lexical")
        expected = local.search(question, 20, method="lexical")
        assert [hit.passage.passage_id for hit in hits[:5]] == [hit.passage.passage_id for hit in expected[:5]]
        np.testing.assert_allclose([h.lexical for h in hits], [h.lexical for h in expected], rtol=1e-4)
        # AND the similarity, which the service does not name here, is the vectors' own
        (close,) = (hit for hit in remote.search(question, 300, method="dense") if hit.passage == hits[0].passage)
        assert hits[0].similarity == pytest.approx(close.similarity, abs=1e-4)


def test_hybrid_search_orders_by_nearness_words_names_and_aspects(remote: S3VectorsIndex) -> None:
    for question in QUESTIONS:
        # GIVEN what the service finds by either, WHEN one call asks for both
        near = {hit.passage.passage_id: hit for hit in remote.search(question, 300, method="dense")}
        words = {hit.passage.passage_id: hit.lexical for hit in remote.search(question, 300, method="lexical")}
        hits = remote.search(question, 10)
        # THEN each hit has its similarity and BM25 score, and the order is that of rank_hits
        for hit in hits:
            assert hit.similarity == pytest.approx(near[hit.passage.passage_id].similarity, abs=1e-4)
            assert hit.lexical in (0.0, pytest.approx(words.get(hit.passage.passage_id, 0.0), rel=1e-4))
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert remote.search("wheezing with asthma: signs", 1)[0].passage.title == "Asthma: symptoms"


def test_what_a_question_names_comes_before_what_is_a_little_nearer() -> None:
    # GIVEN passages of which the nearest is of another condition, and one is called by another name
    def passage(topic: str, aspect: str, *names: str) -> Passage:
        return Passage(f"{topic} {aspect}", topic, f"{topic}: {aspect}", "…", topic=topic, aspect=aspect, names=names)

    found = [
        passage("Migraine", "treatment"),
        passage("Hypertension", "symptoms", "High blood pressure"),
        passage("Hypertension", "treatment", "High blood pressure"),
        passage("Blood", "treatment"),
    ]
    question, cosines, lexical = "How is high blood pressure treated?", [0.66, 0.6, 0.6, 0.6], [0.0, 1.0, 2.0, 0.0]
    # WHEN they are ranked, THEN the named one is first, of its sides the one that is asked for
    assert hit_ranking.names_in(question, found) == [0, 3, 3, 1]
    ranked = hit_ranking.rank_hits(question, found, cosines, lexical)
    assert [place for place, _ in ranked] == [2, 1, 3, 0]
    expected = [0.6 + 0.1 + 0.2 + 0.1, 0.6 + 0.05 + 0.2, 0.6 + 0.2 / 3 + 0.1, 0.66 + 0.1]
    assert [score for _, score in ranked] == pytest.approx(expected)
    # AND where nothing is named, nearness and words alone decide
    assert [place for place, _ in hit_ranking.rank_hits("My head aches", found, cosines, [0.0] * 4)] == [0, 1, 2, 3]
    assert hit_ranking.rank_hits("x", [], [], []) == []


def test_long_and_empty_questions_and_more_results_than_a_page(remote: S3VectorsIndex) -> None:
    long = "I wake up at night with wheezing and cannot breathe. " * 60
    assert len(remote.search(long, 5)) == 5
    assert remote.search("   ", 5, method="lexical") == []
    assert len(remote.search("   ", 5)) == 5
    assert len(remote.search(QUESTIONS[0], 250, method="dense")) == 250
    assert remote.search_batch([]) == []
    for top_k, method, sentence in ((0, "dense", "from 1 to 10,000"), (5, "reranked", "hybrid, dense, lexical only")):
        with pytest.raises(ValueError, match=sentence):
            remote.search("x", top_k, method=method)


def test_passages_travel_whole_in_the_metadata() -> None:
    for passage in (
        Passage(
            "a#0", "a", "Title: with\nlines", "Text: “quoted”.", "NIH", "https://x", "Asthma", "causes", ("a", "b")
        ),
        Passage("b#0", "b", "", "No title."),
    ):
        metadata = s3_vectors.metadata_of(passage)
        assert s3_vectors.passage_of(metadata) == passage
        assert metadata["text"] == passages.indexed_text(passage)
    with pytest.raises(BundleError, match="hold no passage"):
        s3_vectors.passage_of({"text": "x"})


# --- what goes wrong ----------------------------------------------------------------------------------------------


def test_missing_indexes_and_strange_folders_are_named(remote: S3VectorsIndex, folder: Path, tmp_path: Path) -> None:
    gone = S3VectorsIndex(replace(remote.meta, index_name="gone"), remote.encoder, remote.vocabulary)
    with pytest.raises(BundleError, match=r"vector index gone does not exist .*medassist vectors put"):
        gone.search("x")
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "encoder" / "tokenizer.json").write_text("{}")
    with pytest.raises(BundleError, match=r"tokenizer\.json has another checksum"):
        S3VectorsIndex.load(copy)
    (copy / "encoder" / "tokenizer.json").unlink()
    with pytest.raises(BundleError, match=r"tokenizer\.json is missing"):
        S3VectorsIndex.load(copy)
    for text in ("{", "[]", '{"format_version": 1}', '{"format_version": 1, "index_name": "x"}'):
        (copy / "meta.json").write_text(text)
        with pytest.raises(BundleError, match="medassist vectors put"):
            S3VectorsIndex.load(copy)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("AccessDeniedException", "grant the s3vectors actions"),
        ("TooManyRequestsException", "try again in a moment"),
        ("ServiceQuotaExceededException", "higher quota"),
        ("KmsDisabledException", "encryption key"),
    ],
)
def test_refusals_are_one_sentence_with_the_next_step(code: str, sentence: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "no"}}, "QueryVectors")
    with pytest.raises(StorageError, match=rf"refused a call on sample \({code}: no\); .*{sentence}"), \
            s3_vectors.explained("sample"):  # fmt: skip
        raise error


def test_unreachable_is_said(remote: S3VectorsIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    cut_off = S3VectorsIndex(remote.meta, remote.encoder, remote.vocabulary)
    with pytest.raises(StorageError, match="S3 Vectors cannot be reached"):
        cut_off.search("x")
    assert vector_upload.index_names(BUCKET) is None  # as in a region without S3 Vectors


def test_connections_are_renewed_after_a_snapshot(remote: S3VectorsIndex) -> None:
    # GIVEN services that a snapshot holds, WHEN they are renewed, THEN the index asks by a new client and still answers
    services, before = container.Services.of(Settings(table_name="none"), remote), remote._client
    services.renew()
    assert services.assistant.index is remote
    assert remote._client is not before
    assert services.assistant.index.search(QUESTIONS[0], 1)[0].passage.title == "Asthma: symptoms"


def test_who_may_not_look_for_vectors_may_remove_the_rest(
    emulated_cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN an account in which S3 Vectors is forbidden, and a bucket without it
    def denied(bucket: str) -> list[str]:
        raise StorageError("S3 Vectors refused a call (AccessDeniedException)")

    storage.ensure_bucket("test-no-vectors")
    monkeypatch.setattr(vector_upload, "index_names", denied)
    # WHEN stock is taken, THEN the bucket is found and there are no vectors
    stock = removal.take_stock("test-no-vectors", "test-no-vectors", "no-table", "no-endpoint")
    assert (stock.bucket, stock.vector_bucket, stock.vector_indexes) == ("test-no-vectors", "", ())


def test_the_store_is_one_of_two() -> None:
    assert Settings.from_environment({"MEDASSIST_INDEX_STORE": "s3-vectors"}).index_store == S3_VECTORS
    with pytest.raises(ConfigurationError, match=r"must be 'bundle' or 's3-vectors'; set MEDASSIST_INDEX_STORE"):
        Settings(index_store="opensearch")


# --- upload -------------------------------------------------------------------------------------------------------


def test_an_interrupted_upload_goes_on_and_a_whole_one_is_left(
    emulated_cloud: Cloud, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN requests of two passages, the last of which fails once
    monkeypatch.setattr(vector_upload, "MAX_PUT", 2)
    real, put, broken = vector_upload._client, [], [True]

    def client() -> Any:
        made = real()
        send = made.put_vectors

        def put_vectors(**request: Any) -> Any:
            keys = [vector["key"] for vector in request["vectors"]]
            if broken[0] and keys == ["p#4", "p#5"]:
                raise ClientError({"Error": {"Code": "ServiceUnavailableException", "Message": "busy"}}, "PutVectors")
            put.append(keys)
            return send(**request)

        made.put_vectors = put_vectors
        return made

    monkeypatch.setattr(vector_upload, "_client", client)
    with pytest.raises(StorageError, match="try again in a moment"):
        vector_upload.publish(small, "test-resumed")
    # WHEN it is started again, THEN only the missing are put, and they are all there
    broken[0], seen = False, []
    before = list(put)
    uri = vector_upload.publish(small, "test-resumed", progress=lambda done, of: seen.append((done, of)))
    assert sorted(before) == [["p#0", "p#1"], ["p#2", "p#3"]]  # writers work side by side
    assert put[2:] == [["p#4", "p#5"]]
    assert (seen[0], seen[-1]) == ((4, 6), (6, 6))
    # AND a third run puts nothing, until the index is deleted behind its back
    vector_upload.publish(small, "test-resumed")
    assert len(put) == 3
    index_name = storage.read_json(f"{uri}/meta.json")["index_name"]
    boto3.client("s3vectors").delete_index(vectorBucketName="test-resumed", indexName=index_name)
    assert vector_upload.publish(small, "test-resumed") == uri
    assert len(put) == 6


def test_a_new_version_goes_beside_the_old_and_old_ones_are_pruned(
    emulated_cloud: Cloud, small: Path, encoder_folder: Path
) -> None:
    # GIVEN a version, and the same corpus with a changed passage
    first = vector_upload.publish(small, "test-versions")
    changed = [Passage("p#0", "p0", "Moss", "Moss has no roots.", "TEST", "")]
    retrieval.update(small, add=changed, remove=["p1", "p2"], progress=False)
    # WHEN it is put, THEN it has an index of its own, and the pointer names it
    second = vector_upload.publish(small, "test-versions")
    assert first != second
    assert storage.read_json("s3://test-versions/index/Small Plants/s3-vectors/latest.json")["uri"] == second
    found = vector_upload.versions("test-versions", "Small Plants")
    assert [(version.latest, version.complete) for version in found] == [(True, True), (False, True)]
    # AND the old one goes when asked to, never the one that is asked
    assert vector_upload.prune("test-versions", "Small Plants", keep=2) == []
    assert vector_upload.prune("test-versions", "Small Plants", keep=0) == [found[1].index_name]
    assert not storage.exists(f"{first}/manifest.json")
    assert [version.version for version in vector_upload.versions("test-versions", "Small Plants")] == [
        found[0].version
    ]


def test_too_large_passages_are_refused(emulated_cloud: Cloud, encoder_folder: Path, tmp_path: Path) -> None:
    pieces = [Passage("p#0", "p", "Long", "word " * 9_000)]
    retrieval.build(pieces, encoder_folder, tmp_path / "b", corpus="long", passage_words=9_000, progress=False)
    with pytest.raises(BundleError, match=r"takes 45,.* bytes, but S3 Vectors takes 40,960"):
        vector_upload.publish(tmp_path / "b", "test-too-large")


def test_requests_stay_below_the_services_payload(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_upload, "MAX_PAYLOAD", 3 * 24 * 384 + 1_000)
    store = vector_upload.PassageStore(small)
    assert list(vector_upload._batches(store, 384)) == [range(3), range(3, 6)]


def test_several_writers_keep_the_services_rate() -> None:
    # GIVEN four threads that may send 1,000 vectors a second together, WHEN they send 300, THEN the last waits 0.2 s
    pace, begin = vector_upload._Pace(1_000), time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(pace.wait, [100] * 3))
    assert time.monotonic() - begin >= 0.2


def test_names_are_ones_that_the_service_takes() -> None:
    for corpus in ("sample", "MedQuAD-master", "_", "x" * 100, "a.b c"):
        name = vector_upload.index_name(corpus, "0" * 16)
        assert 3 <= len(name) <= 63
        assert name == name.lower()
        assert name.replace("-", "").isalnum()


# --- the product --------------------------------------------------------------------------------------------------


@pytest.mark.integration
def test_a_question_over_rest_is_answered_with_sources(
    emulated_cloud: Cloud, sample_index_folder: Path, tmp_path: Path
) -> None:
    # GIVEN the sample's index in S3 Vectors
    vector_upload.publish(sample_index_folder, "test-vectors-api")
    interactions.create_table("test-vectors-api")
    settings = Settings(
        bucket="test-vectors-api",
        index_store=S3_VECTORS,
        table_name="test-vectors-api",
        endpoint_name="no-such-endpoint",
        cache_dir=str(tmp_path),
    )
    # WHEN the API with that setting is asked
    url = emulated_cloud.start_api(settings, stack_name="test-vectors-api")
    headers = sign_in.headers(sign_in.find_pool("test-vectors-api"))
    with httpx.Client(base_url=url, headers=headers, timeout=60) as api:
        health = api.get("/v1/health").json()
        answer = api.post("/v1/questions", json={"question": QUESTIONS[0]}).raise_for_status().json()
        # THEN it answers from the passages, with its sources, and holds no bundle
        assert health["passages"] == 300
        cited = {number for statement in answer["statements"] for number in statement["citations"]}
        assert not answer["abstained"]
        assert answer["passages"][min(cited) - 1]["title"] == "Asthma: symptoms"
        assert not list(tmp_path.rglob("vectors.faiss"))
        # AND an index that is gone is a problem of the service, not of the question
        boto3.client("s3vectors").delete_index(
            vectorBucketName="test-vectors-api", indexName=vector_upload.index_names("test-vectors-api")[0]
        )
        refused = api.post("/v1/questions", json={"question": QUESTIONS[0]})
        assert (refused.status_code, refused.json()["title"]) == (503, "Index unavailable")


@pytest.mark.integration
def test_destroy_removes_vector_indexes_and_bucket(emulated_cloud: Cloud, small: Path) -> None:
    # GIVEN an index that no stack knows of
    vector_upload.publish(small, "test-vectors-removal")
    names = ("test-vectors-removal", "test-vectors-removal", "no-table", "no-endpoint")
    stock = removal.take_stock(*names)
    assert len(stock.vector_indexes) == 1
    # WHEN everything is removed, THEN they are gone with the rest
    removal.remove(stock, removal.Progress(say=lambda line: None))
    assert vector_upload.index_names("test-vectors-removal") is None
    assert removal.take_stock(*names).nothing
