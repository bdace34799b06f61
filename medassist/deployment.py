"""Bringing up what answers questions from what a run has left on S3: endpoint, table, API."""

from collections.abc import Callable
from dataclasses import replace

from medassist import interactions, rollout, serving, stack, storage, template, training_job
from medassist.cloud import Cloud
from medassist.config import Settings
from medassist.errors import EndpointError, StorageError


def resources(stack_name: str = stack.NAME) -> stack.Outputs:
    """Return where everything is: the outputs of the stack, or, without a stack, the names used by default.

    Without a stack the addresses (API, page, dashboard) are empty.
    """
    if found := stack.read_outputs(stack_name):
        return found
    settings = Settings.from_environment()
    return stack.Outputs(
        preset="dev",
        bucket_name=settings.bucket or storage.default_bucket(),
        sagemaker_role_arn=training_job.default_role(),
        model_package_group_name=stack.NAME,
        endpoint_name=settings.endpoint_name,
        table_name=settings.table_name,
    )


def settings_for(corpus: str, *, bucket: str = "") -> Settings:
    """Return the environment's settings for a corpus, with its bucket's name filled in."""
    settings = Settings.from_environment()
    return replace(settings, corpus=corpus, bucket=bucket or settings.bucket or storage.default_bucket())


def bring_up(
    cloud: Cloud, settings: Settings, *, port: int = 0, progress: Callable[[str], None] = lambda line: None
) -> str:
    """Bring up endpoint, table and API; return the API's address.

    Without a working endpoint the API comes up all the same: it answers by quotation and says so.

    Parameters
    ----------
    cloud : Cloud
        As :func:`medassist.cloud.connect` returned it.
    settings : Settings
        The corpus's index and model must be on S3.
    port : int
        Where the API listens on this machine; 0 for a free one.
    progress : callable
        Called with a line as each part comes up.

    Raises
    ------
    StorageError
        If there is no index of the corpus on S3.
    ConfigurationError
        If the port is taken.
    CloudError
        If the API does not come up.
    """
    if not settings.index_uri and not storage.exists(f"s3://{settings.bucket}/index/{settings.corpus}/latest.json"):
        raise StorageError(f"There is no index of {settings.corpus!r} in {settings.bucket}; run `medassist run` first.")
    try:
        progress(f"starting the endpoint {settings.endpoint_name}")
        start_endpoint(settings)
    except (EndpointError, StorageError) as error:
        progress(f"no model endpoint: {error} Answers will be quotations.")
    interactions.create_table(settings.table_name)
    progress("starting the API")
    return cloud.start_api(settings, port)


def start_endpoint(settings: Settings) -> serving.EndpointState:
    """Bring up the endpoint with the corpus's latest model, unless it serves that already.

    Raises
    ------
    StorageError
        If no model of the corpus is on S3.
    EndpointError
        If the endpoint cannot be brought up.
    """
    model, found = storage.read_json(f"s3://{settings.bucket}/models/{settings.corpus}/latest.json"), resources()
    hosting = serving.Hosting.from_preset(template.preset(found.preset))
    group, role = found.model_package_group_name, found.sagemaker_role_arn
    return rollout.start(settings.endpoint_name, model["uri"], hosting, group=group, role=role)
