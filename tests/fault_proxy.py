"""A real HTTP server between a service and its client, on which calls can be made to go wrong; used by tests.

The emulated cloud has no bad days of its own but to be killed or frozen, and then all of its services go at once. With
a proxy for each service one of them can be slow, silent, throttled or talk nonsense while the others work.
"""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PASSING_S = 120.0  # longest wait for the service behind
HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "host", "content-length", "date", "server")


class Exchange(BaseHTTPRequestHandler):
    """One request, and what a fault can do with it. ``proxy`` is the server's, set by :class:`FaultProxy`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: "FaultProxy"

    def handle_request(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = operation(self.command, self.path, self.headers.get("X-Amz-Target", ""))
        self.proxy.calls.append(call)
        fault = self.proxy.fault_for(call)
        with contextlib.suppress(OSError):  # a client that has given up
            fault(self) if fault else self.pass_on()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_request  # noqa: N815

    def pass_on(self) -> None:
        """Let the service answer."""
        self.answer(*self.ask_service())

    def ask_service(self) -> tuple[int, bytes, dict[str, str]]:
        """Return the service's status, body and headers without passing them on."""
        connection = http.client.HTTPConnection(self.proxy.target, timeout=PASSING_S)
        try:
            kept = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            if self.proxy.keeps_host:
                kept["Host"] = self.headers["Host"]
            connection.request(self.command, self.path, self.body, kept)
            response = connection.getresponse()
            return response.status, response.read(), dict(response.getheaders())
        except OSError:
            return 502, b"", {}
        finally:
            connection.close()

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Answer with what is given."""
        self.begin(status, {**headers, "Content-Length": headers.get("Content-Length") or str(len(body))})
        if self.command != "HEAD":
            self.wfile.write(body)

    def begin(self, status: int, headers: dict[str, str]) -> None:
        """Send status and headers."""
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in HOP_BY_HOP or name.lower() == "content-length":
                self.send_header(name, value)
        self.end_headers()

    def cut(self) -> None:
        """Close the connection."""
        self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


Fault = Callable[[Exchange], None]


class FaultProxy:
    """Stands before the service at ``url``. ``calls`` are the names of all calls so far, in their order.

    With ``keeps_host`` the service hears the name and port that the client asked for: a site makes its own addresses
    of them.
    """

    def __init__(self, url: str, *, keeps_host: bool = False) -> None:
        self.target, self.keeps_host = urlsplit(url).netloc, keeps_host
        self.calls: list[str] = []
        self._fault: Fault | None = None
        self._only = ""
        self.lifted = threading.Event()
        self.lifted.set()
        handler = type("Handler", (Exchange,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @contextlib.contextmanager
    def injecting(self, fault: Fault, only: str = "") -> Iterator[list[str]]:
        """Let calls go wrong, all or those named; yield the list that the names of calls are added to meanwhile."""
        self.lifted.clear()
        self._fault, self._only, self.calls = fault, only, []
        try:
            yield self.calls
        finally:
            self._fault, self._only = None, ""
            self.lifted.set()

    def fault_for(self, call: str) -> Fault | None:
        """Return what a call meets; None if nothing."""
        return self._fault if self._fault and self._only in ("", call) else None

    def close(self) -> None:
        """Stop."""
        self.lifted.set()
        self._server.shutdown()
        self._server.server_close()


def operation(method: str, path: str, target: str) -> str:
    """Name a call: the operation of a JSON service, else the method and the path's last part."""
    return target.rpartition(".")[2] or f"{method} {urlsplit(path).path.rpartition('/')[2]}"


# --- what can go wrong --------------------------------------------------------------------------------------------


def slow(seconds: float) -> Fault:
    """Answer rightly, but late."""

    def fault(exchange: Exchange) -> None:
        exchange.proxy.lifted.wait(seconds)
        exchange.pass_on()

    return fault


def silent(exchange: Exchange) -> None:
    """Say nothing until the fault is lifted."""
    exchange.proxy.lifted.wait()
    exchange.cut()


def cut(exchange: Exchange) -> None:
    """Close the connection instead of answering."""
    exchange.cut()


def cut_after_the_service_has_done_it(exchange: Exchange) -> None:
    """Let the service do what was asked, and lose its answer."""
    exchange.ask_service()
    exchange.cut()


def says(status: int, body: bytes | dict[str, object], content_type: str = "application/json") -> Fault:
    """Answer with this instead."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda exchange: exchange.answer(status, content, {"Content-Type": content_type})


def torn(exchange: Exchange) -> None:
    """Announce the whole answer, send half of it and close."""
    status, body, headers = exchange.ask_service()
    exchange.begin(status, {**headers, "Content-Length": str(len(body))})
    exchange.wfile.write(body[: len(body) // 2])
    exchange.cut()


def dripping(exchange: Exchange) -> None:
    """Send the right answer, a byte at a time: never silent for long, and never done."""
    status, body, headers = exchange.ask_service()
    exchange.begin(status, {**headers, "Content-Length": str(len(body))})
    for position in range(len(body)):
        exchange.wfile.write(body[position : position + 1])
        exchange.wfile.flush()
        if exchange.proxy.lifted.wait(0.2):
            break
    exchange.cut()


def altered(change: Callable[[bytes], bytes]) -> Fault:
    """Answer with the service's answer, changed."""

    def fault(exchange: Exchange) -> None:
        status, body, headers = exchange.ask_service()
        changed = change(body)
        exchange.answer(status, changed, {**headers, "Content-Length": str(len(changed))})

    return fault


def sometimes(fault: Fault, every: int) -> Fault:
    """Let each so-manieth call go wrong, beginning with the first."""
    lock, count = threading.Lock(), [0]

    def maybe(exchange: Exchange) -> None:
        with lock:
            strikes = count[0] % every == 0
            count[0] += 1
        fault(exchange) if strikes else exchange.pass_on()

    return maybe


# As AWS words it.
DYNAMODB_THROTTLED = says(
    400,
    {
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "The level of configured provisioned throughput for the table was exceeded.",
    },
    "application/x-amz-json-1.0",
)
DYNAMODB_BROKEN = says(
    500,
    {"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError", "message": "Internal error"},
    "application/x-amz-json-1.0",
)


def refuses(code: str, status: int, **fields: object) -> Fault:
    """Answer as the SageMaker runtime does when it refuses."""
    content = json.dumps({"Message": "", **fields}).encode()
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    return lambda exchange: exchange.answer(status, content, headers)


ENDPOINT_THROTTLED = refuses("ThrottlingException", 400)
ENDPOINT_UNAVAILABLE = refuses("ServiceUnavailable", 503)
MODEL_FAILED = refuses("ModelError", 424, OriginalStatusCode=500, OriginalMessage="out of memory", LogStreamArn="")


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something is so; fail if it does not become so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
