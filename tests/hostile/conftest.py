"""A sandbox for the commands of each file of tests."""

from __future__ import annotations

import pytest
from bad_files.running import sandbox


@pytest.fixture(scope="module")
def box(tmp_path_factory, clean_environment):
    with sandbox(tmp_path_factory.mktemp("commands"), clean_environment) as made:
        yield made
        print(made.commands, "commands, at most", made.greatest)  # noqa: T201 - with -s
