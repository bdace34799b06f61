"""Measuring a running API: how long each stage takes alone, what it stores and logs, and what happens under load.

The result is one small JSON file, so that the scaling study runs without measuring anew.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from medassist import __version__, aws, storage
from medassist.config import Settings, project_root
from medassist.endpoint import EndpointClient
from medassist.errors import CloudError, StorageError
from medassist.prompts import PassageText

RESULTS = Path("benchmarks") / "results" / "load.json"
OPEN_LOOP_THREADS = 64  # requests in flight that the client can wait for
FRESH_PROCESSES = 3  # started one after the other; the study takes the median of their init times
OWN_NAME = "medassist-load-test"  # of endpoint and table: nobody else's are touched
RATES = {"endpoint": (6.0, 12.0, 18.0, 22.0), "api": (2.0, 4.0, 6.0, 8.0)}  # a second; what a small machine bears


@dataclass(frozen=True, slots=True)
class Timing:
    """One question, asked while nothing else was: milliseconds by stage, and what came of it.

    The first five are the handler's, in a process of one core as in Lambda: ``own`` is its work outside of the stages
    (parsing, validation, serialising, logging), ``put`` the record in the table. The next two are of the same question
    asked over HTTP: what the client waited, and how much of it the model took. ``generate`` is 0 where the model was
    not asked.
    """

    retrieve: float
    generate: float
    ground: float
    own: float
    put: float
    http: float
    http_generate: float
    decision: str
    response_bytes: int
    item_bytes: int

    @property
    def handler(self) -> float:
        """The handler's time in milliseconds without the record: how fast that is, is the table's matter."""
        return self.retrieve + self.generate + self.ground + self.own


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """Independent arrivals at one rate: each is timed from when it was due, however many are waiting.

    :func:`arrivals` and :func:`order` give what ``seed`` stands for, so that the simulation sees the very same load.
    """

    target: str  # api or endpoint
    rate: float  # a second
    seconds: float
    seed: int
    latencies_ms: tuple[float | None, ...]  # by arrival; None: it failed

    @property
    def answered_ms(self) -> list[float]:
        """Latencies of what did not fail."""
        return [latency for latency in self.latencies_ms if latency is not None]

    @property
    def busy(self) -> float:
        """Share of the time with a request under way; for the endpoint's one worker its utilisation."""
        due = arrivals(self.rate, self.seconds, self.seed)
        spans = zip(due, self.latencies_ms, strict=True)
        return busy_share([(when, when + latency / 1000) for when, latency in spans if latency is not None])


@dataclass(frozen=True, slots=True)
class Measurements:
    """What one session of measuring has found."""

    measured_at: str
    machine: Mapping[str, Any]
    version: str
    corpus: str
    model: str
    index: str
    timings: tuple[Timing, ...]
    endpoint_ms: Mapping[str, tuple[float, ...]]  # question by question, by the number of callers that never rest
    load: tuple[LoadPoint, ...]
    init_ms: tuple[float, ...]  # fresh processes: imports, index from S3, load; until a request could be answered
    log_bytes: float  # a question's own lines of log and metrics, mean

    @classmethod
    def read(cls, path: Path | str = RESULTS) -> "Measurements":
        """Read what :meth:`write` wrote; a relative path is below the repository.

        Raises
        ------
        StorageError
            If the file is missing or damaged.
        """
        path = project_root() / path
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
            value["timings"] = tuple(Timing(**timing) for timing in value["timings"])
            value["load"] = tuple(
                LoadPoint(**{**point, "latencies_ms": tuple(point["latencies_ms"])}) for point in value["load"]
            )
            value["endpoint_ms"] = {callers: tuple(times) for callers, times in value["endpoint_ms"].items()}
            return cls(**{**value, "init_ms": tuple(value["init_ms"])})
        except FileNotFoundError as error:
            raise StorageError(f"{path} does not exist; make it with `python benchmarks/load.py`.") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise StorageError(f"{path} is damaged ({error}); make it with `python benchmarks/load.py`.") from error

    def write(self, path: Path) -> Path:
        """Write everything as JSON."""
        value = {field.name: getattr(self, field.name) for field in fields(self)}
        value["timings"] = [asdict(timing) for timing in self.timings]
        value["load"] = [asdict(point) for point in self.load]
        return storage.write_text(path, json.dumps(value, indent=1) + "\n")


def measure_run(
    output: Path,
    *,
    questions: int = 120,
    rates: Mapping[str, Sequence[float]] = MappingProxyType(RATES),
    seconds: float = 15.0,
    progress: Callable[[str], None] = print,
) -> Measurements:
    """Bring up a one-worker endpoint and the API from what a run has left, with a table of their own, and measure them.

    Parameters
    ----------
    output : Path
        Folder of a finished run, usually ``build``.
    questions : int
        How many of the corpus.
    rates, seconds, progress
        As for :func:`measure`.

    Raises
    ------
    ConfigurationError
        If the folder holds no finished run.
    """
    with brought_up(output) as running:
        return measure(
            running.url,
            running.settings,
            running.questions[:questions],
            corpus=running.settings.corpus,
            rates=rates,
            seconds=seconds,
            before_each=lambda: _empty_table(OWN_NAME),
            progress=progress,
        )


@dataclass(frozen=True, slots=True)
class Running:
    """An API that was brought up to be measured: its address, its settings, its corpus's questions, and the cloud's
    address.
    """

    url: str
    settings: Settings
    questions: tuple[str, ...]
    cloud_url: str


@contextmanager
def brought_up(output: Path, *, with_model: bool = True, **changes: Any) -> Iterator[Running]:
    """Bring up a one-worker endpoint and the API from what a run has left, with a new table, for as long as the block.

    Parameters
    ----------
    output : Path
        Folder of a finished run, usually ``build``.
    with_model : bool
        If false there is no endpoint: every answer is a quotation.
    **changes
        Settings of the API that differ from the run's.

    Raises
    ------
    ConfigurationError
        If the folder holds no finished run.
    """
    from medassist import cloud, commands, datasets
    from medassist.production import deployment, serving

    name = commands.last_corpus(output)
    own: dict[str, Any] = {"table_name": OWN_NAME, "endpoint_name": OWN_NAME}
    with cloud.connect("local", output / "cloud") as connected:
        settings = replace(deployment.settings_for(name), **own, **changes)
        raw = storage.read_json(f"s3://{settings.bucket}/raw/{name}/{storage.MANIFEST}")["entry"]
        folder = storage.download_folder(f"s3://{settings.bucket}/raw/{name}", output / "raw" / name)
        asked = tuple(question.text for question in datasets.load_corpus(folder / raw, skip_invalid=True).questions)
        model = storage.read_json(f"s3://{settings.bucket}/models/{name}/latest.json")["uri"]
        role = deployment.resources().sagemaker_role_arn
        _empty_table(OWN_NAME)
        try:
            if with_model:
                serving.create(OWN_NAME, serving.container(model), serving.Hosting(), role=role)
            yield Running(connected.start_api(settings), settings, asked, connected.urls["cloud"])
        finally:
            serving.delete(OWN_NAME)
            aws.client("dynamodb").delete_table(TableName=OWN_NAME)


def _empty_table(name: str) -> None:
    """Begin with a new table: the emulated cloud writes one as a whole each second, however long it has grown."""
    from medassist import interactions

    if not interactions.create_table(name):
        aws.client("dynamodb").delete_table(TableName=name)
        interactions.create_table(name)


def measure(
    api_url: str,
    settings: Settings,
    questions: Sequence[str],
    *,
    corpus: str,
    rates: Mapping[str, Sequence[float]],
    seconds: float = 30.0,
    seed: int = 13,
    before_each: Callable[[], None] = lambda: None,
    progress: Callable[[str], None] = lambda line: None,
) -> Measurements:
    """Measure an API and its endpoint; some minutes.

    Parameters
    ----------
    api_url : str
        Of an API that nobody else uses meanwhile.
    settings : Settings
        Those the API runs with.
    questions : sequence of str
        Asked one by one, then at random.
    corpus : str
        Its name, for the record.
    rates : mapping of str to sequence of float
        Arrivals a second to try, for the targets ``"api"`` and ``"endpoint"``.
    seconds : float
        How long each rate is kept up.
    seed : int
        Of arrivals and of the order of questions.
    before_each : callable
        Called before each rate, for instance to empty a table of the emulated cloud, which writes it whole each second.
    progress : callable
        Called with a line as each part begins.

    Raises
    ------
    CloudError
        If the API does not answer.
    """
    import httpx

    from medassist.production import deployment, sign_in

    described = machine()
    progress("fresh processes of the function; in the last one, each question alone")
    starts = [_fresh_process(settings, ()) for _ in range(FRESH_PROCESSES - 1)]
    starts.append(alone := _fresh_process(settings, questions))
    headers = sign_in.headers(deployment.resources().user_pool_id)
    with httpx.Client(base_url=api_url, headers=headers, timeout=60) as client:
        try:
            health = client.get("/v1/health").raise_for_status().json()
            progress("each question alone, over HTTP")
            answers, timings = _one_by_one(client, settings, questions, alone["times"])
            model = _ModelCalls(settings, questions, answers)
            progress("the model, asked by 1 to 8 at once")
            endpoint_ms = {str(callers): model.closed_loop(callers, len(questions)) for callers in (1, 2, 4, 8)}
            points = []
            calls: dict[str, Callable[[int], Any]] = {
                "endpoint": model.ask,
                "api": lambda n: _ask(client, questions[n]),
            }
            for target, call in calls.items():
                for rate in rates.get(target, ()):
                    before_each()
                    progress(f"{target}: {rate:g} a second for {seconds:g} s")
                    points.append(_open_loop(target, call, len(questions), rate, seconds, seed))
        except httpx.HTTPError as error:
            raise CloudError(f"The API at {api_url} does not answer as expected: {error}.") from error
    return Measurements(
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=described,
        version=__version__,
        corpus=corpus,
        model=next((answer["model"] for answer in answers if answer["model"]), ""),
        index=health["index"],
        timings=tuple(timings),
        endpoint_ms=endpoint_ms,
        load=tuple(points),
        init_ms=tuple(start["init_ms"] for start in starts),
        log_bytes=round(alone["log_bytes"], 1),
    )


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Return the times of a Poisson process, in seconds from 0."""
    draw, times, now = random.Random(seed), [], 0.0
    while (now := now + draw.expovariate(rate)) < seconds:
        times.append(now)
    return times


def order(count: int, questions: int, seed: int) -> list[int]:
    """Return which question each of ``count`` arrivals asks."""
    draw = random.Random(seed + 1)
    return [draw.randrange(questions) for _ in range(count)]


def busy_share(spans: Sequence[tuple[float, float]]) -> float:
    """Return the share of the time, from the first start to the last end, that the spans cover together."""
    covered, until = 0.0, -1.0
    for start, end in sorted(spans):
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return covered / (until - min(spans)[0]) if spans else 0.0


def item_bytes(value: Mapping[str, Any]) -> int:
    """Return the size by which DynamoDB bills an item in its wire format (names and values).

    Rules: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _attribute_bytes(attribute) for name, attribute in value.items())


def _attribute_bytes(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    if kind == "S":
        return len(str(value).encode())
    if kind == "N":
        digits: str = value.lstrip("-").replace(".", "").strip("0")
        return (len(digits) + 1) // 2 + 1 + int(value.startswith("-"))
    if kind == "L":
        return 3 + sum(1 + _attribute_bytes(element) for element in value)
    if kind == "M":
        return 3 + len(value) + item_bytes(value)
    return 1  # NULL, BOOL


# ---- One by one -------------------------------------------------------------------------------------------------


def _ask(client: Any, question: str) -> tuple[dict[str, Any], int]:
    response = client.post("/v1/questions", json={"question": question}).raise_for_status()
    return dict(response.json()), len(response.content)


def _one_by_one(
    client: Any, settings: Settings, questions: Sequence[str], in_handler: Sequence[Mapping[str, float]]
) -> tuple[list[dict[str, Any]], list[Timing]]:
    """Ask each question alone over HTTP, and put what the handler took for it beside."""
    from medassist.production import sign_in

    table, caller = aws.client("dynamodb"), sign_in.subject_of(client.headers["Authorization"])
    answers, timings = [], []
    _ask(client, questions[0])  # opens connections
    for question, times in zip(questions, in_handler, strict=True):
        before = time.perf_counter()
        answer, size = _ask(client, question)
        over_http = {"http": round(1000 * (time.perf_counter() - before), 1)}
        over_http["http_generate"] = answer["timings_ms"].get("generate", 0.0)
        key = {"caller": {"S": caller}, "question_id": {"S": answer["id"]}}
        item = table.get_item(TableName=settings.table_name, Key=key).get("Item") or {}
        what = {"decision": _decision(answer), "response_bytes": size, "item_bytes": item_bytes(item)}
        values: dict[str, Any] = {**times, **over_http, **what}
        timings.append(Timing(**values))
        answers.append(answer)
    return answers, timings


def _decision(answer: Mapping[str, Any]) -> str:
    if answer["urgent"]:
        return "urgent"
    return "abstained" if answer["abstained"] else "quoted" if answer["extractive"] else "written"


# ---- Under load -------------------------------------------------------------------------------------------------


class _ModelCalls:
    """Calls of the endpoint as the function makes them: each question with the passages found for it."""

    def __init__(self, settings: Settings, questions: Sequence[str], answers: Sequence[Mapping[str, Any]]) -> None:
        self._client = EndpointClient(settings.endpoint_name, timeout_s=60.0)
        self._calls = [
            (question, [PassageText(passage["title"], passage["text"]) for passage in answer["passages"]])
            for question, answer in zip(questions, answers, strict=True)
        ]

    def ask(self, number: int) -> None:
        question, passages = self._calls[number % len(self._calls)]
        self._client.generate(question, passages)

    def closed_loop(self, callers: int, requests: int) -> tuple[float, ...]:
        """Return the latencies, in milliseconds, of ``requests`` calls by ``callers`` that never rest."""

        def timed(number: int) -> float:
            before = time.perf_counter()
            self.ask(number)
            return round(1000 * (time.perf_counter() - before), 1)

        with ThreadPoolExecutor(callers) as pool:
            return tuple(pool.map(timed, range(requests)))


def _open_loop(
    target: str,
    call: Callable[[int], Any],
    questions: int,
    rate: float,
    seconds: float,
    seed: int,
) -> LoadPoint:
    due = arrivals(rate, seconds, seed)
    begun = time.perf_counter()

    def timed(when: float, number: int) -> float | None:
        time.sleep(max(0.0, begun + when - time.perf_counter()))
        try:
            call(number)
        except Exception:  # counted; what the call raises is not this measurement's matter
            return None
        return round(1000 * (time.perf_counter() - begun - when), 1)

    with ThreadPoolExecutor(OPEN_LOOP_THREADS) as pool:
        latencies = tuple(pool.map(timed, due, order(len(due), questions, seed)))
    return LoadPoint(target, rate, seconds, seed, latencies)


# ---- A fresh process ----------------------------------------------------------------------------------------------

# What Lambda does in its init phase, on one core as a function of 1,769 MB has; then events, one by one.
_PROGRAM = """
import contextlib, io, json, os, sys, time
from types import SimpleNamespace
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
begun, log, puts, times = time.perf_counter(), io.StringIO(), [], []
with contextlib.redirect_stdout(log):
    import app, main
    store = app.services().store
    init_ms = 1000 * (time.perf_counter() - begun)
    record = type(store).record
    def timed_record(*arguments):
        before = time.perf_counter()
        record(*arguments)
        puts.append(1000 * (time.perf_counter() - before))
    type(store).record = timed_record
    context = SimpleNamespace(function_name="medassist", memory_limit_in_mb=1769, aws_request_id="0" * 36,
                              invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:medassist")
    event, questions = json.load(sys.stdin)
    for question in [*questions[:1], *questions]:
        written, before = log.tell(), time.perf_counter()
        response = main.handler({**event, "body": json.dumps({"question": question})}, context)
        took, stages = 1000 * (time.perf_counter() - before), json.loads(response["body"])["timings_ms"]
        stages = {name: stages.get(name, 0.0) for name in ("retrieve", "generate", "ground")}
        own = took - sum(stages.values()) - puts[-1]
        times.append({**stages, "own": round(own, 1), "put": round(puts[-1], 1), "log": log.tell() - written})
logged = [each.pop("log") for each in times][1:]
print(json.dumps({"init_ms": round(init_ms, 1), "times": times[1:], "log_bytes": sum(logged) / max(1, len(logged))}))
"""
_EVENT = {
    "resource": "/v1/questions",
    "path": "/v1/questions",
    "httpMethod": "POST",
    "headers": {"Content-Type": "application/json"},
    "multiValueHeaders": {"Content-Type": ["application/json"]},
    "requestContext": {"path": "/prod/v1/questions", "authorizer": {"claims": {"sub": "load-test"}}},
    "isBase64Encoded": False,
}


def _fresh_process(settings: Settings, questions: Sequence[str]) -> dict[str, Any]:
    """Start the function's code in a new interpreter; return its init time, and each question's times and log bytes.

    The index comes from S3 into an empty folder, as in a new execution environment. The first question is asked twice
    and counted once: it opens connections.
    """
    import tempfile

    root = project_root()
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, **settings.to_environment(), "MEDASSIST_CACHE_DIR": cache}
        environment["PYTHONPATH"] = f"{root}{os.pathsep}{root / 'lambda'}"
        environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand"  # the code gets ready while it is imported
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            input=json.dumps([_EVENT, list(questions)]),
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise CloudError(f"The function's code does not start ({reason}); see whether `medassist ask` works.")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def machine() -> dict[str, Any]:
    """Describe this machine: what the times were measured on, and how busy it was with other things."""
    import platform

    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average_before": round(os.getloadavg()[0], 2),
    }
