"""Records of JSON Lines files, plain or gzip, each with the place where it stands."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from medassist.errors import DatasetError

GZIP_MAGIC = b"\x1f\x8b"


def read_records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the line number, from 1, and the JSON object of each line that is not blank.

    Raises
    ------
    DatasetError
        If the file is missing, cut off, no Unicode text, or a line is not one JSON object.
    """
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:  # the latter, and plain ValueErrors: nesting, numbers without end
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "too deep, or a number too long"
            raise DatasetError(
                f"{path}, line {number}: not valid JSON ({reason}); was the file cut off while it was written?"
            ) from error
        if not isinstance(record, dict):
            raise DatasetError(f"{path}, line {number}: must be one JSON object.")
        if not is_unicode(line, record):
            raise DatasetError(f"{path}, line {number}: holds half a surrogate pair; write it as valid Unicode.")
        yield number, record


def is_unicode(text: str, value: object) -> bool:
    """Tell whether a JSON text's value can be written again; escapes may name halves of surrogate pairs alone."""
    if "\\ud" not in text and "\\uD" not in text:
        return True
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a UTF-8 text file; a gzip file is told by its first bytes.

    Raises
    ------
    DatasetError
        If the file is missing, cut off or no UTF-8 text.
    """
    try:
        with open_binary(path) as binary:
            for line in binary:  # lines end with \n alone: other separators may stand within a JSON string
                yield line.decode("utf-8-sig" if line.startswith(b"\xef\xbb\xbf") else "utf-8")
    except FileNotFoundError as error:
        raise DatasetError(f"{path} does not exist; check the path.") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is not UTF-8 text (byte {error.start} of a line); save it as UTF-8.") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DatasetError(f"{path} is not a complete gzip file ({error}); fetch it again.") from error


def open_binary(path: Path) -> Any:
    """Open a file for reading bytes, unpacked if it is gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    return gzip.open(path) if packed else path.open("rb")


def drop_cut_line(path: Path) -> None:
    """Take a last line without its end away, which a crash has left, so that the next one starts on its own."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
