"""Which tests are run, and in which order."""

from __future__ import annotations

import pytest

# Files of half a minute and more, and those that wait for other processes.
LONGEST = (
    "test_readme.py",
    "test_train.py",
    "test_plugins.py",
    "test_training.py",
    "test_read.py",
    "test_predict.py",
    "test_train_reader.py",
    "test_commands.py",
    "test_page_access.py",
    "test_server.py",
    "test_import.py",
    "test_bundled.py",
    "test_deploy.py",
    "test_sharing.py",
    "test_search.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Leave `thorough` tests out where neither a file or folder nor another mark is asked for.

    Each process of pytest-xdist decides the same of the same words.
    """
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    if not named and config.option.markexpr == "not slow":
        config.option.markexpr += " and not thorough"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the cases of a `sampled` test as slow, but for every N-th.

    Begin with what takes longest, so that no process has to be waited for at the end.
    """
    for item in items:
        sampled = item.get_closest_marker("sampled")
        if sampled and not _is_in_sample(item, *sampled.args):
            item.add_marker(pytest.mark.slow)
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONGEST)))


def _is_in_sample(item: pytest.Item, every: int, first: int = 0) -> bool:
    """Return whether a case is one of every N, whichever cases are selected.

    Where a second parameter has two values, an odd N takes both.
    """
    number = max(item.callspec.indices.values())  # type: ignore[attr-defined]
    return (number - first) % every == 0
