"""A folder put in the place of another at once: a process that dies at any moment leaves the old one or the new one."""

import ctypes
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # of Linux, fcntl.h and fs.h
# What says that a system or file system exchanges no folders.
_NO_EXCHANGE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yield the path of a folder to be made, which takes the place of ``folder`` if the block ends without an error.

    Linux exchanges the two in one step. Elsewhere the old one is moved aside first; should the process die in that
    moment, it lies beside and the next call puts it back. What a dead process left is taken away; what another one
    is writing is let alone. Whoever has the old one's files open goes on reading them.

    Raises
    ------
    OSError
        If the folder beside cannot be made or renamed; the old one is in its place then.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.parent):
        _clear(folder)
        temporary = Path(tempfile.mkdtemp(prefix=_beside(folder), dir=folder.parent))
        lock = _lock(temporary, wait=False)
    try:
        yield temporary / "new"
        _take_place(temporary / "new", folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _take_place(new: Path, folder: Path) -> None:
    if not folder.exists():
        new.rename(folder)
    elif not _exchange(new, folder):
        old = new.with_name("old")
        folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            old.rename(folder)
            raise


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; return whether that can be done here."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    if libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    if (code := ctypes.get_errno()) in _NO_EXCHANGE:
        return False
    raise OSError(code, os.strerror(code), str(other))


def _clear(folder: Path) -> None:
    """Take away what dead processes left beside ``folder``; if it was moved aside, it is put back."""
    for left in [path for path in folder.parent.iterdir() if path.name.startswith(_beside(folder))]:
        if (lock := _lock(left, wait=False)) is None:
            continue  # another process is writing there
        if (left / "old").exists() and not folder.exists():
            (left / "old").rename(folder)
        shutil.rmtree(left, ignore_errors=True)
        os.close(lock)


def _beside(folder: Path) -> str:
    """How the names of the folders begin in which a new ``folder`` is made."""
    return f".{folder.name}.new-"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = _lock(folder, wait=True)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _lock(folder: Path, *, wait: bool) -> int | None:
    """Lock a folder for this process; None if another has it, or the file system knows no locks."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
