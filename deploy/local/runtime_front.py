"""The SageMaker runtime: ``InvokeEndpoint`` and its response-stream twin, passed on to the endpoint's container."""

import http.client
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import event_stream
from account import ACCOUNT
from client_watch import ClientWatch
from model_endpoints import Container, ModelEndpoints

logger = logging.getLogger(__name__)

MAX_BODY = 6 * 1024 * 1024  # bytes of a request; AWS's limit
PASSED_ON = ("HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES", "HTTP_X_AMZN_SAGEMAKER_INFERENCE_ID")


class RuntimeRefusedError(Exception):
    """An error as the SageMaker runtime words it."""

    def __init__(self, status: str, code: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        self.body = {"Message": message, "message": message, **fields}


class RuntimeFront:
    """Answers the runtime's two calls; ``timeout_s`` is what a model may take (60 seconds at AWS).

    A client who leaves while the model works is noticed, and the connection to the container closed.
    """

    def __init__(self, endpoints: ModelEndpoints, timeout_s: float = 60.0) -> None:
        self._endpoints = endpoints
        self._timeout_s = timeout_s
        self._watch = ClientWatch()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any], name: str, stream: bool
    ) -> Iterable[bytes]:
        try:
            container = self._container(name)
            if stream and container.serverless:
                message = f"Endpoint {name} is a serverless endpoint, which has no response streams."
                raise RuntimeRefusedError("400 Bad Request", "ValidationError", message)
            if not container.enter():
                raise RuntimeRefusedError("400 Bad Request", "ThrottlingException", "")
        except RuntimeRefusedError as error:
            return _respond_error(start_response, error)
        if stream:
            return self._answer_in_parts(container, environ, start_response)
        try:
            return self._answer(name, container, environ, start_response)
        finally:
            container.leave()

    def _answer(
        self, name: str, container: Container, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        try:
            answer = self._ask(container, environ, environ.get("HTTP_ACCEPT", "*/*"))
            body = answer.read()
        except RuntimeRefusedError as error:
            return _respond_error(start_response, error)
        except (OSError, http.client.HTTPException) as error:
            return _respond_error(start_response, _unavailable(name, error))
        headers = [
            ("x-Amzn-Invoked-Production-Variant", container.variant),
            ("Content-Type", answer.headers.get("content-type", "application/octet-stream")),
            ("Content-Length", str(len(body))),
        ]
        start_response("200 OK", headers)
        return [body]

    def _answer_in_parts(
        self, container: Container, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        try:
            # For response streams boto3 names the model's type in a header of its own.
            answer = self._ask(container, environ, environ.get("HTTP_X_AMZN_SAGEMAKER_ACCEPT", "*/*"))
        except RuntimeRefusedError as error:
            container.leave()
            return _respond_error(start_response, error)
        headers = [
            ("x-Amzn-Invoked-Production-Variant", container.variant),
            ("Content-Type", event_stream.CONTENT_TYPE),
            ("X-Amzn-SageMaker-Content-Type", answer.headers.get("content-type", "application/octet-stream")),
        ]
        start_response("200 OK", headers)
        return self._frames(container, answer)

    def _container(self, name: str) -> Container:
        container = self._endpoints.find(name)
        if container is not None:
            return container
        if self._endpoints.status(name) == "Failed":
            raise RuntimeRefusedError(
                "503 Service Unavailable", "ServiceUnavailable", f"The container of endpoint {name} is not running."
            )
        raise RuntimeRefusedError(
            "400 Bad Request", "ValidationError", f"Endpoint {name} of account {ACCOUNT} not found."
        )

    def _ask(self, container: Container, environ: dict[str, Any], accept: str) -> http.client.HTTPResponse:
        """Return the container's answer, of which only the head has been read."""
        body = _read_body(environ)
        headers = {name.removeprefix("HTTP_").replace("_", "-"): environ[name] for name in PASSED_ON if name in environ}
        headers |= {"Accept": accept, "Connection": "close"}
        headers["Content-Type"] = environ.get("CONTENT_TYPE") or "application/octet-stream"
        connection = http.client.HTTPConnection(urlsplit(container.url).netloc, timeout=self._timeout_s)
        try:
            connection.request("POST", "/invocations", body=body, headers=headers)
            self._watch.add(environ["werkzeug.socket"], connection.sock)
            answer = connection.getresponse()
            if answer.status == 200:
                return answer
            said = answer.read()
        except TimeoutError as error:
            connection.close()
            message = (
                "Your invocation timed out while waiting for a response from container primary. "
                f"The limit is {self._timeout_s:.0f} seconds; review the container's log."
            )
            raise _model_error(0, message) from error
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise _unavailable(container.model, error) from error
        raise _model_error(answer.status, said.decode("utf-8", "replace"))

    def _frames(self, container: Container, answer: http.client.HTTPResponse) -> Iterator[bytes]:
        """Yield the parts as they come. A client who leaves ends this generator, and with it the connection."""
        try:
            while chunk := answer.read1():
                yield event_stream.payload_part(chunk)
        except TimeoutError:
            yield event_stream.stream_error("The model took too long to go on.")
        except (OSError, http.client.HTTPException) as error:
            logger.warning("a response stream broke off: %s", type(error).__name__)
            yield event_stream.stream_error("The model broke off in the middle of its answer.", "StreamBroken")
        finally:
            container.leave()
            answer.close()


def _read_body(environ: dict[str, Any]) -> bytes:
    from werkzeug.exceptions import RequestEntityTooLarge
    from werkzeug.wrappers import Request

    request = Request(environ)
    request.max_content_length = MAX_BODY
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        message = f"The request body is larger than {MAX_BODY} bytes, the most that an endpoint takes."
        raise RuntimeRefusedError("413 Content Too Large", "ValidationError", message) from error


def _model_error(status: int, said: str) -> RuntimeRefusedError:
    side = "client" if 400 <= status < 500 else "server"
    return RuntimeRefusedError(
        "424 Failed Dependency",
        "ModelError",
        f'Received {side} error ({status}) from primary with message "{said}".',
        OriginalStatusCode=status,
        OriginalMessage=said,
        LogStreamArn="",
    )


def _unavailable(name: str, error: Exception) -> RuntimeRefusedError:
    logger.warning("the container of %s does not answer: %s", name, type(error).__name__)
    return RuntimeRefusedError(
        "503 Service Unavailable", "ServiceUnavailable", f"The container of {name} broke off or is not running."
    )


def _respond_error(start_response: Callable[..., Any], error: RuntimeRefusedError) -> list[bytes]:
    body = json.dumps(error.body).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("x-amzn-ErrorType", error.code),
    ]
    start_response(error.status, headers)
    return [body]
