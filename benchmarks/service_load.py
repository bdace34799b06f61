"""The REST API under many users at once: waiting times, answers a second, whether anything is lost, and memory.

Locust's users (``users.py``) ask the questions of a finished run's corpus for some minutes: first without a rest of an
API that has no model endpoint and only retrieves and quotes; then without a rest of one whose model answers, which is
more than a small machine's model can bear, so that many answers are quotations; then with ten seconds between an answer
and the next question. Users, API, model and emulated cloud share this machine's processors. Afterwards the answers that
say that they are stored are held against the table, and the memory of API and model in the second fifth of the time
against that in the last.

Needs what ``medassist run`` has left in ``--output``; writes ``benchmarks/results/service_load.json``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from medassist import aws, storage
from medassist.config import ALWAYS
from medassist.production import deployment, load_test, sign_in

RESULTS = Path(__file__).parent / "results" / "service_load.json"
USERS_FILE = Path(__file__).with_name("users.py")
LOOK_S = 0.5  # between two looks at the memory
# Of each kind of test: whether there is a model, and how many seconds a user rests between an answer and a question.
KINDS = {"retrieval only": (False, 0.0), "full": (True, 0.0), "full, people who read": (True, 10.0)}
WINDUP_S = 60  # that requests under way may take in the end


@dataclass(frozen=True)
class Service:
    """An API under test: where it is, what its users send, its processes by name, and what its table holds."""

    url: str
    headers: Mapping[str, str]
    questions: Sequence[str]
    processes: Mapping[str, int]
    stored: Callable[[], set[str]]


class MemoryWatch:
    """Looks at the memory of processes, in MiB, until told to stop."""

    def __init__(self, processes: Mapping[str, int]) -> None:
        self.seen: dict[str, list[float]] = {name: [] for name in processes}
        self._processes = {name: psutil.Process(pid) for name, pid in processes.items()}
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._enough.wait(LOOK_S):
            for name, process in self._processes.items():
                self.seen[name].append(process.memory_info().rss / 2**20)

    def growth(self) -> dict[str, dict[str, float]]:
        """Return each process's median in the second fifth of the time, when all is warm, and in the last."""
        found = {}
        for name, seen in self.seen.items():
            fifths = np.array_split(np.array(seen), 5)
            found[name] = {when: round(float(np.median(fifths[n])), 1) for when, n in (("early_mb", 1), ("late_mb", 4))}
        return found


def measure(service: Service, *, users: int, seconds: float, rest: float = 0.0) -> dict[str, Any]:
    """Let users ask for some seconds; return what they met, what is stored, and the memory.

    ``lost`` counts answers that say that they are stored but are not, ``unrecorded`` those that say that they are not.
    """
    with tempfile.TemporaryDirectory() as folder, MemoryWatch(service.processes) as memory:
        notes = _run_users(service, Path(folder), users, seconds, rest)
    answers = [note for note in notes if note["status"] == 200]
    if not answers:
        raise SystemExit(f"no question of {len(notes)} was answered at {service.url}")
    recorded = {answer["id"] for answer in answers if answer["recorded"]}
    span = max(note["at"] for note in answers) - min(note["at"] - note["ms"] / 1000 for note in notes)
    return {
        "users": users,
        "rest_s": rest,
        "seconds": round(span, 1),
        "all": _times(answers, span),
        "with the model": _times([answer for answer in answers if answer["model"]], span),
        "without the model": _times([answer for answer in answers if not answer["model"]], span),
        "why not the model's words": dict(Counter(answer["fallback"] for answer in answers if answer["fallback"])),
        "failed": len(notes) - len(answers),
        "unrecorded": sum(not answer["recorded"] for answer in answers),
        "lost": len(recorded - service.stored()),
        "memory": memory.growth(),
    }


def _times(answers: Sequence[Mapping[str, Any]], span: float) -> dict[str, float]:
    """Return how many there are, how many a second, and percentiles of their milliseconds."""
    times = [answer["ms"] for answer in answers]
    tail = {f"p{p}_ms": round(float(np.percentile(times, p))) for p in (50, 95, 99)} if times else {}
    return {"answers": len(times), "a_second": round(len(times) / span, 2), **tail}


def _run_users(service: Service, folder: Path, users: int, seconds: float, rest: float) -> list[dict[str, Any]]:
    for name, value in (("questions", list(service.questions)), ("headers", dict(service.headers))):
        (folder / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    command = [sys.executable, "-m", "locust", "--locustfile", str(USERS_FILE), "--headless", "--host", service.url]
    command += ["--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds:.0f}s"]
    command += ["--stop-timeout", str(WINDUP_S), "--only-summary", "--skip-log", "--exit-code-on-error", "0"]
    command += ["--questions", str(folder / "questions.json"), "--headers", str(folder / "headers.json")]
    command += ["--answers", str(folder / "answers.jsonl"), "--rest", str(rest)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return [json.loads(line) for line in (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()]


# --- of a finished run --------------------------------------------------------------------------------------------


def main() -> None:
    """Measure both kinds of answers, write the figures and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("build"), help="folder of the run (default: %(default)s)")
    parser.add_argument("--users", type=int, default=50, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=300.0, help="for each kind (default: %(default)s)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="default: all")
    parser.add_argument("--out", type=Path, default=RESULTS, help="default: %(default)s")
    options = parser.parse_args()
    if not (options.output / "report.json").is_file():
        raise SystemExit(f"{options.output} holds no finished run; start with `medassist run`.")
    found: dict[str, Any] = {"machine": load_test.machine(), "kinds": {}}
    for kind in options.kinds:
        with_model, rest = KINDS[kind]
        print(f"{options.users} users for {options.seconds:g} s: {kind}", file=sys.stderr)
        with load_test.brought_up(options.output.resolve(), with_model=with_model, model_words=ALWAYS) as running:
            service = _service_of(running)
            found["kinds"][kind] = measure(service, users=options.users, seconds=options.seconds, rest=rest)
    found["machine"]["load_average_after"] = round(os.getloadavg()[0], 2)
    storage.write_text(options.out, json.dumps(found, indent=1) + "\n")
    report(found)
    if any(each["lost"] or each["failed"] for each in found["kinds"].values()):
        raise SystemExit("something was lost or failed; see above")


def _service_of(running: load_test.Running) -> Service:
    """Find the processes of the API and the model below the emulated cloud's, and the table past the API."""
    with urllib.request.urlopen(f"{running.cloud_url}/_medassist/health") as answer:
        cloud = psutil.Process(json.load(answer)["pid"])
    programs = {"api.py": "API", "server.py": "model"}
    processes = {
        name: child.pid
        for child in cloud.children(recursive=True)
        for program, name in programs.items()
        if any(Path(part).name == program for part in child.cmdline())
    }
    headers = sign_in.headers(deployment.resources().user_pool_id)
    return Service(running.url, headers, running.questions, processes, lambda: stored_ids(running.settings.table_name))


def stored_ids(table_name: str) -> set[str]:
    """Return the ids of all interactions in a table."""
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=table_name, ConsistentRead=True)
    return {item["question_id"]["S"] for page in pages for item in page["Items"]}


def report(found: Mapping[str, Any]) -> None:
    """Print the figures."""
    print(f"{found['machine']}\n\n| | answers | a second | p50 / p95 / p99, ms | failed | unrecorded | lost |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for kind, each in found["kinds"].items():
        losses = " | ".join(str(each[name]) for name in ("failed", "unrecorded", "lost"))
        for part in ("all", "with the model", "without the model"):
            if each[part]["answers"]:
                tail = " / ".join(f"{each[part][f'p{p}_ms']:,}" for p in (50, 95, 99))
                shown = losses if part == "all" else " | | "
                print(f"| {kind}: {part} | {each[part]['answers']:,} | {each[part]['a_second']} | {tail} | {shown} |")
    for kind, each in found["kinds"].items():
        for name, megabytes in each["memory"].items():
            print(f"{kind}, memory of the {name}: {megabytes['early_mb']} MiB early, {megabytes['late_mb']} MiB late")


if __name__ == "__main__":
    main()
