from __future__ import annotations

import errno
import fcntl
import logging
import re
import signal
import socket
import subprocess
import sys
import time

import optuna
import pytest
from optuna.storages._rdb import models

from mnistkit.errors import MissingError, StudyError, UsageError
from mnistkit.tuning.storage import hidden, open_storage, reaching


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.parametrize(
    "url", ["", "journal:", "study.log", "nonsense://host/base", "redis://localhost"]
)
def test_what_is_no_storage_is_refused_with_the_forms_there_are(url):
    with pytest.raises(UsageError, match=r"journal:PATH, postgresql://.*name one of these"):
        open_storage(url)


def test_a_missing_driver_is_named_by_its_package():
    with pytest.raises(MissingError, match="pip install 'mysqlclient'"):
        open_storage("mysql://someone@127.0.0.1/studies")


def test_a_storage_that_does_not_answer_is_told_without_its_password():
    pytest.importorskip("psycopg", reason="pip install 'psycopg[binary]'")
    with pytest.raises(StudyError, match="repeat the command") as told:
        open_storage(f"postgresql+psycopg://someone:secret@127.0.0.1:{closed_port()}/base")
    assert "someone:***@" in str(told.value)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "content", [b"no journal\nat all\n", b"\x89PNG\r\n", b'{"a": 1}\n', b"[1, 2]\n", b"3\n4\n"]
)
def test_a_journal_that_is_something_else_is_told(tmp_path, content):
    path = tmp_path / "journal.log"
    path.write_bytes(content)
    with pytest.raises(StudyError, match=f"{re.escape(str(path))}, received a damaged one"):
        open_storage(f"journal:{path}")


@pytest.mark.parametrize("cut", [b'{"op', b'{"op_code":0,"worker_id":"half of'])
def test_a_line_that_a_full_disk_or_a_kill_cut_off_costs_that_line_alone(tmp_path, cut):
    path = tmp_path / "journal.log"
    optuna.create_study(storage=open_storage(f"journal:{path}"), study_name="first")
    with path.open("ab") as file:
        file.write(cut)
    optuna.create_study(storage=open_storage(f"journal:{path}"), study_name="second")
    assert optuna.get_all_study_names(open_storage(f"journal:{path}")) == ["first", "second"]


def test_a_file_of_another_kind_is_not_cut(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("one line without an end")
    with pytest.raises(StudyError, match="none of a journal"), reaching(f"journal:{path}"):
        optuna.create_study(storage=open_storage(f"journal:{path}"))
    assert path.read_text() == "one line without an end"


def test_the_lock_of_a_worker_that_was_killed_holds_up_nobody_and_does_not_stay(tmp_path):
    path = tmp_path / "journal.log"
    program = (
        "import os, signal, sys\n"
        "from mnistkit.tuning.storage import open_storage\n"
        "backend = open_storage(sys.argv[1])._backend\n"
        "backend._lock.acquire()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, f"journal:{path}"], check=False)
    assert killed.returncode == -signal.SIGKILL
    began = time.monotonic()
    optuna.create_study(storage=open_storage(f"journal:{path}"))
    # Optuna's own lock waits for 30.
    assert time.monotonic() - began < 20
    assert [found.name for found in tmp_path.iterdir()] == ["journal.log"]


def test_where_files_can_not_be_held_a_journal_is_kept_by_a_lock_of_optuna_s(tmp_path, monkeypatch):
    def refuse(*_arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    # The kernel's answer on a network file system whose server has no locks.
    monkeypatch.setattr(fcntl, "flock", refuse)
    path = tmp_path / "journal.log"
    study = optuna.create_study(storage=open_storage(f"journal:{path}"), study_name="first")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    again = optuna.load_study(storage=open_storage(f"journal:{path}"), study_name="first")
    assert [trial.value for trial in again.trials] == [trial.value for trial in study.trials]
    assert [file.name for file in tmp_path.iterdir()] == ["journal.log"]


def test_a_journal_in_a_new_folder_and_a_database_keep_a_study(tmp_path):
    for url in (f"journal:{tmp_path}/new/journal.log", f"sqlite:///{tmp_path}/study.db"):
        optuna.create_study(storage=open_storage(url), study_name="kept")
        assert optuna.get_all_study_names(open_storage(url)) == ["kept"]


def test_a_heartbeat_that_the_database_misses_is_no_error(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    storage = open_storage(f"sqlite:///{tmp_path}/study.db")
    models.TrialHeartbeatModel.__table__.drop(storage.engine)
    storage.record_heartbeat(0)
    assert "no heartbeat: no such table" in caplog.text
    storage.engine.dispose()


def test_only_a_password_is_hidden():
    assert hidden("postgresql://me:pa:ss@host/base") == "postgresql://me:***@host/base"
    assert hidden("postgresql://me@host/base") == "postgresql://me@host/base"
    assert hidden("journal:a:b@c") == "journal:a:b@c"
