"""Ends process groups once the emulated cloud is gone, however it went.

The emulated cloud starts this script beside itself and writes ``+GROUP`` or ``-GROUP`` lines to its standard
input. When that input ends (the cloud stopped, crashed or was killed), every group still on the list is killed.
"""

import contextlib
import os
import signal
import sys


def main() -> None:
    """Follow the list on standard input until it ends, then kill what is left on it."""
    for signal_ in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        sign, group = line[:1], int(line[1:])
        (groups.add if sign == "+" else groups.discard)(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
