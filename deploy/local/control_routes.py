"""Routes of the emulated cloud about itself: is it there, the process of the REST API, spot interruptions, calls.

``GET /_medassist/health`` is open. The others need the token that ``cloud.json`` holds for its owner only, so that
no page shown in a browser and no other user of the machine can start processes.
"""

import hmac
import json
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from child_processes import Child, Reaper, error_in, inherited_environment
from moto_server import answer_json
from training_jobs import NotInterruptibleError

logger = logging.getLogger(__name__)

SERVICE = "medassist emulated cloud"
TOKEN_HEADER = "X-Medassist-Token"
API_SCRIPT = Path(__file__).with_name("api.py")
API_READY_S = 90  # the index is fetched and loaded before the API answers


class ApiError(Exception):
    """The API could not be started; the text is meant for people."""


class ApiProcess:
    """The REST API as a child process; there is at most one. ``script`` is what runs it."""

    def __init__(self, environment: Mapping[str, str], reaper: Reaper, script: Path = API_SCRIPT) -> None:
        self._environment, self._reaper, self._script = environment, reaper, script
        self._child: Child | None = None
        self._lock = threading.Lock()
        self.url = ""

    def start(self, environment: Mapping[str, str], port: int, stack_name: str, *, throttled: bool = False) -> str:
        """Start it in the place of the one before, with the user pool of a stack, and return its address.

        Unless ``throttled``, it lets in all requests that come.

        Raises
        ------
        ApiError
            If the port is taken, or the API ends or says nothing before it is ready.
        """
        with self._lock:
            self._stop()
            if port:
                _check_port(port)
            command = [sys.executable, str(self._script), "--port", str(port), "--stack-name", stack_name]
            child = Child(
                [*command, *(() if throttled else ("--rate", "0"))],
                environment={**inherited_environment(), **self._environment, **environment},
                folder=Path(__file__).resolve().parents[2],
                reaper=self._reaper,
                on_line=lambda line: logger.info("api: %s", line),
            )
            ready = child.wait_ready(API_READY_S)
            if ready is None:
                waited = "did not become ready" if child.running else f"ended with exit code {child.exit_code}"
                child.stop(grace_s=2)
                raise ApiError(f"The API {waited}: {error_in(child.tail) or 'it said nothing'}")
            self._child, self.url = child, str(ready["url"])
            return self.url

    def stop(self) -> None:
        """Stop it, if it runs."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        child, self._child, self.url = self._child, None, ""
        if child is not None:
            child.stop(grace_s=5)


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise ApiError(f"Port {port} is taken or not allowed ({error}); choose another, or 0 for any.") from error


class ControlRoutes:
    """The WSGI application below ``/_medassist/``."""

    def __init__(
        self,
        state_dir: Path,
        token: str,
        api: ApiProcess,
        interrupt: Callable[[str], None],
        calls: Callable[[], list[dict[str, Any]]],
    ) -> None:
        self._state_dir, self._token, self._api, self._interrupt = state_dir, token, api, interrupt
        self._calls = calls

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        route = (environ.get("REQUEST_METHOD"), environ.get("PATH_INFO"))
        if route == ("GET", "/_medassist/health"):
            value = {"service": SERVICE, "pid": os.getpid(), "state_dir": str(self._state_dir), "api": self._api.url}
            return answer_json(start_response, "200 OK", value)
        if not hmac.compare_digest(environ.get("HTTP_X_MEDASSIST_TOKEN", ""), self._token):
            return answer_json(start_response, "403 Forbidden", {"error": f"{TOKEN_HEADER} is missing or wrong."})
        if route == ("POST", "/_medassist/api"):
            return self._start_api(environ, start_response)
        if route == ("DELETE", "/_medassist/api"):
            self._api.stop()
            return answer_json(start_response, "200 OK", {})
        if route == ("POST", "/_medassist/spot-interruptions"):
            return self._interrupt_job(environ, start_response)
        if route == ("GET", "/_medassist/calls"):
            return answer_json(start_response, "200 OK", {"calls": self._calls()})
        return answer_json(start_response, "404 Not Found", {"error": "There is no such control route."})

    def _interrupt_job(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Take the instances of the spot training job in the body, ``{"training_job"}``, away."""
        from werkzeug.wrappers import Request

        try:
            self._interrupt(str(json.loads(Request(environ).get_data())["training_job"]))
        except (ValueError, TypeError, KeyError):
            return answer_json(start_response, "400 Bad Request", {"error": "The body must be {training_job}."})
        except NotInterruptibleError as error:
            return answer_json(start_response, "409 Conflict", {"error": str(error)})
        return answer_json(start_response, "200 OK", {})

    def _start_api(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        from werkzeug.wrappers import Request

        try:
            body = json.loads(Request(environ).get_data())
            environment = {str(name): str(value) for name, value in body.get("environment", {}).items()}
            port, stack_name = int(body.get("port", 0)), str(body.get("stack_name", "medassist"))
            throttled = bool(body.get("throttled", False))
        except (ValueError, TypeError, AttributeError):
            wanted = "The body must be {environment, port, stack_name, throttled}."
            return answer_json(start_response, "400 Bad Request", {"error": wanted})
        try:
            url = self._api.start(environment, port, stack_name, throttled=throttled)
            return answer_json(start_response, "200 OK", {"url": url})
        except ApiError as error:
            return answer_json(start_response, "409 Conflict", {"error": str(error)})
