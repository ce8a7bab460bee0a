"""What the tests share: a trained run, and the command line without network or cache."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from asking import make_request
from filelock import FileLock
from forking import FRESH, Forks
from selection import pytest_collection_modifyitems, pytest_configure  # noqa: F401  # hooks

from mnistkit.core.models import run_folder
from mnistkit.core.models.choice import choose
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.models.run_folder import Run
from mnistkit.data.loading import LabelledImages, load_split
from mnistkit.fetching.store import Store
from mnistkit.prediction.opening import open_served
from mnistkit.reading.reader import Reader, choose_reader, open_reader
from mnistkit.training import train

# A shell starts what runs in its background with Ctrl-C ignored, and children inherit that; the
# tests send it to them.
signal.signal(signal.SIGINT, signal.default_int_handler)

CommandLine = Callable[..., subprocess.CompletedProcess[str]]
LOGGER = logging.getLogger("mnistkit")
LOG_AT_START = LOGGER.level, LOGGER.propagate, [*LOGGER.handlers]


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """A command that is called in this process leaves the log to the next test as it was."""
    # Reset before the test, too: a fixture that several tests share may have called a command.
    _reset_log()
    yield
    _reset_log()


def _reset_log():
    level, LOGGER.propagate, handlers = LOG_AT_START
    LOGGER.setLevel(level)
    LOGGER.handlers[:] = handlers


@dataclass
class Silence:
    """A listener that keeps what it is told."""

    rows: list[dict]

    def begin(self, run, first_epoch, last_epoch):
        pass

    def batch(self, epoch, progress):
        pass

    def epoch(self, row):
        self.rows.append(row)

    def stage(self, name):
        pass


@pytest.fixture(scope="session")
def listener() -> Silence:
    return Silence([])


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of this test run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def trained_run(shared: Path, listener: Silence) -> Run:
    """A finished run of the default network, good enough to be right most of the time.

    The first process that needs it trains it. Tests do not change it; one that must works on a
    copy.
    """
    output = shared / "trained"
    with FileLock(shared / "trained.lock"):
        if not output.exists():
            request = make_request(dataset="mnist-sample", epochs=2, limit=1500, output=output)
            train.begin(request, Store(), listener)
    run = run_folder.read(output)
    assert run.finished
    return run


@pytest.fixture(scope="session")
def classifier(trained_run: Run) -> Classifier:
    """The trained run in onnxruntime."""
    return open_served(trained_run.path)


@pytest.fixture(scope="session")
def bundled() -> Classifier:
    """The model that comes along, in onnxruntime."""
    return open_served(choose("bundled").path, threads=1)


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The page reader that comes along, in onnxruntime."""
    return open_reader(choose_reader("bundled"), threads=1)


@pytest.fixture(scope="session")
def sample() -> LabelledImages:
    """The bundled sample's 1,000 test images."""
    return load_split("mnist-sample", "test", Store())


@pytest.fixture(scope="session")
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with an empty cache, no settings of mnistkit's, and no network."""
    # The second is set by importing TensorFlow through mnistkit, as these tests do. The third
    # would have every process compile all of mnistkit, and the last one print what a user's keeps.
    ours = ("MNISTKIT_", "TF_CPP_MIN_LOG_LEVEL", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    nowhere = "http://127.0.0.1:9"
    return kept | {
        "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")),
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "http_proxy": nowhere,
        "https_proxy": nowhere,
        "no_proxy": "",
    }


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No network and no data for what runs in this process: it takes bundled images, at once."""
    monkeypatch.setattr("mnistkit.fetching.download.sleep", lambda _seconds: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("MNISTKIT_DATA", raising=False)


@pytest.fixture(scope="session")
def forks(clean_environment: dict[str, str]) -> Iterator[Forks]:
    """What runs `mnistkit` in forks, where libraries are imported already."""
    # A socket's path is short, as the folders of tests need not be.
    with TemporaryDirectory() as folder, Forks(Path(folder), clean_environment) as forks:
        yield forks


@pytest.fixture(scope="session")
def mnistkit_in(clean_environment: dict[str, str], forks: Forks) -> CommandLine:
    """Run the installed command in a folder, as a process of its own.

    Takes the folder, the words behind `mnistkit`, and options of `subprocess.run`. It is a fork
    where nobody can tell, unless a `fresh` process is asked for.
    """

    def run(
        folder: Path, *words: object, fresh: bool = False, **options
    ) -> subprocess.CompletedProcess:
        options = {
            "cwd": folder,
            "env": clean_environment,
            "capture_output": True,
            "text": True,
            "timeout": 300,
        } | options
        texts = list(map(str, words))
        command = [*FRESH, *texts] if fresh else forks.command(texts, options)
        return subprocess.run(command, check=False, **options)

    return run


@pytest.fixture
def mnistkit(mnistkit_in: CommandLine, tmp_path: Path) -> CommandLine:
    """Run the installed command in `tmp_path`."""
    return partial(mnistkit_in, tmp_path)


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium, for all tests of a process, which can run only one Playwright."""
    # Few tests need it.
    from browsing import chromium

    with chromium() as browser:
        yield browser
