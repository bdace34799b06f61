"""boto3 clients with explicit time limits. Which cloud they talk to is decided by boto3's own environment alone."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3


def client(service: str, *, timeout_s: float = 60.0, attempts: int = 3, session: "boto3.Session | None" = None) -> Any:
    """Return a boto3 client of ``service`` that gives up after ``timeout_s`` seconds without a byte.

    Parameters
    ----------
    service : str
        AWS service name, for instance ``"s3"``.
    timeout_s : float
        Read time limit of one attempt, in seconds; connecting may take 5 seconds at most.
    attempts : int
        Attempts in all, the first included, with exponential back-off and jitter ("standard" mode).
    session : boto3.Session, optional
        Where credentials and region come from; boto3's default session if not given.
    """
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=min(5.0, timeout_s),
        read_timeout=timeout_s,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    return (session or boto3).client(service, config=config)


def is_missing(error: Any) -> bool:
    """Tell whether a ``ClientError`` of SageMaker says that something does not exist: it has no code for that."""
    message = str(error.response["Error"].get("Message", "")).lower()
    return "could not find" in message or "not found" in message or "does not exist" in message


def reason(error: Exception) -> str:
    """Return an error's code, or its class: its message could hold parts of the request."""
    response: Any = getattr(error, "response", None) or {}  # a network error has one, and it is None
    return str(response.get("Error", {}).get("Code") or type(error).__name__)
