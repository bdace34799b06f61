"""Fixtures that several test modules share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from medassist import cloud


@pytest.fixture(scope="session")
def emulated_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cloud.Cloud]:
    """Run an emulated cloud with empty state for the whole session; boto3 is pointed at it from then on.

    It is shared: use bucket, table and endpoint names of your own.
    """
    inherited = os.environ.pop("AWS_ENDPOINT_URL", None)  # never the cloud that a person is working with
    with cloud.connect("local", state_dir=tmp_path_factory.mktemp("cloud")) as running:
        yield running
    if inherited is not None:
        os.environ["AWS_ENDPOINT_URL"] = inherited


@pytest.fixture(scope="session")
def encoder_folder(request: pytest.FixtureRequest) -> Path:
    """Return the exported default encoder; kept between test runs, as the export takes some ten seconds."""
    from medassist import encoder

    return encoder.export(encoder.DEFAULT_MODEL, Path(request.config.cache.mkdir("encoder")) / encoder.DEFAULT_MODEL)


@pytest.fixture(scope="session")
def sample_index_folder(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the index bundle of our own sample."""
    from medassist import datasets, passages, retrieval

    folder = tmp_path_factory.mktemp("sample") / "index"
    pieces = passages.split_documents(datasets.load_corpus("data/sample").documents)
    retrieval.build(pieces, encoder_folder, folder, corpus="sample", passage_words=180, progress=False)
    return folder
