"""Child processes of the emulated cloud: each leads a process group of its own, and none outlives the cloud."""

import collections
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

TAIL_LINES = 60  # lines of output kept for a failure's reason

# What a child inherits from the environment that the cloud itself was started in; the rest is given explicitly,
# so that a person's own variables neither leak into job logs nor change what a job does.
INHERITED = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES", "HF_HOME", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "TRANSFORMERS_OFFLINE",
    "TOKENIZERS_PARALLELISM", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE",
)  # fmt: skip


def inherited_environment() -> dict[str, str]:
    """Return the part of this process's environment that children may see."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


class Reaper:
    """The sibling process that kills registered groups when this process ends without doing so itself."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("reaper.py")
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def add(self, group: int) -> None:
        """Kill ``group`` when this process ends."""
        self._write(f"+{group}\n")

    def discard(self, group: int) -> None:
        """Forget ``group``: it has ended, and its number may be used again."""
        self._write(f"-{group}\n")

    def close(self) -> None:
        """Let the reaper end."""
        with self._lock, contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(5)

    def _write(self, line: str) -> None:
        with self._lock, contextlib.suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.write(line)
            self._process.stdin.flush()


class Child:
    """A running command whose output is read line by line.

    Parameters
    ----------
    command : sequence of str
    environment : mapping of str to str
        The whole environment; nothing is inherited beside it.
    folder : Path
        Its working directory.
    on_line : callable, optional
        Called with each line of output (standard output and error together), without its line end.
    on_exit : callable, optional
        Called once with the exit code, after the last line.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        reaper: Reaper,
        on_line: Callable[[str], None] | None = None,
        on_exit: Callable[[int], None] | None = None,
    ) -> None:
        self.tail: collections.deque[str] = collections.deque(maxlen=TAIL_LINES)
        self.ready: dict[str, Any] | None = None
        self._settled = threading.Event()  # the ready line came, or the process ended
        self._ended = threading.Event()
        self._on_line, self._on_exit, self._reaper = on_line, on_exit, reaper
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**environment, "PYTHONUNBUFFERED": "1"},
            cwd=folder,
            start_new_session=True,
        )
        self.pid = self._process.pid
        reaper.add(self.pid)
        self._reader = threading.Thread(target=self._read, name=f"output-{self.pid}", daemon=True)
        self._reader.start()
        threading.Thread(target=self._wait, name=f"wait-{self.pid}", daemon=True).start()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the process has ended and its output has been read; tell whether it has."""
        return self._ended.wait(timeout_s)

    def wait_ready(self, timeout_s: float) -> dict[str, Any] | None:
        """Return the JSON object of the ready line (one with a ``url``), or None if it ended or took too long."""
        self._settled.wait(timeout_s)
        return self.ready

    def stop(self, grace_s: float = 5.0) -> None:
        """End the whole process group: ask, wait ``grace_s`` seconds, then kill."""
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)  # a frozen process must wake up to end
        if not self._ended.wait(grace_s):
            self._signal(signal.SIGKILL)
            self._ended.wait(5)

    def _signal(self, number: signal.Signals) -> None:
        if not self._ended.is_set():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for raw in self._process.stdout:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if self.ready is None and line.startswith('{"url"'):
                with contextlib.suppress(ValueError):
                    self.ready = json.loads(line)
                    self._settled.set()
                    continue
            self.tail.append(line)
            if self._on_line is not None:
                try:
                    self._on_line(line)
                except Exception:
                    logger.exception("a line of output of process %d was lost", self.pid)

    def _wait(self) -> None:
        code = self._process.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)  # what it left behind in its group
        self._reaper.discard(self.pid)
        self._reader.join(10)
        self._settled.set()
        self._ended.set()
        if self._on_exit is not None:
            self._on_exit(code)


def error_in(lines: Sequence[str]) -> str:
    """Return the line that tells most about a failure: the last line of the last Python error, or the last line.

    The error of a launcher that only reports its child's exit code is passed over.
    """
    said = [line.strip() for line in lines if line.strip()]
    for line in reversed(said):
        name = line.partition(":")[0]
        if name.replace(".", "").replace("_", "").isalnum() and name.endswith(("Error", "Exception", "Exit")):
            if "CalledProcessError" in name or "ChildFailedError" in name:
                continue
            return line
    return said[-1] if said else ""
