"""A real HTTP server between boto3 and the emulated cloud, which answers some calls as AWS does when it refuses.

The emulated cloud has no permissions, quotas or bad days. Here an answer is scripted by the name of the call; every
other call goes on to the cloud. ``DROP`` closes the connection in the middle, as a lost network does.
"""

import threading
import urllib.error
import urllib.request
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

DROP = object()


def refusal(code: str, message: str, status: int = 400) -> tuple[int, str]:
    """Return an error as AWS's query protocol sends it."""
    return status, (
        '<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{escape(message)}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    )


class Wire:
    """Server on a free port of 127.0.0.1; ``answers[call]`` is a list of scripted answers, used up one by one."""

    def __init__(self, cloud_url: str) -> None:
        self.answers: dict[str, list[Any]] = defaultdict(list)
        self.calls: list[str] = []
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                call = parse_qs(body.decode()).get("Action", [""])[0]
                wire.calls.append(call)
                script = wire.answers[call]
                answer = script.pop(0) if script else wire._pass_on(self.path, body, dict(self.headers), cloud_url)
                if answer is DROP:
                    self.close_connection = True
                    return
                status, text = answer
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def _pass_on(path: str, body: bytes, headers: dict[str, str], cloud_url: str) -> tuple[int, str]:
        kept = {name: value for name, value in headers.items() if name.lower() not in ("host", "connection")}
        request = urllib.request.Request(cloud_url + path, data=body, headers=kept)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
