"""Commands that are measured, in a folder where nothing else may change."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from forking import Forks

# What every command promises of every file: bytes, and seconds of computing.
MOST_MEMORY, MOST_SECONDS = 10**9, 10
# Seconds until a command is taken to hang; other processes may have all cores.
PATIENCE = 600
USAGE = "_MNISTKIT_USAGE"
ENDINGS = range(5)
CACHE = "cache"


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it took."""

    words: Sequence[str]
    code: int
    stdout: str
    stderr: str
    memory: int
    seconds: float

    def check(self, *, seconds: float = MOST_SECONDS) -> None:
        """Check that it was an answer or a line, in bounded memory and time."""
        what = f"{self.words}: {self.stderr[-2000:]}"
        assert self.code in ENDINGS, what
        assert "Traceback" not in self.stdout + self.stderr, what
        assert self.memory < MOST_MEMORY, (self.memory, what)
        assert self.seconds < seconds, (self.seconds, what)
        if self.code:
            assert self.stderr, what

    def check_one_line(self, *, seconds: float = MOST_SECONDS, most: int = 1) -> None:
        """Check that it was an answer, or at most so many lines of error."""
        self.check(seconds=seconds)
        assert len(self.errors) <= most, self.stderr
        if self.code:
            assert self.errors, self.stderr

    @property
    def errors(self) -> list[str]:
        return [line for line in self.stderr.splitlines() if line.startswith("mnistkit: error:")]

    @property
    def records(self) -> list[dict]:
        return [json.loads(line) for line in self.stdout.splitlines()]


@dataclass
class Sandbox:
    """A folder for bad files, with a home and temporary files beside it.

    Args:
        folder: It holds all of them.
        forks: Runs commands in it.
        environment: Theirs.
    """

    folder: Path
    forks: Forks
    environment: dict[str, str]
    commands: int = 0
    greatest: dict[str, float] = field(default_factory=lambda: {"memory": 0, "seconds": 0})

    @property
    def inside(self) -> Path:
        return self.folder / "inside"

    @property
    def output(self) -> Path:
        """Where commands may write, beside their cache, and nowhere else."""
        return self.folder / "output"

    def run(self, *words: object) -> Ended:
        """Run a command; check that it changed nothing but its output and its cache."""
        texts = list(map(str, words))
        usage = self.folder.parent / f"{self.folder.name}-usage"
        environment = self.environment | {USAGE: str(usage)}
        command = self.forks.command(texts, {"env": environment})
        before = self._seen()
        ended = subprocess.run(
            command,
            check=False,
            cwd=self.inside,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
        )
        changed = dict(self._seen().items() ^ before.items())
        assert not changed, (texts, sorted(changed))
        memory, seconds = usage.read_text().split()
        shown = (stream.decode(errors="replace") for stream in (ended.stdout, ended.stderr))
        result = Ended(texts, ended.returncode, *shown, int(memory) * 1024, float(seconds))
        self._keep(result)
        return result

    def _keep(self, result: Ended) -> None:
        self.commands += 1
        for name in self.greatest:
            self.greatest[name] = max(self.greatest[name], getattr(result, name))

    def _seen(self) -> dict[str, tuple[int, int]]:
        """Return every file of the sandbox but output and cache, by size and last change."""
        found = {}
        for place, folders, names in os.walk(self.folder):
            if Path(place) == self.folder:
                folders[:] = [name for name in folders if name not in (self.output.name, CACHE)]
            for name in (*names, *folders):
                about = Path(place, name).lstat()
                is_folder = name in folders
                found[os.path.join(place, name)] = (  # noqa: PTH118 - bytes that are no text
                    about.st_size * (not is_folder),
                    about.st_mtime_ns * (not is_folder),
                )
        return found


@contextmanager
def on_two_cores() -> Iterator[None]:
    """Start processes on two cores: waiting threads spin, so more cores cost more CPU time."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    # Workers that test at the same time take different ones.
    first = os.getpid() % len(cores)
    os.sched_setaffinity(0, (sorted(cores) * 2)[first : first + 2])
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


@contextmanager
def sandbox(folder: Path, environment: dict[str, str]) -> Iterator[Sandbox]:
    """Make a sandbox, and the processes whose forks run its commands."""
    whole = folder / "sandbox"
    for name in ("inside", "output", "home", CACHE, "temporary"):
        (whole / name).mkdir(parents=True)
    own = environment | {
        "HOME": str(whole / "home"),
        "XDG_CACHE_HOME": str(whole / CACHE),
        "MPLCONFIGDIR": str(whole / CACHE / "matplotlib"),
        "KERAS_HOME": str(whole / CACHE / "keras"),
        "TMPDIR": str(whole / "temporary"),
    }
    with on_two_cores(), Forks(folder, own) as forks:
        yield Sandbox(whole, forks, own)


def write(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Write files into a folder; return their paths, as those behind a sandbox's folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return [str(folder / name) for name in files]
