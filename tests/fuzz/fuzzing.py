"""What the fuzzing targets share: instrumented code, seeds in a folder, bounds on each input."""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from pathlib import Path

try:
    import atheris
except ImportError:
    sys.exit("expected atheris, received none; pip install '.[fuzz]'")

# What a command promises of any file: 10 seconds and 1 GB. The instrumentation keeps some kilobytes
# of every input that compares arrays, so the memory of the whole process says little.
MOST_MEMORY = 10**9
BOUNDS = ("-timeout=10", "-rss_limit_mb=8192", "-max_len=65536")


@contextmanager
def instrumented():
    """Import mnistkit so that the fuzzer sees which of its branches an input takes."""
    with atheris.instrument_imports(include=["mnistkit"]):
        yield


def fuzz(target: Callable[[bytes], None], seeds: Iterable[bytes]) -> None:
    """Run a target with libFuzzer's options of the command line; findings stay in the folder.

    An input that was found is tried again with `python fuzz_NAME.py FILE`.
    """
    with tempfile.TemporaryDirectory() as folder:
        given = [word for word in sys.argv[1:] if not word.startswith("-")]
        if not given:
            for number, seed in enumerate(seeds):
                Path(folder, f"seed-{number}").write_bytes(seed)
            given = [folder]
        options = [word for word in sys.argv[1:] if word.startswith("-")]
        atheris.Setup([sys.argv[0], *BOUNDS, *options, *given], within_memory(target))
        atheris.Fuzz()


def within_memory(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Return a target that checks how much memory one input takes at most."""

    def checked(data: bytes) -> None:
        before, highest = memory(), peak()
        target(data)
        reached = peak()
        assert reached == highest or reached - before < MOST_MEMORY, reached - before

    return checked


def memory() -> int:
    """Return the bytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def peak() -> int:
    """Return the most bytes of memory that this process has had."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def check_loaded(dataset, store) -> None:
    """Check that a dataset is refused in one line, or has as many labels as images."""
    flaw = dataset.flaw()
    if flaw:
        assert len(flaw.splitlines()) == 1
        return
    for split in dataset.splits:
        images, class_indices = dataset.load(split, store)
        assert images.shape[1:] == (28, 28)
        assert len(images) == len(class_indices)


def check_told(error: Exception) -> None:
    """Check that an error is told in one line."""
    assert len(str(error).splitlines()) == 1


def provider(data: bytes) -> atheris.FuzzedDataProvider:
    """Return what takes numbers and texts from an input."""
    return atheris.FuzzedDataProvider(data)
