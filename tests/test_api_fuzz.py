"""The REST API held against its own OpenAPI document by schemathesis: all checks, valid and invalid requests.

Schemathesis runs as the program that it is, in all of its phases: the document's examples, the borders of each field,
random requests, and sequences of them.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from running_system import RunningSystem

pytestmark = pytest.mark.integration

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
SEED = 13
EXAMPLES = {"short": 8, "soak": 200}  # random requests for each operation and phase
REQUESTS = {"short": 100, "soak": 1_000}  # at least so many in all


def fuzz(url: str, headers: Mapping[str, str], examples: int, folder: Path) -> tuple[int, str, Counter[int]]:
    """Run schemathesis; return its exit status, what it says, and how many answers had each HTTP status."""
    events = folder / "events.ndjson"
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIGURATION)]
    command += ["run", f"{url}/v1/openapi.json", "--url", url]
    command += ["--checks", "all", "--mode", "all", "--max-examples", str(examples), "--seed", str(SEED)]
    command += ["--continue-on-failure", "--generation-database", "none", "--no-color"]
    command += ["--report", "ndjson", "--report-ndjson-path", str(events)]
    command += [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    scenarios = [json.loads(line).get("ScenarioFinished") for line in events.read_text(encoding="utf-8").splitlines()]
    exchanges = [
        exchange
        for scenario in scenarios
        if scenario
        for exchange in scenario["recorder"].get("interactions", {}).values()
    ]
    statuses = Counter(exchange["response"]["status_code"] if exchange["response"] else 0 for exchange in exchanges)
    return done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr), statuses


def test_the_api_keeps_what_its_document_promises(
    running_system: RunningSystem, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    # GIVEN the running cloud WHEN schemathesis sends what the document allows, and what it does not
    form = "soak" if pytestconfig.getoption("--soak") else "short"
    status, said, statuses = fuzz(running_system.api.url, running_system.headers, EXAMPLES[form], tmp_path)
    print(f"schemathesis: {statuses.total()} requests, by status {dict(sorted(statuses.items()))}")
    # THEN every check holds for every answer, and none is an error of ours
    faults = [line for line in running_system.api.log if "unexpected error" in line]
    assert status == 0, "\n".join([said[-6_000:], *faults[-5:]])
    assert statuses.total() >= REQUESTS[form]
    assert {200, 400} <= set(statuses)
    assert not [code for code in statuses if code == 0 or code >= 500]
    assert running_system.api.popen.poll() is None
