"""What a run leaves behind for machines: one JSON object a stage, collected in ``report.json``."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medassist import storage
from medassist.errors import StorageError

REPORT = "report.json"


def record(
    output_dir: Path | str,
    stage: str,
    *,
    seconds: float,
    counts: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
    artifacts: Mapping[str, str] | None = None,
    reused: bool = False,
) -> dict[str, Any]:
    """Write ``<output_dir>/stages/<stage>.json`` and return what it says.

    Parameters
    ----------
    output_dir : Path or str
        The run's folder, usually ``build``.
    stage : str
        The notebook's name, for instance ``"02_build_index"``.
    seconds : float
        How long the stage's own work took.
    counts, metrics, artifacts : mapping, optional
        How many of what; what was measured; where what was made lies (S3 addresses, paths, URLs).
    reused : bool
        Whether what an earlier run made was found unchanged and used again.
    """
    stage_report = {
        "stage": stage,
        "status": "reused" if reused else "made",
        "seconds": round(seconds, 3),
        "counts": dict(counts or {}),
        "metrics": dict(metrics or {}),
        "artifacts": dict(artifacts or {}),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    path = Path(output_dir) / "stages" / f"{stage}.json"
    storage.write_text(path, json.dumps(stage_report, indent=1, default=float))
    return stage_report


def read_stage(output_dir: Path | str, stage: str) -> dict[str, Any]:
    """Return what :func:`record` wrote for a stage.

    Raises
    ------
    StorageError
        If the stage has not been run, or its file is damaged.
    """
    path = Path(output_dir) / "stages" / f"{stage}.json"
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StorageError(f"{path} does not exist; run the notebook {stage} first.") from error
    except ValueError as error:
        raise StorageError(f"{path} is damaged ({error}); run the notebook {stage} again.") from error
    return value


def write_report(output_dir: Path | str, run: Mapping[str, Any], stages: Sequence[Mapping[str, Any]]) -> Path:
    """Write ``report.json``: the run's own facts, and one object a stage under ``"stages"``."""
    text = json.dumps({**run, "stages": list(stages)}, indent=1, default=float, ensure_ascii=False)
    return storage.write_text(Path(output_dir) / REPORT, text + "\n")
