"""Running the notebooks headlessly with papermill: which there are, what they take, where a run stands, what failed."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medassist.errors import ConfigurationError, NotebookError

NOTEBOOKS = (
    "01_upload_data",
    "02_build_index",
    "03_finetune_t5",
    "04_deploy_endpoint",
    "05_serve_api",
    "06_evaluate",
)  # the road, in order; each needs what those before it have made
STUDIES = ("07_scaling_study",)  # stand alone and are no part of the road


@dataclass(frozen=True, slots=True)
class CellStart:
    """Where a run stands: the cell that starts, ``number`` of ``total``, and the heading it stands under."""

    notebook: str
    number: int
    total: int
    heading: str


def parameters_of(path: Path) -> dict[str, str]:
    """Return the names and default values (as Python source) of a notebook's parameters."""
    import papermill

    return {name: about["default"] for name, about in papermill.inspect_notebook(str(path)).items()}


def select_parameters(paths: list[Path], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return for each notebook, by its stem, those of the given parameters that it declares.

    Raises
    ------
    ConfigurationError
        If a parameter is one that no notebook declares.
    """
    declared = {path.stem: parameters_of(path) for path in paths}
    known = {name for names in declared.values() for name in names}
    if unknown := sorted(set(given) - known):
        raise ConfigurationError(f"No notebook has a parameter {unknown[0]!r}; there are {', '.join(sorted(known))}.")
    return {stem: {name: given[name] for name in names if name in given} for stem, names in declared.items()}


def run_notebook(
    path: Path,
    executed: Path,
    parameters: Mapping[str, Any],
    *,
    cwd: Path,
    on_cell: Callable[[CellStart], None] = lambda start: None,
    on_output: Callable[[str], None] = lambda line: None,
) -> float:
    """Execute a notebook; return how many seconds it took.

    Parameters
    ----------
    path, executed : Path
        The notebook, and where its executed copy goes (also when a cell fails).
    parameters : mapping
        Values for its ``parameters`` cell.
    cwd : Path
        Working directory of its kernel.
    on_cell : callable
        Called as each cell starts.
    on_output : callable
        Called with the latest line that a cell printed; progress bars redraw theirs.

    Raises
    ------
    NotebookError
        If a cell fails: names the notebook, the cell, the error and the executed copy.
    """
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    executed.parent.mkdir(parents=True, exist_ok=True)
    output = _LatestLine(on_output)
    started = time.perf_counter()
    _register_engine()
    try:
        papermill.execute_notebook(
            path,
            executed,
            parameters=dict(parameters),
            engine_name=_ENGINE,
            kernel_name="python3",  # of the environment that medassist runs in, whatever the notebook was saved with
            progress_bar=False,
            coalesce_streams=True,  # of a progress bar, the executed copy keeps the last state
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],  # else a trace when it is interrupted
            cwd=cwd,
            stdout_file=output,
            stderr_file=output,
            on_cell=on_cell,
            notebook_name=path.stem,
        )
    except PapermillExecutionError as error:
        raise NotebookError(
            f"{path.stem} failed in cell {error.cell_index + 1}: {error.ename}: {error.evalue}\n"
            f"Its executed copy shows where: {executed}"
        ) from error
    except DeadKernelError as error:
        raise NotebookError(
            f"The Python process of {path.stem} was ended from outside, perhaps for want of memory; free some and run "
            "it again: it continues."
        ) from error
    return time.perf_counter() - started


_ENGINE = "medassist"


def _register_engine() -> None:
    """Teach papermill an engine that is its own, and says which cell starts."""
    from papermill.engines import NBClientEngine, papermill_engines

    class AnnouncingEngine(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
            on_cell, notebook = kwargs.pop("on_cell"), kwargs.pop("notebook_name")
            cell_start, heading = nb_man.cell_start, ""

            def announce(cell: Any, cell_index: int | None = None, **rest: Any) -> None:
                nonlocal heading
                if cell.cell_type == "markdown":
                    heading = _heading(cell.source) or heading
                elif cell_index is not None:
                    on_cell(CellStart(notebook, cell_index + 1, len(nb_man.nb.cells), heading))
                cell_start(cell, cell_index, **rest)

            nb_man.cell_start = announce
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)

    papermill_engines.register(_ENGINE, AnnouncingEngine)


def _heading(markdown: str) -> str:
    match = re.search(r"^#+\s+(.+?)\s*$", markdown, re.MULTILINE)
    return match.group(1) if match else ""


class _LatestLine:
    """A file that keeps nothing but hands on the last line written to it, also one that a progress bar redraws."""

    def __init__(self, on_output: Callable[[str], None]) -> None:
        self._on_output = on_output

    def write(self, text: str) -> None:
        lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
        if lines:
            self._on_output(lines[-1])

    def flush(self) -> None:
        pass
