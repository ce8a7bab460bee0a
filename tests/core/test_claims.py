"""Claims of files and folders by several processes, of which some are killed."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager

import pytest

from mnistkit.core.claims import claim_folder, claim_output
from mnistkit.core.files import write_json
from mnistkit.errors import OutputBusyError, OutputError, OutputExistsError

HOLDING = """
import sys; from pathlib import Path
from mnistkit.core.claims import claim_folder, claim_output
from mnistkit.core.files import new_folder, replacing
from mnistkit.errors import UsageError
target = Path(sys.argv[2])
claim = {
    "folder": lambda: claim_folder(target),
    "file": lambda: claim_output(target, force=False),
    "temporary": lambda: replacing(target),
    "temporary folder": lambda: new_folder(target),
}
try:
    with claim[sys.argv[1]]():
        print("has it", flush=True)
        sys.stdin.read()
except UsageError as error:
    print(type(error).__name__)
"""


def start(kind, target):
    return subprocess.Popen(
        [sys.executable, "-c", HOLDING, kind, str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def held(kind, target):
    """A target that another process has claimed."""
    with start(kind, target) as other:
        assert other.stdout.readline() == "has it\n"
        yield other
        other.kill()


def claim(kind, target):
    return claim_folder(target) if kind == "folder" else claim_output(target, force=False)


def try_to_claim(kind, target):
    with claim(kind, target):
        pytest.fail("it was claimed")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_of_many_processes_with_one_target_exactly_one_goes_on(tmp_path, kind):
    processes = [start(kind, tmp_path / "new" / "target") for _ in range(6)]
    said = [process.stdout.readline() for process in processes]
    for process in processes:
        process.communicate()
    assert sorted(said) == ["OutputBusyError\n"] * 5 + ["has it\n"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_target_is_free_again_when_its_process_was_killed(tmp_path, kind):
    target = tmp_path / "target"
    with held(kind, target) as other:
        with pytest.raises(OutputBusyError, match="another process is writing there") as refusal:
            try_to_claim(kind, target)
        assert refusal.value.exit_code == 2
        other.kill()
        other.wait()
        with claim(kind, target):
            pass
    assert list(tmp_path.rglob(".mnistkit-*")) == []


def test_files_of_one_folder_are_claimed_one_by_one(tmp_path):
    with claim_output(tmp_path / "a.onnx", force=False), held("file", tmp_path / "b.onnx"):
        assert [name for name in names(tmp_path) if name.endswith(".onnx")] == []


def test_a_file_that_is_there_is_refused_unless_forced(tmp_path):
    (tmp_path / "plot.png").write_text("mine")
    with pytest.raises(OutputExistsError, match="--force"):
        try_to_claim("file", tmp_path / "plot.png")
    with claim_output(tmp_path / "plot.png", force=True):
        pass
    assert names(tmp_path) == ["plot.png"]


def test_a_claim_waits_as_long_as_it_is_told(tmp_path):
    with held("folder", tmp_path) as other:
        with pytest.raises(OutputBusyError), claim_folder(tmp_path, 0.2):
            pytest.fail("it was claimed")
        other.stdin.close()
        with claim_folder(tmp_path, 60):
            pass


@pytest.mark.parametrize("kind", ["temporary", "temporary folder"])
def test_a_claim_clears_what_killed_processes_left_and_nothing_else(tmp_path, kind):
    (tmp_path / ".hidden.keras").write_text("mine")
    with held(kind, tmp_path / "killed.keras") as other:
        other.kill()
        other.wait()
        (left,) = set(names(tmp_path)) - {".hidden.keras"}
        if kind == "temporary folder":
            (tmp_path / left / "weights").write_text("half")
        with held(kind, tmp_path / "alive.keras"):
            (alive,) = set(names(tmp_path)) - {".hidden.keras", left}
            with claim_folder(tmp_path):
                assert set(names(tmp_path)) == {".hidden.keras", ".mnistkit-lock", alive}
            write_json(tmp_path / "alive.json", [])
            assert set(names(tmp_path)) == {".hidden.keras", "alive.json", alive}


def test_a_place_below_a_file_can_not_be_claimed(tmp_path):
    (tmp_path / "file").write_text("mine")
    for kind in ("folder", "file"):
        with pytest.raises(OutputError, match="could not be written"):
            try_to_claim(kind, tmp_path / "file" / "below")


def test_a_lock_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / ".mnistkit-lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="could not be written"), claim_folder(tmp_path):
        pytest.fail("it was claimed")
    assert not (tmp_path / "elsewhere").exists()
