"""The journal of a study, which survives a worker that is killed and a disk that is full."""

from __future__ import annotations

import hashlib
import os
from math import inf
from pathlib import Path

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from mnistkit.core.holding import PREFIX, can_hold, hold, release

BEGINNING = b'{"op_code":'
"""Of each line."""


def open_journal(path: Path) -> JournalStorage:
    """Return the journal at a path, which is created if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return JournalStorage(JournalFileBackend(str(path), _Lock(path)))


class _Lock(JournalFileOpenLock):
    """A lock that ends with its process, and under which a line that was cut off is removed.

    Optuna's own is taken where files can't be held: it stays for 30 seconds, and its file may, too.
    A line behind one that was cut off would be joined to it, and the journal lost.
    """

    def __init__(self, journal: Path) -> None:
        super().__init__(str(journal))
        digest = hashlib.sha256(os.fsencode(journal.name)).hexdigest()[:16]
        self._journal = journal
        self._path = journal.parent / f"{PREFIX}journal-{digest}"
        self._can_hold = can_hold(journal.parent)
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        if self._can_hold:
            self._descriptor = hold(self._path, inf)
        else:
            super().acquire()
        try:
            _cut(self._journal)
        except BaseException:
            self.release()
            raise
        return True

    def release(self) -> None:
        if self._descriptor is None:
            super().release()
            return
        release(self._path, self._descriptor)
        self._descriptor = None


def _cut(journal: Path) -> None:
    """Remove a last line without an end."""
    with journal.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        if file.read() in {b"", b"\n"}:
            return
        file.seek(0)
        content = file.read()
        last = content.rpartition(b"\n")[2]
        if not (last.startswith(BEGINNING) or BEGINNING.startswith(last)):
            raise ValueError("a line that is none of a journal")
        file.truncate(size - len(last))
