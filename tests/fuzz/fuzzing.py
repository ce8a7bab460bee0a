"""What the fuzzing targets share: instrumented code, seeds in a folder, bounds on each input."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from pathlib import Path

try:
    import atheris
except ImportError:
    sys.exit("expected atheris, received none; pip install '.[fuzz]'")

# What a command promises of any file: 10 seconds and 1 GB.
BOUNDS = ("-timeout=10", "-rss_limit_mb=1024", "-max_len=65536")


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
        atheris.Setup([sys.argv[0], *BOUNDS, *options, *given], target)
        atheris.Fuzz()


def check_loaded(dataset, store) -> None:
    """Check that each split of a dataset has as many labels as images."""
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
