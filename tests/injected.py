"""Running `mnistkit` with faults in its file operations: a kill, a full disk, a broken one.

`faults/faults.c` stands before the C library, so that what native code writes counts as well. What
a kill leaves is looked at in two ways: a process is killed after some CPU time; or it is stopped
before each operation, and what lies there is copied, which a kill would have left just so.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import copy
from pathlib import Path
from types import MappingProxyType

import pytest
from file_faults import NO_FAULT, RANDOM, VARIABLE, Ended, Fault, Operation, State
from forking import FRESH, Forks

from mnistkit.core.holding import PREFIX, is_passing

SOURCE = Path(__file__).parent / "faults" / "faults.c"
# Seconds: other processes may have all cores.
PATIENCE = 600


class Injected:
    """Runs commands in one folder, which is emptied between the tests.

    Args:
        base: A folder of its own.
        environment: That of the commands.
    """

    def __init__(self, base: Path, environment: dict[str, str]) -> None:
        self.base = base
        self.folders = tuple(base / name for name in ("work", "tmp", "home"))
        self.work, self.temporary, home = self.folders
        self._counter, self._log, self._copies = (base / n for n in ("counter", "log", "copies"))
        self.empty()
        shim = base / "faults.so"
        words = ["-shared", "-fPIC", "-O1", "-o", shim, SOURCE, "-ldl", "-lrt"]
        subprocess.run(["gcc", *words], check=True)
        self.environment = environment | {
            "LD_PRELOAD": str(shim),
            "TMPDIR": str(self.temporary),
            "XDG_CACHE_HOME": str(home),
            "no_proxy": "127.0.0.1",
        }
        self.forks = Forks(base, self.environment)

    def with_environment(self, **variables):
        """Return the same with other variables, of those that concern mnistkit alone."""
        other = copy(self)
        other.environment = self.environment | variables
        return other

    def without_forks(self):
        """Return the same with a fresh process for each command, to which signals can be sent."""
        other = copy(self)
        other.forks = None
        return other

    def empty(self):
        """Make the folders new."""
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()

    def start(self, words, fault=NO_FAULT, root=None):
        """Start a command; its operations below `root`, else in all its folders, count."""
        self._counter.write_bytes(bytes(16))
        self._log.unlink(missing_ok=True)
        told = {"ROOT": root or self.base, "COUNTER": self._counter, "LOG": self._log}
        variables = {VARIABLE + name: str(to) for name, to in told.items()}
        return self.start_uncounted(words, variables | fault.variables())

    def start_uncounted(self, words, variables=MappingProxyType({})):
        """Start a command, with further variables in its environment."""
        options = {
            "cwd": self.work,
            "env": {**self.environment, **variables},
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "stdin": subprocess.DEVNULL,
            "text": True,
        }
        words = words.split()
        command = self.forks.command(words, options) if self.forks else [*FRESH, *words]
        return subprocess.Popen(command, **options)

    def run(self, words, fault=NO_FAULT, root=None):
        """Run a command to its end."""
        with self.start(words, fault, root) as process:
            stdout, stderr = process.communicate(timeout=PATIENCE)
        return Ended(process.returncode, stdout, stderr, tuple(self._operations()))

    def states(self, words, root=None, beside=None) -> Iterator[State]:
        """Run a command; yield each different state that a kill at an operation would leave.

        A function of the process may run beside it in another thread.
        """
        seen, done = set(), 0
        shutil.rmtree(self._copies, ignore_errors=True)
        with self.start(words, Fault(stops=True), root) as process, ThreadPoolExecutor() as threads:
            doing = threads.submit(beside or (lambda _: None), process)
            while process.poll() is None:
                operations = self._operations()
                for operation in operations[done:]:
                    _wait_until_stopped(operation.process)
                    signature = self.signature()
                    if signature not in seen:
                        seen.add(signature)
                        yield State(operation, self._copied(len(seen)))
                    with suppress(ProcessLookupError):
                        os.kill(operation.process, signal.SIGCONT)
                done = len(operations)
                time.sleep(0.001)
            doing.result()
            stdout, stderr = process.communicate()
        assert process.returncode == 0, f"{words}\n{stdout}\n{stderr}"

    def signature(self):
        """What makes a state another one: names, and the content of files under final names."""
        return frozenset(
            (name, zlib.crc32(path.read_bytes()) if path.is_file() and final else None)
            for name, path, final in self._found()
        )

    def names(self):
        """What lies in the folders, by relative path."""
        return sorted({name for name, _, _ in self._found()})

    def restore(self, kept):
        """Put a state back, where no process holds anything."""
        for folder in self.folders:
            shutil.rmtree(folder)
            shutil.copytree(kept / folder.name, folder, symlinks=True)

    def keep(self, name):
        """Keep what lies there now as a state to restore; return its folder."""
        return self._copied(name)

    def _copied(self, name):
        kept = self._copies / str(name)
        for folder in self.folders:
            shutil.copytree(folder, kept / folder.name, symlinks=True)
        return kept

    def _found(self):
        """Yield name, path and whether the name is final; of a temporary folder itself alone."""
        for folder in self.folders:
            for path in folder.rglob("*"):
                parts = path.relative_to(self.base).parts
                passing = [n for n, part in enumerate(parts) if part.startswith(PREFIX)]
                if passing and passing[0] < len(parts) - 1:
                    continue
                name = "/".join((*parts[:-1], PREFIX) if is_passing(path) else parts)
                yield RANDOM.sub("*", name), path, not passing and folder == self.work

    def _operations(self):
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return [Operation.of(line) for line in text.splitlines()]


def _wait_until_stopped(process):
    path = Path(f"/proc/{process}/stat")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            state = path.read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state in "TZX":
            return
        time.sleep(0.0005)
    raise TimeoutError(process)


def require_faults():
    """Skip a test where faults can't be injected."""
    if not hasattr(os, "pidfd_open") or shutil.which("gcc") is None:
        pytest.skip("needs Linux and gcc: it compiles a library that is preloaded")
