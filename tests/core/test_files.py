"""Writing files so that the old or the new one is there, never half of one."""

from __future__ import annotations

import errno
import json
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mnistkit.core.files import new_folder, refuse_to_overwrite, replacing, size, write_json
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

    with pytest.raises(OutputError, match="could not be written: the disk is full") as error:
        fail()
    assert str(old) in str(error.value)
    assert error.value.exit_code == 1
    assert only_the_old_one_is_left(old)


def run_limited(program, path):
    """Run a program that can write no file longer than 4 KiB, as on a disk that fills up."""
    return subprocess.run(
        # Without bytecode, since Python would keep what was cut off.
        [sys.executable, "-B", "-c", program, str(path)],
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
    assert f"OutputError: {old} could not be written: the file is too large" in ended.stderr
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


def test_a_file_that_came_in_between_is_not_replaced(old):
    def write():
        with replacing(old, overwrite=False) as temporary:
            temporary.write_text("new")

    with pytest.raises(OutputExistsError, match="--force") as refusal:
        write()
    assert refusal.value.exit_code == 2
    assert only_the_old_one_is_left(old)
    old.unlink()
    write()
    assert old.read_text() == "new"
    assert [path.name for path in old.parent.iterdir()] == [old.name]


def test_a_folder_is_there_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "model"
    with new_folder(path) as temporary:
        (temporary / "deeper").mkdir()
        (temporary / "deeper" / "weights").write_bytes(bytes(5))
        (temporary / "card.json").write_bytes(bytes(3))
        assert not path.exists()
        assert temporary.parent == path.parent
    assert sorted(file.name for file in path.rglob("*")) == ["card.json", "deeper", "weights"]
    assert size(path) == 8
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_nothing_of_a_folder(tmp_path, failure):
    def fail():
        with new_folder(tmp_path / "model") as temporary:
            (temporary / "weights").write_text("half")
            raise failure

    with pytest.raises(failure):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["file", "empty folder", "folder"])
def test_a_folder_never_replaces_what_came_in_between(tmp_path, there):
    path = tmp_path / "model"

    def write():
        with new_folder(path) as temporary:
            (temporary / "weights").write_text("new")
            if there == "file":
                path.write_text("old")
            else:
                path.mkdir()
            if there == "folder":
                (path / "weights").write_text("old")

    with pytest.raises(OutputExistsError, match="folders are not replaced") as refusal:
        write()
    assert refusal.value.exit_code == 2
    assert list(tmp_path.iterdir()) == [path]
    assert all(file.read_text() == "old" for file in tmp_path.rglob("*") if file.is_file())


def test_writers_of_one_file_in_one_moment_never_mix(tmp_path):
    path = tmp_path / "result.json"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write_json(path, [number] * 1000), range(80)))
    (number, *others) = json.loads(path.read_text())
    assert others == [number] * 999
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_that_is_as_long_as_can_be_is_written_to(tmp_path):
    path = tmp_path / f"{'x' * 250}.json"
    write_json(path, [])
    assert list(tmp_path.iterdir()) == [path]


SAVING = (
    "import os, signal, sys; from pathlib import Path\n"
    "import numpy as np; from mnistkit.core.preprocessing.saving import save_picture\n"
    "pixels = np.random.default_rng(0).integers(0, 256, (200, 200), np.uint8)\n"
    "save_picture(pixels, Path(sys.argv[1]), 'seven.png', '.SUFFIX')\n"
)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_disk_that_fills_up_leaves_no_picture(tmp_path, suffix):
    ended = run_limited(SAVING.replace("SUFFIX", suffix), tmp_path)
    assert ended.returncode == 1
    assert "File too large" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_leaves_no_plot(tmp_path):
    program = (
        "import sys; from pathlib import Path; from matplotlib.figure import Figure\n"
        "from mnistkit.reporting.figures import save_figure\n"
        "figure = Figure()\n"
        "figure.subplots().plot([1, 2], [1, 3])\n"
        "save_figure(figure, Path(sys.argv[1]) / 'plot.png')\n"
    )
    ended = run_limited(program, tmp_path)
    assert ended.returncode == 1
    assert "plot.png could not be written: the file is too large" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_kill_while_saving_leaves_no_picture_under_its_name(tmp_path):
    # The kernel's answer to a file that grows too long, which Python ignores, is a kill as well.
    program = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n" + SAVING.replace(
        "SUFFIX", "png"
    )
    ended = run_limited(program, tmp_path)
    assert ended.returncode == -signal.SIGXFSZ
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".mnistkit-tmp-")
