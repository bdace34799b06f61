"""What SageMaker jobs have in common: the code that travels, the container, the log, what goes wrong meanwhile."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medassist import aws
from medassist.errors import MedAssistError

LINE_START = "medassist: "  # of the lines that a job prints for those who wait for it


def stage_package(folder: Path) -> Path:
    """Copy this package into a job's code folder; return the folder."""
    package = Path(__file__).resolve().parent
    shutil.copytree(package, folder / "medassist", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def training_image(region: str) -> str:
    """Return the address of AWS's Hugging Face training container, in which the jobs run."""
    from sagemaker.core import image_uris

    # The only training container with transformers 5 is the GPU one; it runs on CPU instances too.
    uri: str = image_uris.retrieve(
        framework="huggingface",
        region=region,
        version="5.3.0",
        base_framework_version="pytorch2.9.0",
        py_version="py312",
        instance_type="ml.g5.xlarge",
        image_scope="training",
    )
    return uri


@contextmanager
def following(job_name: str, error_class: type[MedAssistError]) -> Iterator[None]:
    """Turn what boto3 raises while a job is followed into one sentence: the job itself goes on."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise error_class(
            f"The job {job_name} cannot be followed ({error}), but it goes on; run the same again to find it, or its "
            "outcome."
        ) from error


class JobLog:
    """The lines of one job in a log group, from all its instances, each line once."""

    def __init__(self, group: str, job_name: str) -> None:
        self._group, self._job_name = group, job_name
        self._logs = aws.client("logs")
        self._tokens: dict[str, str] = {}

    def new_lines(self) -> Iterator[str]:
        """Yield the lines that were written since the last call."""
        for stream in self._streams():
            while True:
                arguments = {"nextToken": self._tokens[stream]} if stream in self._tokens else {}
                page = self._logs.get_log_events(
                    logGroupName=self._group, logStreamName=stream, startFromHead=True, **arguments
                )
                yield from (event["message"] for event in page["events"])
                if page["nextForwardToken"] == self._tokens.get(stream) or not page["events"]:
                    break
                self._tokens[stream] = page["nextForwardToken"]

    def new_messages(self) -> Iterator[str]:
        """Yield those of the new lines that are meant for people, without what marks them."""
        for line in self.new_lines():
            if line.startswith(LINE_START):
                yield line.removeprefix(LINE_START)

    def _streams(self) -> list[str]:
        from botocore.exceptions import ClientError

        try:
            pages = self._logs.get_paginator("describe_log_streams").paginate(
                logGroupName=self._group, logStreamNamePrefix=f"{self._job_name}/"
            )
            return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":  # nothing is written yet
                return []
            raise
