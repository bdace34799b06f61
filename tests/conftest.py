"""Fixtures that several test modules share."""

import os
from collections.abc import Iterator

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
