"""Files where the file system has no locks, no hard links, or no permission for this user."""

from __future__ import annotations

import errno
import fcntl
import os

import pytest
from permissions import reachable_folder, refused

from mnistkit.core.claims import LOCK_FILE, claim_folder, claim_output, is_claimed
from mnistkit.core.files import make_folder, new_folder, replacing, write_json
from mnistkit.core.holding import can_hold
from mnistkit.errors import OutputError, OutputExistsError


def refusing(code):
    def refuse(*_arguments):
        raise OSError(code, os.strerror(code))

    return refuse


@pytest.fixture
def without_locks(monkeypatch):
    """The kernel's answer on a network file system whose server has no locks."""
    monkeypatch.setattr(fcntl, "flock", refusing(errno.ENOLCK))


@pytest.fixture
def without_links(monkeypatch):
    """The kernel's answer on a file system such as FAT."""
    monkeypatch.setattr(os, "link", refusing(errno.EPERM))


@pytest.mark.usefixtures("without_locks")
def test_without_locks_folders_and_files_are_claimed_and_written(tmp_path):
    with claim_folder(tmp_path / "run"):
        write_json(tmp_path / "run" / "run.json", [1])
    with claim_output(tmp_path / "plot.png", force=False), replacing(tmp_path / "plot.png") as file:
        file.write_text("drawn")
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert left == ["plot.png", "run", "run/run.json"]


def test_whether_files_can_be_held_is_found_out(tmp_path, request):
    assert can_hold(tmp_path)
    request.getfixturevalue("without_locks")
    assert not can_hold(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_where_it_can_not_be_found_out_a_folder_counts_as_claimed(tmp_path, request):
    (tmp_path / LOCK_FILE).touch()
    assert not is_claimed(tmp_path)
    request.getfixturevalue("without_locks")
    assert is_claimed(tmp_path)


def test_a_lock_that_may_not_be_read_counts_as_claimed():
    with reachable_folder() as folder:
        (folder / LOCK_FILE).touch()
        with refused(folder / LOCK_FILE):
            assert is_claimed(folder)


@pytest.mark.usefixtures("without_links")
def test_without_hard_links_a_new_file_takes_its_name_and_an_old_one_keeps_it(tmp_path):
    path = tmp_path / "result.json"
    with replacing(path, overwrite=False) as temporary:
        temporary.write_text("first")
    with (
        pytest.raises(OutputExistsError, match="--force"),
        replacing(path, overwrite=False) as temporary,
    ):
        temporary.write_text("second")
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_may_not_be_written_to_is_refused():
    with reachable_folder() as folder, refused(folder):
        with pytest.raises(OutputError, match="no permission; choose another one") as refusal:
            make_folder(folder)
        assert str(folder) in str(refusal.value)
        with (
            pytest.raises(OutputError, match="no permission; free space"),
            new_folder(folder / "x"),
        ):
            pytest.fail("it was made")


def test_a_folder_that_another_process_makes_anew_meanwhile_is_claimed(tmp_path, monkeypatch):
    folder, opened, meanwhile = tmp_path / "new", os.open, []

    def open_while_another_removes_and_makes_it(path, *options):
        if meanwhile:
            return opened(path, *options)
        meanwhile.append(path)
        folder.rmdir()
        try:
            return opened(path, *options)
        finally:
            folder.mkdir()

    monkeypatch.setattr(os, "open", open_while_another_removes_and_makes_it)
    with claim_folder(folder):
        assert meanwhile
        assert is_claimed(folder)
