"""What a fine-tuning puts on record, whether it runs here or as a training job."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from medassist.base_models import base_name
from medassist.example_table import digest
from medassist.experiments.tracking import Run, Tracker
from medassist.training_parameters import TrainingParameters

CARD, COUNTS = "README.md", "counts.json"  # beside the examples' tables
JOB, VERSION = "training_job", "version"  # tags that a run is found by
NO_RECORD = "no tracker was given"


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """The record of one training.

    Parameters
    ----------
    tracker : Tracker, optional
        Without it nothing is recorded, and the runs are silent.
    corpus, version : str
        What the model is of. The version stands for examples, parameters and code.
    parameters : TrainingParameters
    examples : Path
        Folder with the examples' tables, their data card and their counts.
    source : str
        Where the examples can be found again.
    machines : mapping
        What it runs on, as tags: ``{"instance_type": "ml.m5.xlarge"}``.
    """

    tracker: Tracker | None
    corpus: str
    version: str
    parameters: TrainingParameters
    examples: Path
    source: str
    machines: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def follow(self, job: str = "") -> Iterator[Run]:
        """Yield the run; it takes the training's lines, and ends with the block. A job's run is taken up again."""
        if self.tracker is None:
            yield Run(failed=NO_RECORD)
            return
        tags = self._tags() | ({JOB: job} if job else {})
        with self.tracker.follow(self._name(), tags, resume=JOB if job else "") as run:
            self._describe(run)
            yield run

    def afterwards(self, model: Path) -> Run:
        """Return the run that a model of this version has; only where the store has none, one is made of its files."""
        if self.tracker is None:
            return Run(failed=NO_RECORD)
        run = self.tracker.find(VERSION, self.version)
        if run.id or run.failed:
            return run
        with self.tracker.follow(self._name(), self._tags() | {"recorded": "afterwards"}) as run:
            self._describe(run)
            run.add_outcome(model)
        return run

    def _name(self) -> str:
        return f"{base_name(self.parameters).rpartition('/')[2]}-{self.version[:8]}"

    def _tags(self) -> dict[str, str]:
        return {"corpus": self.corpus, VERSION: self.version, **self.machines}

    def _describe(self, run: Run) -> None:
        run.add_parameters({"corpus": self.corpus, **asdict(self.parameters)})
        files = [self.examples / CARD, self.examples / COUNTS]
        run.add_data(self.corpus, digest(self.examples), self.source, files)
