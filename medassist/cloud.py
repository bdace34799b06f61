"""Which cloud everything runs against: the emulated one on this machine, or AWS.

The choice is made here, once, by value. Afterwards nobody asks: boto3 and the SageMaker SDK follow their own
environment variables, which :func:`connect` sets for the emulated cloud.
"""

import atexit
import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from medassist.config import Settings, project_root
from medassist.errors import CloudError, ConfigurationError

STATE_DIR = Path("build/cloud")
STACK = "medassist"
START_S = 90.0  # restoring some hundred megabytes of objects takes seconds; a slow disk may need more
API_START_S = 120.0
STOP_S = 30.0
_SERVICE = "medassist emulated cloud"

# Variables that would outrank those of the emulated cloud, besides every AWS_ENDPOINT_URL_*.
_OUTRANKING = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")


class Cloud:
    """A cloud that this process is connected to; made by :func:`connect`.

    Parameters
    ----------
    target : str
        ``"local"`` or ``"aws"``.
    urls : mapping of str to str
        Addresses by name: ``cloud`` for the emulated cloud, ``api`` if the REST API runs.
    """

    def __init__(
        self,
        target: str,
        urls: Mapping[str, str] | None = None,
        *,
        token: str = "",
        process: "subprocess.Popen[bytes] | None" = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.target = target
        self.urls: dict[str, str] = dict(urls or {})
        self._token = token
        self._process = process
        self._before = _set_environment(environment) if environment is not None else None
        self._closed = False
        self._pid = os.getpid()
        if process is not None:
            atexit.register(self.close)
            os.register_at_fork(after_in_child=self._forget)

    @property
    def owned(self) -> bool:
        """Whether closing this object stops the cloud: true for the one that started it."""
        return self._process is not None

    def start_api(self, settings: Settings, port: int = 0, *, stack_name: str = STACK, throttled: bool = False) -> str:
        """Bring up the REST API with ``settings`` and return its address, without a slash at the end.

        Locally it is a child process of the emulated cloud, on ``port`` of 127.0.0.1 (0: a free one), and replaces
        the one before. With ``throttled`` it lets in as many requests as the preset ``dev``, else all that come:
        programs that measure ask faster than people. At AWS it is there already: the address is the output ``ApiUrl``
        of the stack ``stack_name``.

        Raises
        ------
        CloudError
            If it does not come up, or there is no such stack.
        ConfigurationError
            If ``port`` is taken.
        """
        if self.target == "aws":
            self.urls["api"] = _deployed_api(stack_name)
        else:
            body = {
                "environment": settings.to_environment(),
                "port": port,
                "stack_name": stack_name,
                "throttled": throttled,
            }
            answer = _ask("POST", f"{self.urls['cloud']}/_medassist/api", body, self._token, API_START_S)
            if "error" in answer:
                class_ = ConfigurationError if port and str(answer["error"]).startswith("Port ") else CloudError
                raise class_(str(answer["error"]))
            self.urls["api"] = str(answer["url"])
        return self.urls["api"]

    def close(self) -> None:
        """Stop the emulated cloud if this object started it, and restore the environment it changed."""
        if self._closed or os.getpid() != self._pid:
            return
        self._closed = True
        if self._process is not None:
            _stop(self._process)
            atexit.unregister(self.close)
        if self._before is not None:
            _restore_environment(self._before)

    def _forget(self) -> None:
        """Let go of the cloud in a forked child: it belongs to the parent and must not wait for this child's end."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                os.close(self._process.stdin.fileno())
            self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        addresses = ", ".join(f"{name} {url}" for name, url in self.urls.items())
        return f"Cloud({self.target!r}{', ' if addresses else ''}{addresses})"


def connect(target: str = "local", state_dir: Path = STATE_DIR) -> Cloud:
    """Connect to a cloud and point boto3 at it.

    Parameters
    ----------
    target : str
        ``"local"``: the emulated cloud. One that runs already is used: the one that ``AWS_ENDPOINT_URL`` names (set
        by a parent process that is connected), or the one that keeps its state in ``state_dir``. Otherwise one is
        started; it ends with this process or with :meth:`Cloud.close`. ``"aws"``: the account whose credentials
        boto3 finds.
    state_dir : Path
        Where the emulated cloud keeps buckets and tables between runs; relative to the repository's root.

    Raises
    ------
    ConfigurationError
        If ``target`` is neither.
    CloudError
        If the cloud cannot be reached or started; the message says why.
    """
    if target == "aws":
        return _connect_aws()
    if target != "local":
        raise ConfigurationError(f'{target!r} is no target; use "local" for the emulated cloud or "aws".')
    folder = _absolute(state_dir)
    return _inherited() or _started(folder)


# The emulated cloud ------------------------------------------------------------------------------------------------

_set_here: set[str] = set()  # addresses that this process has put into its environment itself


def _inherited() -> Cloud | None:
    """Return the emulated cloud that a parent process has pointed ``AWS_ENDPOINT_URL`` at."""
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    if not url or url in _set_here:
        return None
    health = _health(url)
    if health is None:
        raise CloudError(
            f"AWS_ENDPOINT_URL is {url}, where no emulated cloud answers (any more): run the same again; if you have "
            "set the variable yourself, unset it first."
        )
    file = Path(health["state_dir"]) / "cloud.json"
    running = _read_running(file)
    if running is None or running["url"] != url:
        raise CloudError(f"{file} cannot be read or belongs to another cloud than {url}; unset AWS_ENDPOINT_URL.")
    return Cloud("local", _addresses(url, health), token=running["token"])


def _started(folder: Path) -> Cloud:
    """Return the emulated cloud of ``folder``: the running one, or a new one that belongs to this process."""
    deadline = time.monotonic() + START_S
    while True:
        running = _read_running(folder / "cloud.json")
        if running is not None and (health := _health(running["url"])) is not None:
            _set_here.add(running["url"])
            url, variables = running["url"], running["environment"]
            connected = os.environ.get("AWS_ENDPOINT_URL") == url
            addresses, token = _addresses(url, health), running["token"]
            return Cloud("local", addresses, token=token, environment=None if connected else variables)
        process = _launch(folder)
        ready = _first_line(process, deadline)
        if "url" in ready:
            _set_here.add(ready["url"])
            return Cloud(
                "local",
                {"cloud": ready["url"]},
                token=ready["token"],
                process=process,
                environment=ready["environment"],
            )
        _stop(process)
        error = str(ready.get("error", ""))
        # Another process is starting a cloud on the same state, or one is just stopping: look again.
        if not error.startswith("locked") or time.monotonic() > deadline:
            reason = error or f"it ended with exit code {process.returncode} without a word"
            raise CloudError(f"The emulated cloud did not start: {reason} (log: {folder / 'cloud.log'})")
        time.sleep(0.2)


def _launch(folder: Path) -> "subprocess.Popen[bytes]":
    script = _emulator_script()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "cloud.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, str(script), "--state-dir", str(folder)],
                stdin=subprocess.PIPE,  # its end tells the cloud that this process is gone
                stdout=subprocess.PIPE,
                stderr=log,
                # Objects of megabytes pass through: give their memory back at once instead of keeping it for later.
                env={**os.environ, "MALLOC_MMAP_THRESHOLD_": "1048576"},
                start_new_session=True,  # Ctrl-C is for this process; it stops the cloud in good order
            )
    except OSError as error:
        raise CloudError(f"The emulated cloud cannot keep its state in {folder}: {error}.") from error


def _emulator_script() -> Path:
    beside = Path(__file__).resolve().parents[1] / "deploy" / "local" / "emulator.py"
    return beside if beside.is_file() else project_root() / "deploy" / "local" / "emulator.py"


def _first_line(process: "subprocess.Popen[bytes]", deadline: float) -> dict[str, Any]:
    """Return the JSON object that the cloud says first; empty if it ends or the deadline passes before."""
    import threading

    lines: list[bytes] = []
    stdout = cast(IO[bytes], process.stdout)
    reader = threading.Thread(target=lambda: lines.append(stdout.readline()), daemon=True)
    reader.start()
    reader.join(max(0.0, deadline - time.monotonic()))
    if reader.is_alive():
        return {"error": f"it was not ready after {START_S:.0f} seconds."}
    try:
        return dict(json.loads(lines[0])) if lines and lines[0].strip() else {}
    except ValueError:
        return {}


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Let the cloud end in good order; kill it if it takes too long (its children end with it either way)."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.close()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _health(url: str) -> dict[str, Any] | None:
    try:
        answer = _ask("GET", f"{url}/_medassist/health", None, "", 5.0)
    except CloudError:
        return None
    return answer if answer.get("service") == _SERVICE else None


def _addresses(url: str, health: Mapping[str, Any]) -> dict[str, str]:
    api = str(health.get("api", ""))
    return {"cloud": url, "api": api} if api else {"cloud": url}


def _ask(method: str, url: str, body: object, token: str, timeout_s: float) -> dict[str, Any]:
    """Send a request to the emulated cloud itself, past any proxy, and return the JSON object it answers."""
    request = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "X-Medassist-Token": token},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        try:
            with opener.open(request, timeout=timeout_s) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                return dict(json.load(error))
    except (OSError, ValueError, TypeError) as error:
        raise CloudError(f"The emulated cloud at {url} does not answer: {error}.") from error


def _read_running(file: Path) -> dict[str, Any] | None:
    try:
        running = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return running if isinstance(running, dict) and {"url", "token", "environment"} <= running.keys() else None


def _absolute(state_dir: Path) -> Path:
    """Resolve a relative folder against the repository's root, so that notebooks and commands mean the same one."""
    if state_dir.is_absolute():
        return state_dir
    try:
        return project_root() / state_dir
    except ConfigurationError:
        return state_dir.resolve()


def _set_environment(variables: Mapping[str, str]) -> dict[str, str | None]:
    """Set ``variables``, remove what would outrank them, and return what was there before."""
    outranking = [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_") or name in _OUTRANKING]
    before = {name: os.environ.get(name) for name in {*variables, *outranking}}
    for name in outranking:
        del os.environ[name]
    os.environ.update(variables)
    return before


def _restore_environment(before: Mapping[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


# AWS ---------------------------------------------------------------------------------------------------------------


def _connect_aws() -> Cloud:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError, NoRegionError

    from medassist import aws
    from medassist.production import refusals

    url = os.environ.get("AWS_ENDPOINT_URL", "")
    if "//127.0.0.1" in url or "//localhost" in url:
        raise CloudError(f"AWS_ENDPOINT_URL is {url}, which is on this machine; unset it to work with AWS.")
    if region := os.environ.get("AWS_REGION"):  # which AWS's other tools read, but boto3 does not
        os.environ["AWS_DEFAULT_REGION"] = region
    try:
        if not boto3.session.Session().region_name:  # STS would answer without one
            raise NoRegionError
        aws.client("sts", timeout_s=15).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise CloudError(refusals.explain(error, "signing in to AWS")) from error
    return Cloud("aws")


def _deployed_api(stack_name: str) -> str:
    """Return the output ``ApiUrl`` of the deployed stack."""
    from medassist.production import stack

    outputs = stack.read_outputs(stack_name)
    if outputs is None or not outputs.api_url:
        raise CloudError(f"The stack {stack_name} has no API yet; bring it up with `medassist deploy` first.")
    return outputs.api_url.rstrip("/")
