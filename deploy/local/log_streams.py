"""Output of jobs and containers, shipped to CloudWatch Logs in small batches."""

import contextlib
import logging
import threading
import time
from typing import Any

logger = logging.getLogger(__name__)

INTERVAL_S = 0.5
MAX_EVENTS = 1000  # a batch; the service takes 10,000 events or 1 MiB
MAX_MESSAGE = 8000  # characters of one line


class LogStream:
    """One stream of a log group; lines are shipped twice a second and at :meth:`close`."""

    def __init__(self, client: Any, group: str, stream: str) -> None:
        self._client, self._group, self._stream = client, group, stream
        self._lines: list[tuple[int, str]] = []
        self._lock = threading.Lock()
        self._shipping = threading.Lock()
        self._closed = threading.Event()
        for create, names in (
            (client.create_log_group, {"logGroupName": group}),
            (client.create_log_stream, {"logGroupName": group, "logStreamName": stream}),
        ):
            with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
                create(**names)
        threading.Thread(target=self._run, name=f"logs-{stream}", daemon=True).start()

    def write(self, line: str) -> None:
        """Add one line, stamped with the time now."""
        with self._lock:
            self._lines.append((int(time.time() * 1000), line[:MAX_MESSAGE] or " "))

    def flush(self) -> None:
        """Ship what is waiting."""
        with self._shipping:
            with self._lock:
                lines, self._lines = self._lines, []
            for start in range(0, len(lines), MAX_EVENTS):
                events = [{"timestamp": at, "message": line} for at, line in lines[start : start + MAX_EVENTS]]
                try:
                    self._client.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=events)
                except Exception:
                    logger.exception("%d lines of %s did not reach CloudWatch Logs", len(events), self._stream)

    def close(self) -> None:
        """Ship the rest and stop."""
        self._closed.set()
        self.flush()

    def _run(self) -> None:
        while not self._closed.wait(INTERVAL_S):
            self.flush()
