"""The guide tells how many files of each kind there are."""

from __future__ import annotations

import re

import pytest
from bad_files.datasets import (
    bad_archives,
    bad_arrays,
    bad_idx,
    bad_splits,
    bad_tables,
    picture,
)
from bad_files.models import bad_folders, bad_models
from bad_files.pages import bad_pages
from bad_files.pictures import bad_pictures
from bad_files.places import bad_places

from mnistkit import guide

pytestmark = pytest.mark.thorough


def told():
    """The numbers of the guide's table, by the first word of each kind."""
    rows = re.findall(r"^\| (\w+)[^|]*\| (\d+) \|$", guide.page("tested"), re.MULTILINE)
    return {kind: int(number) for kind, number in rows}


@pytest.mark.slow
def test_the_guide_tells_how_many_files_are_made(tmp_path):
    tables = (bad_tables(), bad_archives(), bad_arrays(), bad_idx(), [*bad_splits(tmp_path)])
    assert (
        told()
        | {
            "pictures": len(bad_pictures()),
            "PDFs": len(bad_pages()),
            "datasets": sum(map(len, tables)),
            "names": len(bad_places(tmp_path / "places", picture())),
        }
        == told()
    )
    assert sum(told().values()) >= 500


@pytest.mark.slow
def test_the_guide_tells_how_many_models_and_runs_are_made(trained_run, tmp_path):
    runs = bad_folders(trained_run, tmp_path / "runs")
    assert told()["models"] == len(bad_models(trained_run)) + len(runs)
