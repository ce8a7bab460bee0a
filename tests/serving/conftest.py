"""One server for all tests of a process that leave it as it is, and a browser."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from browsing import Visits
from playwright.sync_api import Browser
from served import Server, serving

EXAMPLES = Path(__file__).parents[2] / "mnistkit" / "assets" / "examples"
Started = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="session")
def start(clean_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Started:
    """Start a server of the bundled model with more words behind `mnistkit serve`."""
    place = tmp_path_factory.mktemp("serving")
    options = {"env": clean_environment, "cwd": place}
    return partial(serving, "--model", "bundled", **options)


@pytest.fixture(scope="session")
def server(start: Started) -> Iterator[Server]:
    """A server with a small limit of images, which keeps no pictures."""
    with start("--max-images", 20, stderr=subprocess.DEVNULL) as running:
        yield running


@pytest.fixture(scope="session")
def seven() -> bytes:
    """The bundled picture of a seven."""
    return (EXAMPLES / "seven.png").read_bytes()


@pytest.fixture(scope="session")
def page() -> bytes:
    """The bundled photo of a page."""
    return (EXAMPLES / "page.jpg").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where `collecting` keeps pictures."""
    return tmp_path / "collected"


@pytest.fixture
def collecting(start: Started, folder: Path) -> Iterator[Server]:
    """A server that keeps the pictures that are labelled."""
    with start("--collect", folder, stderr=subprocess.DEVNULL) as running:
        yield running


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visits]:
    """Open the page; in the end, nothing was wrong on it and nothing left this machine."""
    visits = Visits(browser)
    yield visits
    visits.close()
    assert not visits.faults
