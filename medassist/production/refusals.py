"""What AWS means when it refuses: one sentence each, with the next step, told apart by class and code.

Only events of a stack carry no code of their own. There CloudFormation puts the code of the resource's handler into
the reason (``HandlerErrorCode: AlreadyExists``), and that is read.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from medassist.errors import DeploymentError

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_UNKNOWN_CALLER = {
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_DENIED = {
    "403",
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "Forbidden",
    "NotAuthorized",
    "UnauthorizedOperation",
}
_QUOTA = {
    "LimitExceeded",
    "LimitExceededException",
    "ResourceLimitExceeded",
    "ResourceLimitExceededException",
    "ServiceLimitExceeded",
    "ServiceQuotaExceededException",
    "TooManyBuckets",
}
_THROTTLED = {
    "RequestLimitExceeded",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
}
_TAKEN = {"AlreadyExists", "AlreadyExistsException", "BucketAlreadyExists", "BucketAlreadyOwnedByYou", "NotUpdatable"}
_TROUBLE_AT_AWS = {"InternalFailure", "NetworkFailure", "NotStabilized", "ServiceInternalError", "ServiceTimeout"}

# "User: arn:… is not authorized to perform: s3:CreateBucket on resource: arn:… because …"
_PERMISSION = re.compile(r"not authorized to perform: (?P<action>[\w:-]+)(?: on resource: (?P<resource>[^\s\"]+))?")
_HANDLER = re.compile(r"(?:HandlerErrorCode|Error Code): (?P<code>\w+)")
_MESSAGE = re.compile(r'Resource handler returned message: "(?P<message>.*?)"(?: \(RequestToken|$)', re.DOTALL)
_AFTERTHOUGHT = re.compile(r"\s*\((?:Service:|RequestToken:|Request ID:).*$", re.DOTALL)


@contextmanager
def explained(doing: str, then: str = "") -> Iterator[None]:
    """Turn what boto3 raises into one :class:`DeploymentError` sentence.

    Parameters
    ----------
    doing : str
        What was being done, for instance ``"reading the stack medassist"``.
    then : str
        What else to say, for instance that a second run continues.
    """
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except (BotoCoreError, ClientError, ResponseParserError, S3UploadFailedError) as error:
        raise DeploymentError(f"{explain(error, doing)} {then}".rstrip()) from error


def explain(error: Exception, doing: str) -> str:
    """Return one sentence about an error of boto3: what was refused, why, and the next step."""
    from botocore.exceptions import ClientError

    context = error.__context__
    if not isinstance(error, ClientError) and isinstance(context, ClientError):  # S3's uploads wrap it
        error = context
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        return _explain_code(details.get("Code", ""), details.get("Message", ""), doing, error.operation_name)
    return _explain_class(error, doing)


def is_network(error: Exception) -> bool:
    """Tell whether an error is one of the way to AWS (or of its being busy), so that it may pass."""
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    if isinstance(error, exceptions.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error.response["Error"]["Code"] in _THROTTLED or status >= 500
    # Something on the way, for instance a proxy's sign-in page, may answer in the place of AWS.
    return isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError | ResponseParserError)


def explain_event(resource: str, type_: str, reason: str) -> str:
    """Return one sentence about a resource of a stack that failed."""
    found = _HANDLER.search(reason)
    code = found["code"] if found else ""
    message = _MESSAGE.search(reason)
    said = _AFTERTHOUGHT.sub("", message["message"] if message else reason).strip().rstrip(".")
    said = said or "CloudFormation gives no reason"
    return f"{resource} ({type_}): {said}; {_remedy(code, reason, type_)}."


def _explain_class(error: Exception, doing: str) -> str:
    from botocore import exceptions

    match error:
        case exceptions.NoCredentialsError() | exceptions.PartialCredentialsError():
            return (
                f"There are no AWS credentials for {doing}; run `aws configure` or `aws sso login`, or set AWS_PROFILE."
            )
        case exceptions.ProfileNotFound():
            return f"{error}; set AWS_PROFILE to one of those that `aws configure list-profiles` shows."
        case exceptions.SSOError() | exceptions.TokenRetrievalError() | exceptions.CredentialRetrievalError():
            return f"The AWS sign-in has ended or cannot be read ({error}); run `aws sso login` and try again."
        case exceptions.NoRegionError():
            return "No AWS region is set; set AWS_REGION (for instance eu-west-1) or run `aws configure`."
        case exceptions.InvalidRegionError():
            return f"{_region()!r} is no AWS region; set AWS_REGION to one, for instance eu-west-1."
        case exceptions.EndpointConnectionError() if (region := _region()) not in _known_regions():
            return f"There is no AWS region {region!r}; set AWS_REGION to one, for instance eu-west-1."
    if is_network(error):
        return f"No connection to AWS while {doing} ({error}); check the network and run it again: it continues."
    return f"{doing[:1].upper()}{doing[1:]} failed ({error}); check the AWS set-up with `aws sts get-caller-identity`."


def _explain_code(code: str, message: str, doing: str, operation: str) -> str:
    message = message.rstrip(".")
    if code in _EXPIRED:
        return f"The AWS credentials have expired while {doing}; sign in again (`aws sso login`) and run it again."
    if code in _UNKNOWN_CALLER:
        return (
            f"AWS does not know these credentials in {_region()} ({code}); check them with `aws sts "
            "get-caller-identity`, and that the region is enabled for your account."
        )
    if code in _DENIED:
        action, resource = _permission(message)
        where = f" on {resource}" if resource else ""
        return f"Permission is missing while {doing}: {action or operation}{where}; ask for it in your IAM policy."
    if code in _QUOTA:
        return f"A quota of the account is reached while {doing}: {message}; raise it under Service Quotas."
    if code in _THROTTLED:
        return f"AWS asks to slow down while {doing} ({code}); wait a minute and run it again."
    return f"{doing[:1].upper()}{doing[1:]} was refused ({code}: {message}); mend that and run it again."


def _remedy(code: str, reason: str, type_: str) -> str:
    if code in _DENIED:
        action, resource = _permission(reason)
        asked = f"the permission {action}{f' on {resource}' if resource else ''}" if action else "that permission"
        return f"ask for {asked} in your IAM policy"
    if code in _QUOTA:
        return "a quota of the account is reached: raise it under Service Quotas"
    if code in _TAKEN and type_ == "AWS::S3::Bucket":
        return "the name of the bucket is taken: deploy under another --stack-name"
    if code in _TAKEN:
        return "one of that name exists outside of the stack: remove it, or deploy under another --stack-name"
    if code in _THROTTLED | _TROUBLE_AT_AWS:
        return "wait a few minutes and run it again"
    return "mend that and run it again"


def _permission(message: str) -> tuple[str, str]:
    found = _PERMISSION.search(message)
    return (found["action"], found["resource"] or "") if found else ("", "")


def _region() -> str:
    import boto3

    return str(boto3.session.Session().region_name or "")


def _known_regions() -> set[str]:
    import boto3

    session: Any = boto3.session.Session()
    partitions = session.get_available_partitions()
    return {name for part in partitions for name in session.get_available_regions("cloudformation", part)}
