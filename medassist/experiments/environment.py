"""Where something ran: the code's commit, the packages, the machine."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

DECISIVE = ("torch", "transformers", "tokenizers", "accelerate", "peft", "datasets", "numpy", "onnxruntime")


def describe() -> dict[str, Any]:
    """Return commit, Python, machine and the versions of all installed packages, for a JSON file.

    ``commit`` ends in ``+`` where files differ from it, and is empty outside a git checkout.
    """
    return {
        "commit": commit(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "machine": {"architecture": platform.machine(), "cores": os.cpu_count(), "memory_gb": _memory_gb()},
        "packages": {
            dist.name: dist.version for dist in sorted(metadata.distributions(), key=lambda d: d.name.lower())
        },
    }


def versions() -> dict[str, str]:
    """Return the versions of the packages that decide what a training comes to, as far as they are installed."""
    found = {}
    for package in DECISIVE:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """Return the commit of this checkout, with ``+`` if files were changed; empty if it is none or git is missing."""
    root = Path(__file__).resolve().parents[2]
    try:
        head = _git(root, "rev-parse", "HEAD")
        return head + ("+" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def _git(root: Path, *arguments: str) -> str:
    told = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=True, text=True, timeout=10)
    return told.stdout.strip()


def _memory_gb() -> float:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError):  # not told on this system
        return 0.0
