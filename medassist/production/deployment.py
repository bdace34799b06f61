"""Bringing up what answers questions from what a run has left on S3: endpoint, table, API."""

from collections.abc import Callable
from dataclasses import replace

from medassist import cursors, interactions, storage, training_job
from medassist.cloud import Cloud
from medassist.config import BUNDLE, Settings, index_pointer
from medassist.errors import EndpointError, ModelPackageError, StorageError
from medassist.production import rollout, serving, sign_in, stack, template


def resources(stack_name: str = stack.NAME) -> stack.Outputs:
    """Return where everything is: the outputs of the stack, or, without a stack, the names used by default.

    Without a stack the addresses (API, page, dashboard) are empty, and the user pool is the one of the stack's name.
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
        cursor_secret=settings.cursor_secret,
        user_pool_id=sign_in.find_pool(stack_name),
    )


def settings_for(corpus: str, *, bucket: str = "", stack_name: str = stack.NAME) -> Settings:
    """Return the environment's settings for a corpus, with the stack's bucket, endpoint and table filled in."""
    settings, found = Settings.from_environment(), resources(stack_name)
    return replace(
        settings,
        corpus=corpus,
        bucket=bucket or settings.bucket or found.bucket_name,
        endpoint_name=found.endpoint_name,
        table_name=found.table_name,
        cursor_secret=found.cursor_secret or settings.cursor_secret,
    )


def bring_up(
    cloud: Cloud,
    settings: Settings,
    *,
    port: int = 0,
    stack_name: str = stack.NAME,
    throttled: bool = False,
    progress: Callable[[str], None] = lambda line: None,
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
    stack_name : str
        The stack that the API belongs to.
    throttled : bool
        Whether the API on this machine limits its requests, as API Gateway always does.
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
    pointer = index_pointer(settings.corpus, settings.index_store)
    if not settings.index_uri and not storage.exists(f"s3://{settings.bucket}/{pointer}"):
        step = "medassist run" if settings.index_store == BUNDLE else "medassist vectors put"
        raise StorageError(f"There is no index of {settings.corpus!r} in {settings.bucket}; run `{step}` first.")
    try:
        progress(f"starting the endpoint {settings.endpoint_name}")
        start_endpoint(settings, stack_name=stack_name)
    except (EndpointError, ModelPackageError, StorageError) as error:
        progress(f"no model endpoint: {error} Answers will be quotations.")
    interactions.create_table(settings.table_name)
    cursors.create_key(settings.cursor_secret)
    progress("starting the API")
    return cloud.start_api(settings, port, stack_name=stack_name, throttled=throttled)


def start_endpoint(settings: Settings, *, stack_name: str = stack.NAME) -> serving.EndpointState:
    """Bring up the endpoint with the corpus's latest model, unless it serves that already.

    Raises
    ------
    StorageError
        If no model of the corpus is on S3.
    EndpointError
        If the endpoint cannot be brought up.
    """
    model = storage.read_json(f"s3://{settings.bucket}/models/{settings.corpus}/latest.json")
    found = resources(stack_name)
    hosting = serving.Hosting.from_preset(template.preset(found.preset))
    group, role = found.model_package_group_name, found.sagemaker_role_arn
    return rollout.start(settings.endpoint_name, model["uri"], hosting, group=group, role=role)
