"""Trainings on record: each is a run in MLflow, in a folder here, on a server, or on SageMaker's by its ARN.

A run is a listener: it is called with every line that a training prints, so it is the same for one that runs here and
for a training job in either cloud. Whatever goes wrong with the record is said once; the training goes on without it.

What is recorded: parameters, metrics by step as they come, scores, the data card and its counts, plots, the model's
package or its address, and commit, packages and machine of the process that keeps the record (a job's container has
packages of its own, by its image). No question or answer is.
"""

import functools
import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote, urlsplit

from medassist.experiments import environment
from medassist.storage import sha256_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = "mlflow"  # below a run's output folder
DATABASE = "mlflow.db"  # MLflow 3 keeps no new features for plain files; SQLite is a file in the same folder
MAX_PACKAGE_MB = 50  # a larger package is not copied into the store: its address is enough
OUTCOME = ("history.json", "metrics.json", "model_card.md")  # of a model folder; none of them holds a question
FLUSH_S = 2.0  # metrics that come together go together: a server far away takes 0.1 s a request
LINE = re.compile(r"\bstep=(\d+) of=\d+(.*)")
VALUE = re.compile(r"\b(\w+)=(-?(?:\d[\d.]*(?:[eE][+-]?\d+)?|inf|nan))\b")

# A training does not wait minutes for a server that is not there, and nobody is told that it took place.
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "15",
}
_Method = TypeVar("_Method", bound=Callable[..., None])


def _harmless(method: _Method) -> _Method:
    """Let a record's method fail without harm: the first failure is said and is the last call to MLflow."""

    @functools.wraps(method)
    def attempt(self: Any, *arguments: Any, **named: Any) -> None:
        if self.failed:
            return
        try:
            method(self, *arguments, **named)
        except Exception as error:  # MLflow, its plugins, databases and networks raise all kinds
            if self.failed:
                return
            self.failed = f"{type(error).__name__}: {error}".partition("\n")[0][:200]
            self.say(f"the training is not tracked any more ({self.failed}); it goes on itself")

    return cast(_Method, attempt)


class Tracker:
    """An MLflow store and one experiment in it.

    Parameters
    ----------
    place : str or Path
        A folder; the ARN of a SageMaker MLflow server or app; ``http://…``; or any other address of a store that
        MLflow knows.
    experiment : str
        Runs that are compared stand in one experiment, for instance ``"medassist-sample"``.
    say : callable
        Gets a sentence if something goes wrong.
    """

    def __init__(self, place: str | Path, experiment: str, *, say: Callable[[str], None] = print) -> None:
        self.place, self.experiment, self.say = str(place), experiment, say

    def begin(self, name: str, tags: Mapping[str, str], *, resume: str = "") -> "Run":
        """Return a new run, or the one that has the tag ``resume`` with the same value already.

        Parameters
        ----------
        name : str
            What people see in the list of runs.
        tags : mapping
            What the run can be found by.
        resume : str
            One of the tags' names, for instance ``"training_job"``: a job whose follower was interrupted stays one run.
        """
        run = Run(self.say)
        run.open(self, name, tags, resume)
        return run

    def find(self, tag: str, value: str) -> "Run":
        """Return the finished run with this tag, newest first; its ``id`` is empty if there is none."""
        run = Run(self.say)
        run.look_up(self, tag, value)
        return run

    @contextmanager
    def follow(self, name: str, tags: Mapping[str, str], *, resume: str = "") -> Iterator["Run"]:
        """As :meth:`begin`; the run ends with the block, as finished, failed, or (where it is interrupted) killed."""
        run = self.begin(name, tags, resume=resume)
        try:
            yield run
        except Exception:
            run.end("FAILED")
            raise
        except BaseException:
            run.end("KILLED")
            raise
        run.end("FINISHED")

    def rows(self, metrics: Sequence[str] = (), limit: int = 10) -> list[dict[str, Any]]:
        """Return the latest runs, newest first: name, status, start and these metrics; none if the store is away."""
        try:
            client = self.connect()
            order = ["attributes.start_time DESC"]
            found = client.search_runs([self.experiment_id(client)], max_results=limit, order_by=order)
        except Exception as error:
            self.say(f"the runs cannot be listed ({type(error).__name__}); look at {self.place}")
            return []
        return [
            {
                "run": run.info.run_name,
                "started": datetime.fromtimestamp(run.info.start_time / 1000).isoformat(" ", "minutes"),
                "status": run.info.status,
                **{name: run.data.metrics.get(name) for name in metrics},
            }
            for run in found
        ]

    def how_to_look(self) -> str:
        """Return the command that shows the runs in a browser; for a server its address."""
        if urlsplit(self.place).scheme:
            return self.place
        return f"mlflow ui --backend-store-uri sqlite:///{Path(self.place) / DATABASE}"

    def connect(self) -> Any:
        """Return MLflow's client of the store. It is imported here: that takes a second or two."""
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        # SageMaker's plugin tries its headers on every server and complains where they do not fit.
        quiet = logging.ERROR if not self.place.startswith("arn:") else logging.NOTSET
        logging.getLogger("mlflow.tracking.request_header.registry").setLevel(quiet)
        logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)  # of tables in a new database
        import mlflow

        if urlsplit(self.place).scheme:
            if self.place.startswith("arn:"):
                mlflow.set_tracking_uri(self.place)  # the plugin asks for it when it signs
            return mlflow.MlflowClient(self.place)
        folder = Path(self.place).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        return mlflow.MlflowClient(f"sqlite:///{folder / DATABASE}")

    def experiment_id(self, client: Any) -> str:
        """Return the experiment's id; it is made if it is not there."""
        if found := client.get_experiment_by_name(self.experiment):
            return str(found.experiment_id)
        if urlsplit(self.place).scheme:
            return str(client.create_experiment(self.experiment))
        artifacts = Path(self.place).resolve() / "artifacts" / quote(self.experiment, safe="")
        return str(client.create_experiment(self.experiment, artifact_location=artifacts.as_uri()))


class Run:
    """One training on record. ``id`` is MLflow's; ``failed`` says why nothing more is recorded, if so."""

    def __init__(self, say: Callable[[str], None] = print, failed: str = "") -> None:
        self.say, self.id, self.failed = say, "", failed
        self._client: Any = None
        self._known: set[tuple[str, int]] = set()  # what is recorded: a job that goes on says some steps again
        self._waiting: list[Any] = []
        self._flushed = 0.0

    # Beginning and end -------------------------------------------------------------------------------------------

    @_harmless
    def open(self, tracker: Tracker, name: str, tags: Mapping[str, str], resume: str) -> None:
        """Begin, or go on; :meth:`Tracker.begin` says how."""
        self._client = tracker.connect()
        experiment = tracker.experiment_id(self._client)
        if resume and (found := self._search(experiment, resume, tags[resume])):
            self.id = found.info.run_id
            self._client.update_run(self.id, status="RUNNING")
            for metric in found.data.metrics:
                self._known |= {(metric, row.step) for row in self._client.get_metric_history(self.id, metric)}
            return
        about = {f"version.{package}": version for package, version in environment.versions().items()}
        about["mlflow.source.git.commit"] = environment.commit()
        self.id = self._client.create_run(experiment, run_name=name, tags={**about, **tags}).info.run_id
        self._client.log_dict(self.id, environment.describe(), "environment.json")

    @_harmless
    def look_up(self, tracker: Tracker, tag: str, value: str) -> None:
        """Find a finished run; :meth:`Tracker.find` says how."""
        self._client = tracker.connect()
        if found := self._search(tracker.experiment_id(self._client), tag, value, finished=True):
            self.id = found.info.run_id

    def _search(self, experiment: str, tag: str, value: str, *, finished: bool = False) -> Any:
        quoted = value.replace("'", "")
        wanted = f"tags.`{tag}` = '{quoted}'" + (" and attributes.status = 'FINISHED'" if finished else "")
        found = self._client.search_runs([experiment], wanted, max_results=1, order_by=["attributes.start_time DESC"])
        return found[0] if found else None

    @_harmless
    def end(self, status: str) -> None:
        """Record what is waiting, and that the run has ended so: FINISHED, FAILED or KILLED."""
        self.flush()
        if not self.failed:
            self._client.set_terminated(self.id, status)

    # Metrics -----------------------------------------------------------------------------------------------------

    def __call__(self, line: str) -> None:
        """Take a line of a training: ``step=20 of=240 train_loss=5.1 …`` is recorded, others are not."""
        if found := LINE.search(line):
            values = {name: float(value) for name, value in VALUE.findall(found[2])}
            self.add_metrics(values, int(found[1]))
            if time.monotonic() - self._flushed > FLUSH_S:
                self.flush()

    @_harmless
    def add_metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        """Record numbers at a step, those that are not recorded yet."""
        from mlflow.entities import Metric

        new = {name: value for name, value in values.items() if (name, step) not in self._known}
        self._known |= {(name, step) for name in new}
        self._waiting += [Metric(name, value, time.time_ns() // 1_000_000, step) for name, value in new.items()]

    @_harmless
    def flush(self) -> None:
        """Send the metrics that are waiting."""
        for start in range(0, len(self._waiting), 1000):  # as many as MLflow takes at once
            self._client.log_batch(self.id, metrics=self._waiting[start : start + 1000])
        self._waiting, self._flushed = [], time.monotonic()

    @_harmless
    def add_outcome(self, folder: Path) -> None:
        """Record what a training has left in its model folder: history, scores, model card, plots.

        ``history.json`` has the last word: what its rows hold and the lines did not bring is added.
        """
        from medassist.experiments import training_plots

        history, metrics = (json.loads((folder / name).read_text("utf-8")) for name in OUTCOME[:2])
        for row in history:
            self.add_metrics({name: value for name, value in row.items() if name != "step"}, int(row["step"]))
        scores = numbers({name: value for name, value in metrics.items() if name != "held_out"})
        self.add_metrics({f"final.{name}": value for name, value in scores.items()}, int(history[-1]["step"]))
        self.add_files([folder / name for name in OUTCOME], "model")
        self.add_figures(training_plots.draw_all(folder))

    # What belongs to it ------------------------------------------------------------------------------------------

    @_harmless
    def add_parameters(self, values: Mapping[str, Any]) -> None:
        """Record parameters; of a path only the name, as paths are of one machine."""
        from mlflow.entities import Param

        shown = {name: Path(v).name if Path(str(v)).is_dir() else v for name, v in values.items() if str(v)}
        self._client.log_batch(self.id, params=[Param(name, str(value)) for name, value in shown.items()])

    @_harmless
    def add_data(self, name: str, digest: str, source: str, files: Sequence[Path]) -> None:
        """Record which examples a training has read, and what tells of them: the data card and the counts."""
        from mlflow.entities import Dataset, DatasetInput

        kind = urlsplit(source).scheme or "local"
        dataset = Dataset(name, digest[:36], kind, json.dumps({"uri": source}))
        self._client.log_inputs(self.id, [DatasetInput(dataset)])
        self.add_files([path for path in files if path.is_file()], "data")

    @_harmless
    def add_files(self, files: Sequence[Path], folder: str) -> None:
        """Copy files into the store."""
        for path in files:
            self._client.log_artifact(self.id, str(path), folder)

    @_harmless
    def add_figures(self, figures: Mapping[str, "Figure"]) -> None:
        """Record plots by their names."""
        for name, figure in figures.items():
            self._client.log_figure(self.id, figure, f"plots/{name}.png")

    @_harmless
    def add_package(self, path: Path, uri: str) -> None:
        """Record a model's package: its address and hash, and itself if it is small."""
        self._client.set_tag(self.id, "package", uri)
        self._client.set_tag(self.id, "package.sha256", sha256_of(path))
        if path.stat().st_size <= MAX_PACKAGE_MB * 1e6:
            self.add_files([path], "model")


def numbers(values: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Return the numbers of a nested mapping by their path: ``{"a": {"b": 1}}`` gives ``{"a.b": 1.0}``."""
    found: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= numbers(value, f"{prefix}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[re.sub(r"[^\w./ -]", "_", f"{prefix}{name}")] = float(value)
    return found
