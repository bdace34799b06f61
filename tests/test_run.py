"""The whole road, as a person walks it: run, run again, serve, ask; the notebooks one by one; failures and Ctrl-C.

All of it happens in a checkout of its own under a temporary folder, in the order of the tests of this file.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

from medassist import notebooks

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[1]
PROJECT = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MEDASSIST_"))}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, encoder_folder):
    """Return a folder that looks like a fresh clone: our code by links, the notebooks as copies."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("medassist", "deploy", "lambda", "data", "benchmarks"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    shutil.copytree(encoder_folder, folder / "build" / "cache" / "encoder" / encoder_folder.name)  # spares an export
    return folder


def start(checkout, *arguments, **variables):
    command = [sys.executable, "-m", "medassist.cli", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=checkout, env=PROJECT | variables, start_new_session=True, **pipes)


def run(checkout, *arguments, timeout=900, **variables):
    process = start(checkout, *arguments, **variables)
    output, error = process.communicate(timeout=timeout)
    return subprocess.CompletedProcess(process.args, process.returncode, output, error)


def processes_of(checkout):
    """Return the command lines of all processes that work in or for the checkout."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            line = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            where = str((path / "cwd").resolve())
        except OSError:
            continue
        if str(checkout) in line or where.startswith(str(checkout)):
            found.append(line)
    return found


def assert_nothing_runs(checkout):
    deadline = time.monotonic() + 20
    while (left := processes_of(checkout)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == []


def test_run_goes_from_raw_data_to_a_cited_answer(checkout):
    # WHEN everything is run on the sample
    result = run(checkout, "run")
    assert result.returncode == 0, result.stderr[-3000:]
    # THEN the answer is printed with its numbered sources
    assert "Q: What are the symptoms of asthma?" in result.stdout
    assert re.search(r"wheezing.*\[1\]", result.stdout)
    assert "[1] Asthma: symptoms (medassist sample)" in result.stdout
    assert "not medical advice" in result.stdout
    # and the report has one object a stage
    report = json.loads((checkout / "build" / "report.json").read_text())
    stages = {stage["stage"]: stage for stage in report["stages"]}
    assert list(stages) == list(notebooks.NOTEBOOKS)
    assert all({"counts", "metrics", "seconds", "artifacts", "status"} <= set(stage) for stage in stages.values())
    assert stages["01_upload_data"]["counts"]["documents"] == 300
    assert stages["02_build_index"]["artifacts"]["index"].startswith("s3://")
    assert stages["06_evaluate"]["metrics"]["statements that cite a passage"] == 1.0
    assert stages["06_evaluate"]["metrics"]["off topic refused"] >= 0.9
    assert stages["06_evaluate"]["metrics"]["sample hybrid nDCG@10"] > 0.7
    # and every executed notebook shows something worth looking at, and no error
    for name in notebooks.NOTEBOOKS:
        executed = nbformat.read(checkout / "build" / "notebooks" / f"{name}.ipynb", as_version=4)
        outputs = [output for cell in executed.cells if cell.cell_type == "code" for output in cell.outputs]
        assert not [output for output in outputs if output.output_type == "error"]
        assert [output for output in outputs if "image/png" in output.get("data", {})], name
    # and the progress named notebooks and headings
    assert "02_build_index cell" in result.stderr
    assert "3. Encode and build" in result.stderr
    assert_nothing_runs(checkout)


def test_a_second_run_reuses_what_has_not_changed_and_says_so(checkout):
    result = run(checkout, "run", "--question", "How do I change the oil of my car?")
    assert result.returncode == 0, result.stderr[-3000:]
    for name in ("01_upload_data", "02_build_index", "03_finetune_t5"):
        assert f"{name}: reused what had not changed" in result.stderr
    assert "encoding passages" not in result.stderr
    assert "I can't answer that from my sources" in result.stdout
    assert_nothing_runs(checkout)


def test_serve_brings_up_api_and_page_from_the_last_run(checkout):
    # WHEN it is served
    process = start(checkout, "serve", "--port", str(port := free_port()))
    try:
        lines = [process.stdout.readline() for _ in range(5)]
        assert lines[0].split() == ["Page", f"http://127.0.0.1:{port}/"], process.stderr.read()
        # THEN page and docs are there, the docs for who has a token
        token = run(checkout, "user", "token").stdout.strip()
        for path, expected in (("/", "<title>"), ("/v1/docs", "swagger"), ("/v1/health", '"sample"')):
            asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": token})
            with urllib.request.urlopen(asked, timeout=10) as response:
                assert expected in response.read().decode()
        # and a question can be asked of it from the command line, with a token
        ask = ("ask", "What does a low TSH mean?", "--json", "--url", f"http://127.0.0.1:{port}")
        assert "MEDASSIST_TOKEN" in run(checkout, *ask).stderr
        asked = run(checkout, *ask, MEDASSIST_TOKEN=token)
        answer = json.loads(asked.stdout)
        assert answer["recorded"] is True
        assert answer["model"].startswith("medassist-t5-compact")
        assert "Thyroid function tests" in asked.stdout
        # and a second serve on the same port is told that it is taken, and leaves the first alone
        second = run(checkout, "serve", "--port", str(port), "--output", str(checkout / "elsewhere"))
        assert second.returncode == 1
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/health", timeout=10) as response:
            assert response.status == 200
    finally:
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    # and Ctrl-C stops all of it, in good order
    assert (process.returncode, output.splitlines()[-1]) == (0, "Stopped.")
    assert_nothing_runs(checkout)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_taken_port_is_named(checkout):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run(checkout, "serve", "--port", str(port))
    assert result.returncode == 1
    assert f"Port {port}" in result.stderr
    assert "Traceback" not in result.stderr
    assert_nothing_runs(checkout)


def test_each_notebook_runs_alone_from_what_the_ones_before_have_left(checkout):
    # nbval runs every notebook in a kernel of its own, from notebooks/, with its default parameters
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider", "notebooks"]
    result = subprocess.run(command, cwd=checkout, env=PROJECT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:]
    assert re.search(r"\d+ passed", result.stdout)
    assert_nothing_runs(checkout)


def test_a_failing_notebook_stops_the_run_with_its_cell(checkout):
    result = run(checkout, "run", "--set", "encoder_model=no/such-model", "--set", "passage_words=90")
    assert result.returncode == 1
    assert re.search(r"02_build_index failed in cell \d+: ConfigurationError: .*no/such-model", result.stderr)
    assert f"Its executed copy shows where: {checkout}/build/notebooks/02_build_index.ipynb" in result.stderr
    assert "Traceback" not in result.stderr
    assert_nothing_runs(checkout)


def test_ctrl_c_leaves_nothing_running_and_what_was_there(checkout):
    # GIVEN a run that is in its second notebook
    process = start(checkout, "run", "--set", "passage_words=60")
    for line in process.stderr:
        if "3. Encode and build" in line:
            break
    # WHEN it is interrupted as a terminal does it
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=60)
    # THEN it says so, nothing is left running, and the next run goes on
    assert process.returncode == 130
    assert "Interrupted; what was finished is kept." in error
    assert "Traceback" not in error
    assert_nothing_runs(checkout)
    assert run(checkout, "ask", "What is gout?").returncode == 0
    assert_nothing_runs(checkout)
