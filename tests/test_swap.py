"""A folder takes the place of another at once, whenever the process that does it dies."""

import random
import signal
import subprocess
import sys
import time

import pytest

from medassist.index import swap

WRITER = """
import itertools, sys
from pathlib import Path
from medassist.index import swap
for number in itertools.count(1):
    with swap.replacing(Path(sys.argv[1])) as new:
        new.mkdir()
        for name in "abc":
            (new / name).write_text(str(number))
    if number == 1:
        print("written", flush=True)
"""


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def write(folder, text):
    with swap.replacing(folder) as new:
        new.mkdir()
        (new / "a").write_text(text)


def test_a_new_folder_takes_the_place_of_the_old(tmp_path):
    folder = tmp_path / "deep" / "index"
    write(folder, "1")
    with (folder / "a").open() as file:
        write(folder, "2")
        # THEN who has the old one open goes on reading it, and nothing is left beside
        assert file.read() == "1"
    assert contents(folder) == {"a": "2"}
    assert list(folder.parent.iterdir()) == [folder]


def test_an_error_leaves_the_old_folder(tmp_path):
    write(tmp_path / "index", "1")
    with pytest.raises(FileNotFoundError), swap.replacing(tmp_path / "index") as new:
        (new / "a").write_text("into a folder that nobody made")
    assert contents(tmp_path / "index") == {"a": "1"}
    assert list(tmp_path.iterdir()) == [tmp_path / "index"]


def test_a_killed_process_leaves_one_whole_folder(tmp_path):
    # GIVEN processes that put one folder after the other in place, each killed at some moment
    dice = random.Random(5)
    for _ in range(6):
        process = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path / "index"], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(dice.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        # THEN there is a whole one
        found = contents(tmp_path / "index")
        assert sorted(found) == ["a", "b", "c"]
        assert len(set(found.values())) == 1
    # AND the next one takes away what the dead have left
    write(tmp_path / "index", "last")
    assert list(tmp_path.iterdir()) == [tmp_path / "index"]


def test_where_folders_cannot_be_exchanged_the_old_one_comes_back(tmp_path, monkeypatch):
    # GIVEN a system that exchanges no folders, and a process that dies when it has moved the old one aside
    monkeypatch.setattr(swap, "_exchange", lambda one, other: False)
    write(tmp_path / "index", "1")
    write(tmp_path / "index", "2")
    left = tmp_path / ".index.new-dead"
    left.mkdir()
    (tmp_path / "index").rename(left / "old")
    # WHEN another process begins to write THEN the old one is back until the new one is whole
    with swap.replacing(tmp_path / "index") as new:
        assert contents(tmp_path / "index") == {"a": "2"}
        new.mkdir()
    assert contents(tmp_path / "index") == {}
    assert list(tmp_path.iterdir()) == [tmp_path / "index"]


def test_what_another_process_is_writing_is_let_alone(tmp_path):
    with swap.replacing(tmp_path / "index") as first:
        first.mkdir()
        write(tmp_path / "index", "2")
        assert first.is_dir()
    assert contents(tmp_path / "index") == {}
