"""S3 Vectors of the emulated cloud by plain boto3: exact search against brute force, filters, pages, limits, memory."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from medassist import cloud
from medassist.cloud import Cloud

BUCKET = "emulated-vectors"
WORDS = ("asthma", "gout", "rash", "fever", "cough", "insulin", "wheezing", "sleep")
Client = Any


@pytest.fixture(scope="module")
def client(emulated_cloud: Cloud) -> Client:
    made = boto3.client("s3vectors", config=Config(retries={"total_max_attempts": 1}))
    made.create_vector_bucket(vectorBucketName=BUCKET)
    return made


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return np.random.default_rng(7).normal(size=(240, 16)).astype(np.float32)


def text_of(number: int) -> str:
    return " ".join(WORDS[(number * step) % len(WORDS)] for step in range(1, 4))


def records(vectors: np.ndarray) -> list[dict[str, Any]]:
    return [
        {
            "key": f"v{number:03}",
            "data": {"float32": vector.tolist()},
            "metadata": {
                "group": number % 5,
                "even": number % 2 == 0,
                "tags": [f"t{number % 3}"],
                "text": text_of(number),
            },
        }
        for number, vector in enumerate(vectors)
    ]


@pytest.fixture(scope="module", params=["cosine", "euclidean"])
def filled(request: pytest.FixtureRequest, client: Client, vectors: np.ndarray) -> Iterator[dict[str, str]]:
    """Yield the address of an index that holds the vectors, with text to be searched."""
    place = {"vectorBucketName": BUCKET, "indexName": f"filled-{request.param}"}
    client.create_index(
        **place,
        dataType="float32",
        dimension=16,
        distanceMetric=request.param,
        metadataConfiguration={
            "nonFilterableMetadataKeys": ["text"],
            "textSearchConfigurations": [{"metadataKey": "text", "language": "en"}],
        },
    )
    client.put_vectors(**place, vectors=records(vectors))
    yield place
    client.delete_index(**place)


def query(client: Client, place: dict[str, str], **wishes: Any) -> list[dict[str, Any]]:
    return list(client.get_paginator("query_vectors").paginate(**place, **wishes).search("vectors[]"))


def brute_force(metric: str, vectors: np.ndarray, asked: np.ndarray) -> np.ndarray:
    if metric == "euclidean":
        return np.sqrt(((vectors.astype(np.float64) - asked) ** 2).sum(axis=1))
    return 1 - vectors @ asked / np.linalg.norm(vectors, axis=1) / np.linalg.norm(asked)


def refused(client: Client, call: str, **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        getattr(client, call)(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


# --- queries ------------------------------------------------------------------------------------------------------


def test_a_query_finds_what_brute_force_finds(client: Client, filled: dict[str, str], vectors: np.ndarray) -> None:
    # GIVEN queries, WHEN the nearest are asked for, more of them than a page holds
    for asked in np.random.default_rng(8).normal(size=(5, 16)).astype(np.float32):
        wishes = {"topK": 150, "queryVector": {"float32": asked.tolist()}, "returnDistance": True}
        found = query(client, filled, **wishes)
        # THEN they are the nearest, in order, at their distances
        distances = brute_force(filled["indexName"].removeprefix("filled-"), vectors, asked)
        order = np.argsort(distances)[:150]
        assert [hit["key"] for hit in found] == [f"v{row:03}" for row in order]
        np.testing.assert_allclose([hit["distance"] for hit in found], distances[order], atol=1e-5)
    assert client.query_vectors(**filled, **wishes)["distanceMetric"] in filled["indexName"]
    assert "metadata" not in found[0]


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"group": 3}, lambda n: n % 5 == 3),
        ({"group": {"$ne": 3}}, lambda n: n % 5 != 3),
        ({"group": {"$gt": 1, "$lte": 3}}, lambda n: 1 < n % 5 <= 3),
        ({"group": {"$gte": 4}}, lambda n: n % 5 >= 4),
        ({"group": {"$lt": 1}}, lambda n: n % 5 < 1),
        ({"even": True}, lambda n: n % 2 == 0),
        ({"tags": {"$eq": "t1"}}, lambda n: n % 3 == 1),
        ({"tags": {"$in": ["t0", "t2"]}}, lambda n: n % 3 != 1),
        ({"tags": {"$nin": ["t0"]}}, lambda n: n % 3 != 0),
        ({"tags": {"$startsWith": "t"}}, lambda n: True),
        ({"missing": {"$exists": False}}, lambda n: True),
        ({"group": {"$exists": False}}, lambda n: False),
        ({"$and": [{"group": 2}, {"even": False}]}, lambda n: n % 5 == 2 and n % 2),
        ({"$or": [{"group": 2}, {"tags": "t1"}]}, lambda n: n % 5 == 2 or n % 3 == 1),
    ],
)
def test_filters_choose_before_the_nearest_are_taken(
    client: Client, filled: dict[str, str], vectors: np.ndarray, filter_: dict[str, Any], expected: Any
) -> None:
    found = query(client, filled, topK=240, queryVector={"float32": vectors[0].tolist()}, filter=filter_)
    assert {hit["key"] for hit in found} == {f"v{number:03}" for number in range(240) if expected(number)}


def test_text_is_searched_by_bm25(client: Client, filled: dict[str, str]) -> None:
    # WHEN a word is asked for in another form, and in a metadata key that no filter may name
    texts = [{"metadataKey": "text", "text": "Fevers"}]
    found = query(client, filled, topK=240, queryTexts=texts, returnScores=True)
    # THEN all that have it are found, best first, and no others
    assert {hit["key"] for hit in found} == {f"v{n:03}" for n in range(240) if "fever" in text_of(n)}
    scores = [hit["scores"]["bm25Scores"][0]["score"] for hit in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0
    assert client.query_vectors(**filled, topK=3, queryTexts=[{"metadataKey": "text", "text": "zyx"}])["vectors"] == []


def test_both_are_fused_by_reciprocal_rank(client: Client, filled: dict[str, str], vectors: np.ndarray) -> None:
    # GIVEN the two rankings by themselves
    near = {"queryVector": {"float32": vectors[1].tolist()}}
    words = {"queryTexts": [{"metadataKey": "text", "text": "gout insulin"}]}
    rankings = [[hit["key"] for hit in query(client, filled, topK=50, **part)] for part in (near, words)]
    # WHEN both are asked for at once
    found = query(client, filled, topK=50, **near, **words, returnScores=True)
    # THEN each result has the sum of 1 / (60 + rank), in which order they come, and the scores that it has
    expected = {
        key: sum(1 / (61 + ranking.index(key)) for ranking in rankings if key in ranking)
        for ranking in rankings
        for key in ranking
    }
    for hit in found:
        assert hit["scores"]["fused"] == pytest.approx(expected[hit["key"]])
        assert ("vectorDistance" in hit["scores"]) == (hit["key"] in rankings[0])
        assert ("bm25Scores" in hit["scores"]) == (hit["key"] in rankings[1])
    assert [hit["scores"]["fused"] for hit in found] == sorted((expected[hit["key"]] for hit in found), reverse=True)
    assert min(expected[hit["key"]] for hit in found) >= sorted(expected.values(), reverse=True)[49] - 1e-9


# --- vectors ------------------------------------------------------------------------------------------------------


def test_vectors_are_got_listed_replaced_and_deleted(
    client: Client, filled: dict[str, str], vectors: np.ndarray
) -> None:
    # GIVEN a vector put again under the same key, and another deleted
    index = {**filled, "indexName": "changing"}
    client.create_index(**index, dataType="float32", dimension=16, distanceMetric="cosine")
    client.put_vectors(**index, vectors=records(vectors)[:30])
    client.put_vectors(**index, vectors=[{"key": "v001", "data": {"float32": vectors[9].tolist()}}])
    client.delete_vectors(**index, keys=["v002", "nobody"])
    # THEN they are read as they are now, in whole and in segments
    (got,) = client.get_vectors(**index, keys=["v001", "v002"], returnData=True, returnMetadata=True)["vectors"]
    assert np.array(got["data"]["float32"], np.float32).tolist() == vectors[9].tolist()
    assert got["metadata"] == {}
    pages = list(client.get_paginator("list_vectors").paginate(**index, maxResults=10))
    assert [len(page["vectors"]) for page in pages] == [10, 10, 9]
    parts = [client.list_vectors(**index, segmentCount=3, segmentIndex=n)["vectors"] for n in range(3)]
    assert sorted(hit["key"] for part in parts for hit in part) == [f"v{n:03}" for n in range(30) if n != 2]
    assert query(client, index, topK=1, queryVector={"float32": vectors[9].tolist()})[0]["key"] == "v001"
    client.delete_index(**index)
    assert refused(client, "get_index", **index)[:2] == ("NotFoundException", 404)


def test_faulty_calls_are_refused_as_the_service_does(client: Client, filled: dict[str, str]) -> None:
    def put(data: list[float], metadata: Any = None) -> tuple[str, int, str]:
        return refused(client, "put_vectors", **filled, vectors=[
            {"key": "x", "data": {"float32": data}, "metadata": metadata or {}}])  # fmt: skip

    near, invalid = {"topK": 3, "queryVector": {"float32": [1.0] * 16}}, ("ValidationException", 400)
    assert put([1.0])[2] == "Invalid record for key 'x': vector must have length 16, but has length 1"
    assert put([1.0] * 16, {"about": "x" * 2_100})[2].endswith("Filterable metadata must have at most 2048 bytes")
    assert put([1.0] * 16, {"text": "x" * 41_000})[:2] == invalid
    assert put([1.0] * 16, {"nested": {"a": 1}})[:2] == invalid
    assert refused(client, "query_vectors", **filled, topK=3, queryVector={"float32": [1.0]})[:2] == invalid
    assert refused(client, "query_vectors", **filled, **{**near, "topK": 10_001})[:2] == invalid
    assert refused(client, "query_vectors", **filled, topK=3)[:2] == invalid
    words = [{"metadataKey": "group", "text": "fever"}]
    assert refused(client, "query_vectors", **filled, topK=3, queryTexts=words)[:2] == invalid
    for filter_ in ({"text": "x"}, {"group": {"$like": 1}}, {"group": {"$gt": "a"}}, {"$and": []}, {}):
        assert refused(client, "query_vectors", **filled, **near, filter=filter_)[:2] == invalid
    long = [{"metadataKey": "text", "text": "x" * 1_025}]
    assert "between 1 and 1024" in refused(client, "query_vectors", **filled, topK=3, queryTexts=long)[2]
    assert refused(client, "get_vectors", **filled, keys=["k"] * 101)[:2] == invalid
    nowhere = {**filled, "indexName": "nowhere"}
    assert refused(client, "query_vectors", **nowhere, **near)[:2] == ("NotFoundException", 404)
    assert refused(client, "create_vector_bucket", vectorBucketName=BUCKET)[:2] == ("ConflictException", 409)
    made = {"dataType": "float32", "dimension": 16, "distanceMetric": "cosine"}
    assert refused(client, "create_index", **filled, **made)[:2] == ("ConflictException", 409)
    assert refused(client, "create_index", vectorBucketName=BUCKET, indexName="Bad_Name", **made)[:2] == invalid
    assert refused(client, "create_index", **nowhere, **{**made, "dimension": 4_097})[:2] == invalid
    assert refused(client, "delete_vector_bucket", vectorBucketName=BUCKET)[:2] == ("ConflictException", 409)
    assert refused(client, "list_tags_for_resource", resourceArn="arn")[1] == 501


def test_indexes_are_described_and_listed(client: Client, filled: dict[str, str]) -> None:
    index = client.get_index(**filled)["index"]
    assert index["indexArn"].endswith(f":bucket/{BUCKET}/index/{filled['indexName']}")
    assert (index["dimension"], index["indexMode"]) == (16, "ENHANCED")
    assert index["metadataConfiguration"]["nonFilterableMetadataKeys"] == ["text"]
    assert client.get_index(indexArn=index["indexArn"])["index"] == index
    names = [entry["indexName"] for entry in client.list_indexes(vectorBucketName=BUCKET, prefix="filled")["indexes"]]
    assert filled["indexName"] in names
    assert BUCKET in [b["vectorBucketName"] for b in client.list_vector_buckets(prefix="emulated")["vectorBuckets"]]


@pytest.mark.integration
def test_vectors_survive_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vectors: np.ndarray) -> None:
    # GIVEN vectors in a cloud that is killed
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    place = {"vectorBucketName": "kept", "indexName": "kept"}
    with cloud.connect(state_dir=tmp_path):
        client = boto3.client("s3vectors")
        client.create_vector_bucket(vectorBucketName="kept")
        client.create_index(**place, dataType="float32", dimension=16, distanceMetric="cosine")
        client.put_vectors(**place, vectors=records(vectors)[:20])
        os.kill(json.loads((tmp_path / "cloud.json").read_text())["pid"], signal.SIGKILL)
    # WHEN the next one starts, THEN it finds them
    with cloud.connect(state_dir=tmp_path):
        asked = {"topK": 1, "queryVector": {"float32": vectors[5].tolist()}, "returnMetadata": True}
        (hit,) = boto3.client("s3vectors").query_vectors(**place, **asked)["vectors"]
        assert (hit["key"], hit["metadata"]["tags"]) == ("v005", ["t2"])
