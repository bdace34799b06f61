"""Who called what: each request of the function's and of SageMaker's principal, for the test of least privilege.

A principal is told by its access key id, which the emulated cloud gives to its children: the REST API stands for the
function's role; jobs and model containers, and what SageMaker itself fetches and writes for them, stand for SageMaker's
role. Persons are not recorded. Of a request only its service, operation and resource are kept, never what it carries.
"""

import io
import json
import re
import threading
from collections import Counter
from typing import Any
from urllib.parse import parse_qs, unquote

FUNCTION, SAGEMAKER = "emulated-function", "emulated-sagemaker"  # access key ids
PRINCIPALS = (FUNCTION, SAGEMAKER)
MAX_ENTRIES = 10_000  # a run has some hundred different ones; more would only cost memory
MAX_BODY = 2_000_000  # bytes; requests whose body names the resource are smaller

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/[^/]*/([^/]+)/aws4_request")
_ENDPOINT = re.compile(r"/endpoints/([^/]+)/(invocations|invocations-response-stream)$")
# By which a JSON body names its resource.
_RESOURCE_KEYS = ("TableName", "logGroupName", "RoleName", "TopicArn", "SecretId")


class CallRecorder:
    """Counts calls by principal, service, operation and resource. Safe to use from several threads."""

    def __init__(self) -> None:
        self._calls: Counter[tuple[str, str, str, str]] = Counter()
        self._lock = threading.Lock()

    def note(self, environ: dict[str, Any]) -> None:
        """Note a WSGI request; its body can still be read afterwards."""
        match = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if match is None or match[1] not in PRINCIPALS:
            return
        call = (match[1], match[2], *_describe(match[2], environ))
        with self._lock:
            if call in self._calls or len(self._calls) < MAX_ENTRIES:
                self._calls[call] += 1

    def calls(self) -> list[dict[str, Any]]:
        """Return what was noted so far."""
        with self._lock:
            names = ("principal", "service", "operation", "resource", "count")
            return [dict(zip(names, (*call, count), strict=True)) for call, count in sorted(self._calls.items())]


def _describe(service: str, environ: dict[str, Any]) -> tuple[str, str]:
    """Return the operation and the resource that it is about."""
    path, method = unquote(environ.get("PATH_INFO", "")), environ.get("REQUEST_METHOD", "GET")
    if service == "s3":
        return _s3_operation(method, path, parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)), path[1:]
    if match := _ENDPOINT.search(path):
        streams = match[2].endswith("stream")
        return "InvokeEndpointWithResponseStream" if streams else "InvokeEndpoint", match[1]
    body = _peek(environ)
    if service == "s3vectors":
        return path.strip("/"), _vector_index(body)
    if target := environ.get("HTTP_X_AMZ_TARGET", ""):
        return target.rpartition(".")[2], _named_resource(body)
    if found := re.search(r"/service/\w+/operation/(\w+)", path):  # Smithy's RPC protocol
        return found[1], ""
    action = parse_qs(body.decode("utf-8", "replace")).get("Action", [f"{method} {path}"])[0]
    return action, ""


def _s3_operation(method: str, path: str, query: dict[str, list[str]]) -> str:
    of_object = "/" in path.strip("/")
    if not of_object:
        return {"GET": "ListObjectsV2", "HEAD": "HeadBucket"}.get(method, f"{method} bucket")
    if method == "PUT":
        return "UploadPart" if "partNumber" in query else "PutObject"
    if method == "POST":
        return "CreateMultipartUpload" if "uploads" in query else "CompleteMultipartUpload"
    if method == "DELETE":
        return "AbortMultipartUpload" if "uploadId" in query else "DeleteObject"
    return {"GET": "GetObject", "HEAD": "HeadObject"}.get(method, f"{method} object")


def _peek(environ: dict[str, Any]) -> bytes:
    """Read the body, and put it back."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not 0 < length <= MAX_BODY:
        return b""
    body: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _vector_index(body: bytes) -> str:
    record = json.loads(body or b"{}")
    named = f"bucket/{record.get('vectorBucketName', '')}/index/{record.get('indexName', '')}"
    return str(record.get("indexArn", named)).rpartition(":")[2]


def _named_resource(body: bytes) -> str:
    try:
        record = json.loads(body or b"{}")
    except ValueError:
        return ""
    if not isinstance(record, dict):
        return ""
    tables = record.get("RequestItems")  # a batch names its tables as keys
    return next((str(record[key]) for key in _RESOURCE_KEYS if key in record), ",".join(tables or ()))
