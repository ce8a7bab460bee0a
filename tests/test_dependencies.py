"""The versions of its dependencies that mnistkit is tested with are those that it asks for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from mnistkit import guide

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Of packages whose newest version differs from Python to Python.
PYTHONS = ("3.11.0", "3.12.0", "3.13.0")
FILES = ("lowest", "newest")


def constraints(name: str, python: str) -> dict[str, Version]:
    """The versions in a file of constraints, by their packages."""
    environment = default_environment() | {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
    }
    lines = (ROOT / ".ci" / f"constraints-{name}.txt").read_text().splitlines()
    found = [Requirement(line) for line in lines if not line.startswith("#")]
    pinned = [each for each in found if not each.marker or each.marker.evaluate(environment)]
    versions = {canonicalize_name(each.name): version_of(each) for each in pinned}
    assert len(versions) == len(pinned)
    return versions


def version_of(requirement: Requirement) -> Version:
    (specifier,) = requirement.specifier
    assert specifier.operator == "=="
    return Version(specifier.version)


def direct() -> list[Requirement]:
    return [Requirement(each) for each in PROJECT["dependencies"]]


def optional() -> Iterator[Requirement]:
    """What the extras add for users; those of the tests are the same and tools."""
    for extra, texts in PROJECT["optional-dependencies"].items():
        if extra != "test":
            yield from map(Requirement, texts)


def bound(requirement: Requirement) -> Version:
    """The lowest version that a requirement allows."""
    (lowest,) = [each.version for each in requirement.specifier if each.operator == ">="]
    return Version(lowest)


def test_the_lowest_versions_are_the_bounds():
    pinned = constraints("lowest", "3.11.0")
    wrong = {
        each.name: f"{pinned.get(canonicalize_name(each.name))}, expected {bound(each)}"
        for each in direct()
        if pinned.get(canonicalize_name(each.name)) != bound(each)
    }
    assert not wrong, "run .ci/update-constraints"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_newest_versions_are_of_all_that_a_user_may_install(python):
    pinned = constraints("newest", python)
    missing = [
        str(each)
        for each in (*direct(), *optional())
        if pinned.get(canonicalize_name(each.name), Version("0")) not in each.specifier
    ]
    assert not missing, "run .ci/update-constraints"


@pytest.mark.parametrize("name", FILES)
def test_the_command_that_makes_a_file_stands_at_its_top(name):
    told = (ROOT / ".ci" / f"constraints-{name}.txt").read_text().splitlines()[1]
    command = ROOT / told.strip("# ")
    assert os.access(command, os.X_OK)
    assert f"-o .ci/constraints-{name}.txt pyproject.toml" in command.read_text()


def test_the_script_of_every_change_takes_both():
    script = (ROOT / ".ci" / "run").read_text()
    assert all(f".ci/constraints-{name}.txt" in script for name in FILES)


def test_the_page_of_licences_names_all_that_may_be_installed():
    page = guide.page("licences")
    rows = re.findall(r"^\| .* \| (.*) \|$", page, re.MULTILINE)
    known = {name for row in rows for name in row.split(", ")}
    missing = {canonicalize_name(each.name) for each in (*direct(), *optional())} - known
    assert not missing, "run tests/assets/make_licences.py"


@pytest.mark.slow
def test_the_page_of_licences_says_what_the_packages_say(tmp_path):
    """With all extras installed; the metadata of another version may say it in other words."""
    copy = tmp_path / "tests" / "assets" / "make_licences.py"
    page = tmp_path / "mnistkit" / "guide" / "licences.md"
    for path in (copy, page):
        path.parent.mkdir(parents=True)
        path.write_bytes((ROOT / path.relative_to(tmp_path)).read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    subprocess.run([sys.executable, copy], check=True)
    assert page.read_text(encoding="utf-8") == guide.page("licences")
