"""Writing files so that the old or the new one is there, never half of one."""

from __future__ import annotations

import errno
import json
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mnistkit.core.files import refuse_to_overwrite, replacing, write_json
from mnistkit.errors import OutputError, OutputExistsError

# No one writes here, not even root.
PROC = Path("/proc")


@pytest.fixture
def old(tmp_path):
    """A file that is there already, alone in its folder."""
    path = tmp_path / "folder" / "result.json"
    path.parent.mkdir()
    path.write_text("old")
    return path


def only_the_old_one_is_left(old):
    return [path.name for path in old.parent.iterdir()] == [old.name] and old.read_text() == "old"


def test_the_file_is_replaced_when_the_block_ends(old):
    with replacing(old) as temporary:
        temporary.write_text("new")
        assert old.read_text() == "old"
        assert temporary.parent == old.parent
        assert temporary.suffix == old.suffix
    assert old.read_text() == "new"
    assert [path.name for path in old.parent.iterdir()] == [old.name]


def test_missing_folders_are_made(tmp_path):
    path = tmp_path / "a" / "b" / "result.json"
    write_json(path, {"digit": "七"})
    assert json.loads(path.read_text(encoding="utf-8")) == {"digit": "七"}


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_passes_through_and_leaves_the_old_file(old, failure):
    def fail():
        with replacing(old) as temporary:
            temporary.write_text("half")
            raise failure

    with pytest.raises(failure):
        fail()
    assert only_the_old_one_is_left(old)


def test_an_error_of_the_system_becomes_one_line_that_names_the_file(old):
    def fail():
        with replacing(old) as temporary:
            temporary.write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputError, match="could not be written: No space left") as error:
        fail()
    assert str(old) in str(error.value)
    assert error.value.exit_code == 1
    assert only_the_old_one_is_left(old)


def run_limited(program, path):
    """Run a program that can write no file longer than 4 KiB, as on a disk that fills up."""
    return subprocess.run(
        [sys.executable, "-c", program, str(path)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    "write",
    [
        "write_json(path, list(range(5000)))",
        "with replacing(path) as temporary: temporary.write_bytes(bytes(5000))",
    ],
)
def test_a_disk_that_fills_up_leaves_the_old_file(old, write):
    program = (
        "import sys; from pathlib import Path\n"
        "from mnistkit.core.files import replacing, write_json\n"
        f"path = Path(sys.argv[1])\n{write}\n"
    )
    ended = run_limited(program, old)
    assert ended.returncode == 1
    assert f"OutputError: {old} could not be written: File too large" in ended.stderr
    assert only_the_old_one_is_left(old)


def test_a_kill_while_writing_leaves_the_old_file(old):
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from mnistkit.core.files import replacing\n"
        "with replacing(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(old)], check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert old.read_text() == "old"


@pytest.mark.parametrize("below", ["file/result.json", "file/deeper/result.json"])
def test_a_place_below_a_file_is_refused(tmp_path, below):
    (tmp_path / "file").write_text("old")
    with pytest.raises(OutputError, match="choose another place"):
        write_json(tmp_path / below, {})
    assert (tmp_path / "file").read_text() == "old"


@pytest.mark.skipif(not PROC.is_dir(), reason="run it on Linux, for its /proc")
def test_a_read_only_folder_is_refused():
    with pytest.raises(OutputError, match="/proc/result"):
        write_json(PROC / "result.json", {})


def test_an_existing_file_is_replaced_only_by_force(old, tmp_path):
    with pytest.raises(OutputExistsError, match="--force") as refusal:
        refuse_to_overwrite(old, force=False)
    assert refusal.value.exit_code == 2
    refuse_to_overwrite(old, force=True)
    refuse_to_overwrite(tmp_path / "absent", force=False)
