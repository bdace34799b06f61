"""Everything that medassist raises on purpose.

A message is one sentence for a newcomer: the value that was wrong, the limit it broke and what to do.
Each class carries the HTTP status that the REST API answers with, so that an error becomes a response
by its class and never by its text.
"""

from http import HTTPStatus


class MedAssistError(Exception):
    """Root of all errors raised on purpose.

    ``status`` is the HTTP status the API answers with, ``retry_after_s`` in how many seconds it may be worth another
    try; 0 says nothing about it.
    """

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    title = "Internal error"
    retry_after_s = 0


class InvalidRequestError(MedAssistError):
    """The caller sent something that cannot be answered: empty or too long question, ``top_k`` out of range."""

    status = HTTPStatus.BAD_REQUEST
    title = "Invalid request"


class UnsupportedMediaTypeError(InvalidRequestError):
    """The caller sent something else than JSON."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    title = "Unsupported media type"

    def __init__(self, message: str = "The body must be JSON; send it with Content-Type: application/json.") -> None:
        super().__init__(message)


class InProgressError(InvalidRequestError):
    """A request with the same idempotency key is still being answered."""

    status = HTTPStatus.CONFLICT
    title = "In progress"
    retry_after_s = 1


class KeyReusedError(InvalidRequestError):
    """An idempotency key was used before, for another body."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "Key used before"


class UnauthorizedError(MedAssistError):
    """The request carries no caller identity."""

    status = HTTPStatus.UNAUTHORIZED
    title = "Not signed in"


class NotFoundError(MedAssistError):
    """The thing asked for does not exist, or is not the caller's."""

    status = HTTPStatus.NOT_FOUND
    title = "Not found"


class ConfigurationError(MedAssistError):
    """A setting is missing or contradicts another, or a port or folder that was asked for is taken."""

    title = "Configuration error"


class DatasetError(MedAssistError):
    """A corpus or question file is missing, empty, half-written or breaks its schema."""

    title = "Data set error"


class StorageError(MedAssistError):
    """An object in S3 is missing, differs from its checksum, or could not be written."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "Storage unavailable"
    retry_after_s = 10


class BundleError(MedAssistError):
    """An index bundle cannot be read or written: checksum, format version, encoder, missing file, disk full."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "Index unavailable"


class ModelPackageError(MedAssistError):
    """A model folder or package lacks a file that it needs, or cannot be loaded."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "Model unavailable"


class TrainingError(MedAssistError):
    """A training job failed or was given examples that it cannot learn from."""

    title = "Training failed"


class EndpointError(MedAssistError):
    """The SageMaker endpoint is missing, down, too slow, or answered something unreadable."""

    status = HTTPStatus.BAD_GATEWAY
    title = "Model endpoint unavailable"


class PassingEndpointError(EndpointError):
    """The endpoint turned a request away at once (overloaded, unreachable); a moment later it may take it."""


class CircuitOpenError(EndpointError):
    """The endpoint has failed again and again, and is left alone for some seconds."""


class BusyError(MedAssistError):
    """More requests are waiting for the model than its queue takes; there may be room in ``retry_after_s`` seconds."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    title = "Model busy"

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StoppingError(BusyError):
    """The model's queue is being closed and takes nothing more; another instance may."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "Model is stopping"


class AbandonedError(MedAssistError):
    """The caller left before the answer was there; nobody will read it."""

    status = HTTPStatus.REQUEST_TIMEOUT
    title = "Request abandoned"


class TooLargeError(InvalidRequestError):
    """The caller sent more bytes than are taken."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    title = "Request too large"


class CloudError(MedAssistError):
    """The cloud that was asked for (emulated or AWS) cannot be reached or started."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "Cloud unavailable"


class NotebookError(MedAssistError):
    """A cell of a notebook failed in a headless run."""

    title = "Notebook failed"


class DeploymentError(MedAssistError):
    """The stack could not be created, changed or removed, or is in a state that allows no change."""

    title = "Deployment failed"
