"""Checkpoints of a training run: folders ``checkpoint-<step>`` that are taken up again only if whole and of this run.

A checkpoint counts from the moment its ``complete.json`` is there, which is written last and names the run and each
file's size and SHA-256. So neither a process killed in the middle of writing nor a copy that arrived in part (on its
way to S3 or back) is ever resumed from.
"""

import json
import logging
import re
from pathlib import Path
from typing import Any

from medassist import storage

logger = logging.getLogger(__name__)

MARKER = "complete.json"
STATE = "trainer_state.json"
_NAME = re.compile(r"checkpoint-(\d+)")


def seal(checkpoint: Path, run: str) -> None:
    """Declare a checkpoint whole: write its ``complete.json``.

    Parameters
    ----------
    checkpoint : Path
        A folder ``checkpoint-<step>`` in which nothing will change any more.
    run : str
        What the run is recognised by; see :func:`newest`.
    """
    files = {
        path.relative_to(checkpoint).as_posix(): {"bytes": path.stat().st_size, "sha256": storage.sha256_of(path)}
        for path in sorted(checkpoint.rglob("*"))
        if path.is_file() and path.name != MARKER
    }
    storage.write_text(checkpoint / MARKER, json.dumps({"run": run, "files": files}, indent=1) + "\n")


def newest(folder: Path, run: str) -> Path | None:
    """Return the checkpoint of the highest step that is whole and of this run; None if there is none.

    Others are passed over with a warning that says why: half-written, changed, or of another run. A checkpoint needs
    the one with the best weights so far beside it, as those are what training hands back in the end.
    """
    found = [(int(match[1]), path) for path in folder.glob("checkpoint-*") if (match := _NAME.fullmatch(path.name))]
    for _, path in sorted(found, reverse=True):
        fault = _fault(path, run) or _fault_of_best(path, run)
        if not fault:
            return path
        logger.warning("the checkpoint %s is passed over: %s", path, fault)
    return None


def _fault(checkpoint: Path, run: str) -> str:
    """What keeps a checkpoint from being taken up; empty if nothing does."""
    marker = _read(checkpoint / MARKER)
    if not isinstance(marker.get("files"), dict):
        return f"it has no readable {MARKER}, so it was not written to its end"
    if marker.get("run") != run:
        return "it belongs to a run with other parameters, examples or base model"
    for name, expected in marker["files"].items():
        path = checkpoint / name
        if not path.is_file() or path.stat().st_size != expected["bytes"]:
            return f"its file {name} is missing or cut short"
        if storage.sha256_of(path) != expected["sha256"]:
            return f"its file {name} has another checksum than {MARKER} says"
    return ""


def _fault_of_best(checkpoint: Path, run: str) -> str:
    best = _read(checkpoint / STATE).get("best_global_step")
    sibling = checkpoint.with_name(f"checkpoint-{best}")
    if not best or sibling == checkpoint:
        return ""
    fault = _fault(sibling, run)
    return f"the best weights so far are in {sibling.name}, and {fault}" if fault else ""


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
