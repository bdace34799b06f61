"""The load test of ``benchmarks/service_load.py`` in short: some users, some seconds; nothing fails or is lost."""

import json
from pathlib import Path

import pytest
from running_system import ROOT, RunningSystem

from benchmarks import service_load

pytestmark = pytest.mark.integration

QUESTIONS = [
    json.loads(line)["text"] for line in (ROOT / "data" / "sample" / "questions.jsonl").read_text().splitlines()[:60]
]
USERS, SECONDS = 8, 6.0
MAX_GROWTH_MB = 60.0  # what a process that has just been started may still take; a leak of an answer's size is more


def test_many_at_once_are_answered_and_nothing_is_lost(running_system: RunningSystem, tmp_path: Path) -> None:
    # GIVEN the running cloud WHEN several users ask for a while without a rest
    processes = {"API": running_system.api.pid, "model": running_system.container().pid}
    service = service_load.Service(
        running_system.api.url, running_system.headers, QUESTIONS, processes, running_system.stored
    )
    found = service_load.measure(service, users=USERS, seconds=SECONDS)
    # THEN all are answered, and each answer that says that it is stored is stored
    assert found["all"]["answers"] > USERS
    assert (found["failed"], found["unrecorded"], found["lost"]) == (0, 0, 0)
    # AND the memory stays where it is
    assert set(found["memory"]) == set(processes)
    for name, seen in found["memory"].items():
        assert seen["late_mb"] - seen["early_mb"] < MAX_GROWTH_MB, name
