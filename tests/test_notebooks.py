"""The notebooks keep to their form, and a headless run says where it stands and what failed."""

import re
from pathlib import Path

import nbformat
import pytest

from medassist import notebooks, report
from medassist.errors import ConfigurationError, NotebookError

FOLDER = Path("notebooks")
ROAD = [FOLDER / f"{name}.ipynb" for name in notebooks.NOTEBOOKS]
ALL = ROAD + [FOLDER / f"{name}.ipynb" for name in notebooks.STUDIES]


@pytest.fixture(params=ALL, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_list_names_the_notebooks_that_are_there():
    assert sorted(FOLDER.glob("*.ipynb")) == ALL


def test_stored_without_outputs_and_with_stable_ids(notebook):
    nbformat.validate(notebook)
    assert all(not cell.outputs and cell.execution_count is None for cell in code_cells(notebook))
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert notebook.metadata.kernelspec.name == "python3"


def test_begins_with_its_question_and_ends_with_what_comes_next(notebook):
    first, last = notebook.cells[0], notebook.cells[-1]
    assert re.match(r"# \d · ", first.source)
    for part in ("**Question:**", "**Inputs:**", "**Outputs:**"):
        assert part in first.source
    assert "**Next:**" in last.source


def test_one_parameters_cell_with_a_comment_a_parameter(notebook, request):
    (cell,) = [cell for cell in code_cells(notebook) if "parameters" in cell.metadata.get("tags", [])]
    lines = cell.source.splitlines()
    assert all(re.match(r"\w+ = .+  # \S", line) for line in lines)
    names = {line.split(" = ")[0] for line in lines}
    on_the_road = request.node.callspec.params["notebook"] in ROAD
    assert ({"target", "bucket", "corpus", "output_dir"} if on_the_road else {"output_dir"}) <= names


def test_cells_are_thin(notebook):
    for cell in code_cells(notebook):
        assert len(cell.source.splitlines()) <= 15
        assert not re.search(r"%%writefile|sys\.path|^!|\bsubprocess\b", cell.source, re.MULTILINE)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds.count("markdown") >= 8


def test_parameters_are_handed_to_the_notebooks_that_declare_them():
    given = {"target": "local", "max_answer_questions": 3}
    chosen = notebooks.select_parameters(ROAD, given)
    assert chosen["06_evaluate"] == given
    assert chosen["01_upload_data"] == {"target": "local"}
    with pytest.raises(ConfigurationError, match="No notebook has a parameter 'tarhet'"):
        notebooks.select_parameters(ROAD, {"tarhet": "local"})


def test_a_parameter_of_several_notebooks_means_the_same_in_each():
    # `--set` reaches every notebook that declares the name: a training's machine must not become the endpoint's.
    defaults: dict[str, set[str]] = {}
    for path in ROAD:
        for name, value in notebooks.parameters_of(path).items():
            defaults.setdefault(name, set()).add(value)
    differing = {name for name, values in defaults.items() if len(values) > 1}
    assert differing == {"corpus", "requests"}  # the first notebook takes a corpus's path; how many are timed differs


@pytest.fixture
def small(tmp_path):
    cells = [
        nbformat.v4.new_markdown_cell("# Title"),
        nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_markdown_cell("## 1. Divide"),
        nbformat.v4.new_code_cell("print('5 %', end='\\rabout to divide\\n')\n1 / x"),
    ]
    path = tmp_path / "small.ipynb"
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def test_a_headless_run_says_where_it_stands(small, tmp_path):
    # WHEN a notebook is run with a parameter
    starts, lines = [], []
    out = tmp_path / "out" / "small.ipynb"
    notebooks.run_notebook(small, out, {"x": 2}, cwd=tmp_path, on_cell=starts.append, on_output=lines.append)
    # THEN each code cell was announced under its heading, with what it printed, and the executed copy is there
    assert [start.heading for start in starts] == ["Title", "Title", "1. Divide"]
    assert starts[-1].notebook == "small"
    assert starts[-1].number == starts[-1].total
    assert lines == ["about to divide"]
    # and of a line that was redrawn the copy holds the last state only
    outputs = nbformat.read(out, as_version=4).cells[-1].outputs
    assert [output.text for output in outputs if output.output_type == "stream"] == ["about to divide\n"]
    assert outputs[-1].data["text/plain"] == "0.5"


def test_a_failing_cell_is_named_with_the_executed_copy(small, tmp_path):
    out = tmp_path / "out" / "small.ipynb"
    with pytest.raises(NotebookError, match=r"small failed in cell 5: ZeroDivisionError: division by zero") as caught:
        notebooks.run_notebook(small, out, {"x": 0}, cwd=tmp_path)
    assert str(out) in str(caught.value)
    assert "ZeroDivisionError" in out.read_text()


def test_a_kernel_that_is_killed_is_said(small, tmp_path):
    notebook = nbformat.read(small, as_version=4)
    notebook.cells[-1].source = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    nbformat.write(notebook, small)
    with pytest.raises(NotebookError, match="was ended from outside, perhaps for want of memory"):
        notebooks.run_notebook(small, tmp_path / "out.ipynb", {}, cwd=tmp_path)


@pytest.mark.integration
def test_the_scaling_study_runs_alone_and_ends_in_its_report(tmp_path):
    # WHEN a smaller study is run headlessly, without any cloud
    given = {"rates": [10, 150], "questions_per_day": 20_000, "max_questions": 20_000, "output_dir": str(tmp_path)}
    out = tmp_path / "07.ipynb"
    notebooks.run_notebook(FOLDER / "07_scaling_study.ipynb", out, given, cwd=Path.cwd())
    # THEN it says what breaks first, and shows it
    metrics = report.read_stage(tmp_path, "07_scaling_study")["metrics"]
    assert metrics["breaks_first_at_10"] == "nothing"
    assert metrics["breaks_first_at_150"] != "nothing"
    outputs = [output for cell in code_cells(nbformat.read(out, as_version=4)) for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 4
