"""The endpoint's server under load: answers a second and waiting times, with requests in batches and one by one.

The real server (``deploy/sagemaker/server.py``) serves a real package, in a process of its own for each way of working,
over HTTP. Callers never rest: each sends its next request when it has the answer to the one before. Every request has a
question with three or five passages and an answer of exactly so many tokens. The ways take turns, round by round, so
that whatever else the machine does meets all of them.

Without ``--model`` a model in the shape of Flan-T5 small with random weights is made first (its end token never wins).
"""

import argparse
import collections
import http.client
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import generation
import numpy as np

from medassist import datasets, model_packages, passages, storage
from medassist.config import project_root

SERVER = project_root() / "deploy" / "sagemaker" / "server.py"
RESULTS = Path(__file__).parent / "results" / "endpoint_load.json"
CORES = os.cpu_count() or 1
ALONE = {"MEDASSIST_THREADS": "1", "MEDASSIST_WORKERS": str(CORES)}
WAYS = {
    "batches": {"MEDASSIST_MAX_BATCH": "8"},
    "one by one": {"MEDASSIST_MAX_BATCH": "1"},
    "batches, a thread each": {"MEDASSIST_MAX_BATCH": "8", **ALONE},
    "one by one, a thread each": {"MEDASSIST_MAX_BATCH": "1", **ALONE},
}
REQUESTS = {1: 6, 4: 16, 16: 32}  # callers: requests of a round


@dataclass
class Cell:
    """What one way did under one number of callers."""

    seconds: list[float] = field(default_factory=list)  # of a round
    latencies_ms: list[float] = field(default_factory=list)  # of a request
    batches: list[int] = field(default_factory=list)

    def row(self, requests: int) -> dict[str, float]:
        """Return the figures: medians over rounds, percentiles over all requests."""
        tail = {f"p{p}_ms": round(float(np.percentile(self.latencies_ms, p))) for p in (50, 95, 99)}
        speed = round(requests / statistics.median(self.seconds), 2)
        return {"answers_a_second": speed, **tail, "batch": round(statistics.mean(self.batches), 1)}


class Endpoint:
    """A server in a process of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.batches: list[int] = []
        command = [sys.executable, str(SERVER), "serve", "--model-folder", str(folder), "--port", "0"]
        variables = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=variables
        )
        assert self.process.stdout is not None
        self.address = urlsplit(json.loads(self.process.stdout.readline())["url"]).netloc
        threading.Thread(target=self._read, daemon=True).start()
        while self.ask("GET", "/ping")[0] != 200:
            time.sleep(0.1)

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send one request over a connection of its own."""
        connection = http.client.HTTPConnection(self.address, timeout=120)
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        status, text = answer.status, answer.read()
        connection.close()
        return status, text

    def timed(self, body: bytes) -> float:
        """Return the milliseconds of an answer of the right length."""
        before = time.perf_counter()
        status, text = self.ask("POST", "/invocations", body)
        took = 1000 * (time.perf_counter() - before)
        answered = json.loads(text)
        wanted = json.loads(body)["max_new_tokens"]
        if status != 200 or answered["output_tokens"] != wanted:
            raise SystemExit(f"status {status}, {answered.get('output_tokens')} tokens instead of {wanted}")
        return took

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if '"batch":' in line:
                self.batches.append(json.loads(line[line.index("{") :])["batch"])


@contextmanager
def served(folder: Path, environment: dict[str, str]) -> Iterator[Endpoint]:
    """Run a server and stop it."""
    endpoint = Endpoint(folder, environment)
    try:
        yield endpoint
    finally:
        endpoint.process.terminate()
        endpoint.process.wait(30)


def main() -> None:
    """Print a table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="an exported model folder; its answers must not end early")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--tokens", type=int, default=64, help="of each answer (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="default: %(default)s")
    options = parser.parse_args()
    machine = generation.machine()
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        model = options.model or generation.prepare("small", Path(temporary) / "flan-t5-small")
        package = model_packages.build_package(model, Path(temporary) / "model.tar.gz")
        folder = model_packages.unpack_package(package, Path(temporary) / "package")
        endpoints = {way: stack.enter_context(served(folder, WAYS[way])) for way in options.ways}
        cells = measure(endpoints, requests(options.tokens), options.rounds)
    rows = [{"callers": callers, "way": way, **cell.row(REQUESTS[callers])} for (callers, way), cell in cells.items()]
    found = {"machine": machine, "rounds": options.rounds, "tokens": options.tokens, "rows": rows}
    storage.write_text(options.out, json.dumps(found, indent=1) + "\n")
    report(found)


def requests(tokens: int) -> list[bytes]:
    """Return the sample's questions, each with three or five passages of our documents, the same each time."""
    data = datasets.load_corpus(project_root() / "data" / "sample")
    pieces = [{"title": piece.title, "text": piece.text} for piece in passages.split_documents(data.documents)]
    bodies = []
    for number, question in enumerate(data.questions):
        first, count = 7 * number % (len(pieces) - 5), (3, 5)[number % 2]
        body = {"question": question.text, "passages": pieces[first : first + count], "max_new_tokens": tokens}
        bodies.append(json.dumps(body).encode())
    return bodies


def measure(endpoints: dict[str, Endpoint], bodies: list[bytes], rounds: int) -> dict[tuple[int, str], Cell]:
    """Let the ways take turns; each round sends all of them the same requests."""
    cells: dict[tuple[int, str], Cell] = collections.defaultdict(Cell)
    following = itertools.cycle(bodies)
    for endpoint in endpoints.values():
        endpoint.timed(bodies[0])
    for number in range(rounds):
        for callers, count in REQUESTS.items():
            asked = list(itertools.islice(following, count))
            for way, endpoint in endpoints.items():
                print(f"round {number + 1} of {rounds}: {callers} callers, {way}", file=sys.stderr)
                run(endpoint, asked, callers, cells[callers, way])
    return cells


def run(endpoint: Endpoint, asked: list[bytes], callers: int, cell: Cell) -> None:
    """Let so many callers send the requests, one after the other, and add what was measured to the cell."""
    seen = len(endpoint.batches)
    begun = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        cell.latencies_ms += pool.map(endpoint.timed, asked)
    cell.seconds.append(time.perf_counter() - begun)
    cell.batches += endpoint.batches[seen:]


def report(found: dict[str, Any]) -> None:
    """Print the table."""
    print(f"{found['machine']}\n\nthree or five passages in, {found['tokens']} tokens out, {found['rounds']} rounds\n")
    generation.table(found["rows"], ["callers", "way", "answers_a_second", "p50_ms", "p95_ms", "p99_ms", "batch"])


if __name__ == "__main__":
    main()
