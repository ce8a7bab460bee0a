"""What is built from the checkout: a wheel and a source distribution, the same ones everywhere."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOP = {".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "mnistkit"}
TOP |= {"pyproject.toml", "tests"}
SCRIPTS = Path(sys.executable).parent


@dataclass(frozen=True)
class Built:
    """A wheel and a source distribution."""

    wheel: Path
    source: Path


def build(checkout: Path, output: Path, environment: dict[str, str]) -> Built:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", output],
        cwd=checkout,
        env=environment,
        umask=0o077,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = output.glob("*.whl")
    (source,) = output.glob("*.tar.gz")
    return Built(wheel, source)


@pytest.fixture(scope="module")
def built(tmp_path_factory, clean_environment):
    return build(ROOT, tmp_path_factory.mktemp("built"), clean_environment)


@pytest.fixture(scope="module")
def unpacked(built, tmp_path_factory):
    """The folder that the source distribution unpacks to."""
    place = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(built.source) as archive:
        archive.extractall(place, filter="data")
    (folder,) = place.iterdir()
    return folder


def files_below(folder: Path) -> set[str]:
    """The files of the checkout below a folder; of a clone, those that are committed or may be."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", folder]
        listed = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        return {name for name in listed.split("\0") if name and (ROOT / name).exists()}
    found = {path.relative_to(ROOT) for path in folder.rglob("*") if path.is_file()}
    return {str(path) for path in found if "__pycache__" not in path.parts}


def test_the_wheel_is_the_package_and_what_is_said_of_it(built):
    with zipfile.ZipFile(built.wheel) as wheel:
        names = set(wheel.namelist())
        about = {name for name in names if ".dist-info/" in name}
        assert names - about == files_below(ROOT / "mnistkit")
        assert {name.partition("/")[2] for name in about} == {
            "METADATA",
            "RECORD",
            "WHEEL",
            "entry_points.txt",
            "licenses/LICENSE",
        }
        (record,) = [name for name in about if name.endswith("RECORD")]
        for name, digest, _ in csv.reader(io.StringIO(wheel.read(record).decode())):
            if name != record:
                found = base64.urlsafe_b64encode(hashlib.sha256(wheel.read(name)).digest())
                assert digest == "sha256=" + found.decode().rstrip("=")


def test_the_wheel_has_what_a_wheel_should_have(built):
    checker = SCRIPTS / "check-wheel-contents"
    ended = subprocess.run([checker, built.wheel], check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout


def test_the_source_is_the_whole_checkout(built, unpacked):
    assert {path.name for path in unpacked.iterdir()} == TOP
    for folder in ("mnistkit", "tests", ".ci"):
        held = {str(p.relative_to(unpacked)) for p in (unpacked / folder).rglob("*") if p.is_file()}
        assert held == files_below(ROOT / folder)
    with tarfile.open(built.source) as archive:
        assert all(member.isfile() for member in archive)


def test_built_from_the_source_at_another_time_and_place_both_are_the_same(
    built, unpacked, tmp_path, clean_environment
):
    for path in unpacked.rglob("*"):
        os.utime(path, (1, 1))
    other = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "7", "HOME": "/nowhere"}
    again = build(unpacked, tmp_path / "again", clean_environment | other)
    assert again.wheel.read_bytes() == built.wheel.read_bytes()
    assert again.source.read_bytes() == built.source.read_bytes()


@pytest.mark.slow
def test_installed_from_the_source_it_answers(built, tmp_path, clean_environment):
    place = tmp_path / "installed"
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--target", place]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, built.source], check=True)
    program = (
        "import mnistkit; print(mnistkit.__file__); print(mnistkit.load().label('example:seven'))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=clean_environment | {"PYTHONPATH": str(place)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert ended.stdout.splitlines() == [str(place / "mnistkit" / "__init__.py"), "7"]


def first_minute() -> tuple[str, list[tuple[str, str]]]:
    """The README's command that installs mnistkit, and those below it with what they print."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## The first minute")[2].partition("\n## ")[0]
    (install,) = re.findall(r"^```sh\n(pip install \.)\n```$", section, re.MULTILINE)
    shown = re.findall(r"^```console\n\$ (.*?)\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return install, shown


@pytest.mark.slow
def test_the_first_minute_in_a_fresh_environment_is_as_the_readme_shows(unpacked, tmp_path):
    """Install everything from the package index, which takes some minutes and 2 GB of disk."""
    install, shown = first_minute()
    assert [command for command, _ in shown] == [
        "mnistkit predict example:seven",
        "mnistkit read example:page",
    ]
    venv.create(tmp_path / "venv", with_pip=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MNISTKIT_")}
    kept.pop("PYTHONPATH", None)
    environment = kept | {
        "PATH": f"{tmp_path / 'venv' / 'bin'}:{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip")),
    }

    def run(command, folder):
        return subprocess.run(
            command.split(),
            cwd=folder,
            env=environment,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    installed = run(install, unpacked)
    assert installed.returncode == 0, installed.stdout
    for command, printed in shown:
        ended = run(command, tmp_path)
        assert (ended.stdout, ended.returncode) == (printed, 0)
