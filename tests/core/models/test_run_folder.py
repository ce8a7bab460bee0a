"""Run folders and their records."""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from mnistkit.core.models import new_run, run_folder
from mnistkit.errors import ModelError, OutputError, OutputExistsError


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def write_run(trained_run, name, **changes):
    """A run below ./runs that is like the trained one; a change to None removes a key."""
    record = trained_run.record.to_json() | changes
    record = {key: record[key] for key in record if key not in changes or changes[key] is not None}
    path = run_folder.RUNS / name
    path.mkdir(parents=True)
    (path / run_folder.RECORD_FILE).write_text(json.dumps(record))
    return path


def test_a_run_is_named_by_time_architecture_and_dataset():
    with new_run.claim_dated("cnn", "mnist") as path:
        assert path.is_dir()
    assert re.fullmatch(r"runs/\d{8}-\d{6}-cnn-mnist", path.as_posix())


@pytest.mark.parametrize(
    ("dataset", "end"),
    [
        ("folder:/home/me/my digits", "folder-my-digits"),
        ("csv:/a/train.csv,/a/test.csv", "csv-test"),
        ("npz:/a/b.npz", "npz-b"),
        ("folder:/", "folder"),
        ("folder:/../..", "folder"),
        (f"folder:/{'x' * 250}", f"folder-{'x' * 50}"),
    ],
)
def test_a_run_on_data_of_the_users_own_has_the_last_part_of_its_path(dataset, end):
    with new_run.claim_dated("cnn", dataset) as path:
        assert path.parent == run_folder.RUNS
    assert re.fullmatch(rf"\d{{8}}-\d{{6}}-cnn-{end}", path.name)


def test_runs_that_begin_in_the_same_second_get_folders_of_their_own(monkeypatch):
    monkeypatch.setattr(new_run.time, "strftime", lambda _form: "20260102-030405")
    with ExitStack() as claims:
        paths = [claims.enter_context(new_run.claim_dated("cnn", "mnist")) for _ in range(2)]
        (paths[0] / "notes").touch()
        (paths[1] / "notes").touch()
    with new_run.claim_dated("cnn", "mnist") as path:
        paths.append(path)
    names = [path.name for path in paths]
    assert names == [f"20260102-030405-cnn-mnist{end}" for end in ("", "-2", "-3")]


@pytest.mark.parametrize("prepared", [False, True])
def test_a_named_folder_may_be_absent_or_empty(tmp_path, prepared):
    path = tmp_path / "deep" / "run"
    if prepared:
        path.mkdir(parents=True)
    with new_run.claim_new(path):
        (path / "run.json").touch()
    assert [file.name for file in path.iterdir()] == ["run.json"]


def test_the_folder_of_a_training_that_was_killed_at_its_beginning_goes_with_the_next():
    names = ("killed", "empty", "going on", "begun")
    killed, empty, going_on, begun = (run_folder.RUNS / f"20260102-030405-{n}" for n in names)
    mine = run_folder.RUNS / "mine"
    for folder in (killed, empty, begun, mine):
        folder.mkdir(parents=True)
    for folder in (killed, begun):
        (folder / ".mnistkit-lock").touch()
    (begun / "run.json").write_text("{}")
    whole = new_run.claim_whole(going_on.with_name("whole"))
    (run_folder.RUNS / ".mnistkit-lock-0123456789abcdef").touch()
    with new_run.claim_new(going_on), whole:
        (lock,) = set(run_folder.RUNS.glob(".mnistkit-lock-*")) - {
            run_folder.RUNS / ".mnistkit-lock-0123456789abcdef"
        }
        with new_run.claim_dated("cnn", "mnist") as new:
            assert set(run_folder.RUNS.iterdir()) == {going_on, begun, mine, new, lock}


def test_a_folder_that_stays_empty_is_as_it_was(tmp_path):
    (tmp_path / "prepared").mkdir()
    for path in (tmp_path / "prepared", tmp_path / "deep" / "run"):
        with new_run.claim_new(path):
            assert path.is_dir()
    assert [path.name for path in tmp_path.rglob("*")] == ["prepared"]


def claim_new(path):
    with new_run.claim_new(path):
        pytest.fail("it was claimed")


def test_a_folder_that_holds_something_is_refused_and_left_alone(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "run", tmp_path / "file"):
        with pytest.raises(OutputExistsError, match=str(path)):
            claim_new(path)
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


def test_a_place_that_can_not_be_written_is_said_in_one_line(tmp_path):
    (tmp_path / "runs").write_text("no folder")
    with pytest.raises(OutputError, match="runs"), new_run.claim_dated("cnn", "mnist"):
        pytest.fail("it was claimed")
    with pytest.raises(OutputError, match="choose another place"):
        claim_new(tmp_path / "runs" / "below")


def test_a_record_is_read_back_as_it_was_saved(trained_run, tmp_path):
    copied = shutil.copytree(trained_run.path, tmp_path / "copy")
    run = run_folder.read(copied)
    assert run.record == trained_run.record
    assert run.finished
    assert run.card() == trained_run.card()
    run.save(status=run_folder.INTERRUPTED)
    assert not run_folder.read(copied).finished
    assert run_folder.read(copied).record.updated >= trained_run.record.updated


def test_the_card_tells_what_the_run_recorded(trained_run):
    card = trained_run.card()
    assert card.architecture == "cnn"
    assert card.dataset == "mnist-sample"
    assert card.class_names == tuple("0123456789")
    assert card.accuracy == trained_run.record.metrics.test.accuracy
    assert sum(layer.parameters for layer in card.layers) == 684_490


def test_the_newest_finished_run_is_the_one_updated_last(trained_run):
    assert run_folder.newest_finished() is None
    write_run(trained_run, "b", updated="2026-01-03T00:00:00.000+00:00")
    newest = write_run(trained_run, "a", updated="2026-01-04T00:00:00.000+00:00")
    write_run(trained_run, "c", updated="2026-01-05T00:00:00.000+00:00", status=run_folder.RUNNING)
    write_run(
        trained_run, "d", updated="2026-01-06T00:00:00.000+00:00", status=run_folder.INTERRUPTED
    )
    assert run_folder.newest_finished().path == newest


def write_runs(trained_run, count):
    """Finished runs, each written a minute after the one before; their folders, oldest first."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    times = [start + timedelta(minutes=number) for number in range(count)]
    folders = []
    for number, written in enumerate(times):
        updated = written.isoformat(timespec="milliseconds")
        # Names say nothing of the order.
        folders.append(write_run(trained_run, f"{number * 7 % count}", updated=updated))
        os.utime(folders[-1] / run_folder.RECORD_FILE, (written.timestamp(),) * 2)
    return folders


@pytest.fixture
def reads(monkeypatch):
    """The folders whose records are read."""
    folders = []
    read = run_folder.read
    monkeypatch.setattr(run_folder, "read", lambda path: folders.append(path) or read(path))
    return folders


def test_of_many_runs_only_the_newest_are_read(trained_run, reads):
    *_, newest = write_runs(trained_run, 300)
    unfinished = write_run(trained_run, "unfinished", status=run_folder.RUNNING)
    assert run_folder.newest_finished().path == newest
    assert reads == [unfinished, newest]


def test_a_copy_of_an_old_run_is_not_the_newest(trained_run, reads):
    oldest, *_, newest = write_runs(trained_run, 20)
    # Its file is new, its record is not.
    copied = shutil.copytree(oldest, run_folder.RUNS / "copy", copy_function=shutil.copyfile)
    assert run_folder.newest_finished().path == newest
    assert reads == [copied, newest]


DAMAGED = {
    "empty": b"",
    "truncated": b'{"status": "finished", "sett',
    "not text": b"\xff\xfe\x00",
    "an empty object": b"{}",
    "a list": b"[]",
    "null": b"null",
    "a number": b"5",
    "nested too deep": b"[" * 100_000,
    "nested a little too deep": b"[" * 60 + b"]" * 60,
    "too large": b" " * 2**24 + b"{}",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_record_is_refused_and_does_not_hide_the_others(trained_run, content):
    good = write_run(trained_run, "good")
    bad = run_folder.RUNS / "bad"
    bad.mkdir()
    (bad / run_folder.RECORD_FILE).write_bytes(content)
    with pytest.raises(ModelError, match=r"bad/run\.json: expected the record of a run"):
        run_folder.read(bad)
    assert run_folder.newest_finished().path == good


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "changes",
    [
        {"updated": None},
        {"layers": None},
        {"settings": {}},
        {"dataset": []},
        {"metrics": {"train": {}}},
        {"metrics": "none"},
        {"format_version": 2},
        {"packages": {}},
        {"layers": [{"name": "a", "type": "B", "output_shape": [1], "parameters": 1}] * 100_000},
        {"layers": [{"name": "a", "type": "B", "output_shape": [1], "parameters": 10**4_000}]},
        {"dataset": {"class_names": ["a", "b\n"], "preparation": "digit", "sha256": ""}},
    ],
    ids=lambda changes: str(changes)[:60],
)
def test_a_record_that_lacks_something_does_not_hide_the_others(trained_run, changes):
    good = write_run(trained_run, "good")
    write_run(trained_run, "bad", **changes)
    with pytest.raises(ModelError, match=r"bad/run\.json"):
        run_folder.read(run_folder.RUNS / "bad")
    assert run_folder.newest_finished().path == good


def test_a_record_without_an_end_is_never_read(trained_run):
    good = write_run(trained_run, "good")
    (run_folder.RUNS / "bad").mkdir()
    (run_folder.RUNS / "bad" / run_folder.RECORD_FILE).symlink_to("/dev/zero")
    with pytest.raises(ModelError, match=r"bad/run\.json: expected the record of a run"):
        run_folder.read(run_folder.RUNS / "bad")
    assert run_folder.newest_finished().path == good


@pytest.mark.parametrize("name", ["absent", "empty", "file"])
def test_what_is_no_run_is_refused_with_how_to_get_one(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="mnistkit train"):
        run_folder.read(tmp_path / name)
