"""Strangers' words: whatever a name, a card or a plugin says drives no terminal, forges no line."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys

import onnx
import pytest
from forking import FRESH
from networks import small_network
from PIL import Image
from strangers import FORGED, HOSTILE, NAME, assert_clean, unsafe_in
from terminals import on_terminal

from mnistkit.cli.escaping import escaped


def hostile_layers():
    return [{"name": HOSTILE, "type": HOSTILE, "output_shape": [1], "parameters": 1}]


@pytest.fixture(scope="module")
def strange(tmp_path_factory, trained_run, sample):
    """A folder with pictures, models, a run and plugins whose every text is hostile."""
    folder = tmp_path_factory.mktemp("strange")
    Image.fromarray(sample.images[0]).save(folder / "0.png")
    shutil.copy(folder / "0.png", folder / f"{NAME}.png")
    (folder / f"bad{NAME}.png").write_bytes(b"no picture")
    card = trained_run.card().to_json() | {
        "toolkit_version": HOSTILE,
        "architecture": HOSTILE,
        "dataset": HOSTILE,
        "learned_from": [HOSTILE],
        "layers": hostile_layers(),
    }
    onnx.save(small_network(card), folder / "card.onnx")
    onnx.save(small_network(card), folder / f"{NAME}.onnx")
    for field in ("class_names", "preparation", "accuracy", HOSTILE):
        spoiled = card | {field: [HOSTILE, *"123456789"] if field == "class_names" else HOSTILE}
        onnx.save(small_network(spoiled), folder / f"{field[:5].strip()}.onnx")
    unknown = small_network(None)
    onnx.helper.set_model_props(unknown, {HOSTILE.replace("\ud800", ""): "x"})
    onnx.save(unknown, folder / "metadata.onnx")
    onnx.save(small_network(card, image=HOSTILE.replace("\ud800", "")), folder / "input.onnx")
    record(trained_run, folder / "run")
    plugins(folder / "site")
    return folder


def record(trained_run, folder):
    """Write a run whose record says hostile things wherever it says a text."""
    shutil.copytree(trained_run.path, folder)
    told = json.loads((folder / "run.json").read_text())
    settings = told["settings"] | {"dataset": HOSTILE, "architecture": HOSTILE}
    member = {"run": HOSTILE, "architecture": HOSTILE, "dataset": HOSTILE, "accuracy": 0.5}
    told |= {
        "settings": settings,
        "command": HOSTILE,
        "members": [member],
        "dataset": told["dataset"] | {"sha256": HOSTILE, "name": HOSTILE},
        "packages": {"mnistkit": HOSTILE, HOSTILE: HOSTILE},
        "layers": hostile_layers(),
        "measured": {HOSTILE: {HOSTILE: 0.5}},
        "weaknesses": [HOSTILE],
        "licence": [HOSTILE],
    }
    (folder / "run.json").write_text(json.dumps(told))


PLUGINS = """
import sys
import typer
from mnistkit.contracts import Architecture, Dataset, DatasetFamily, Exporter, Recipe, Tracker
from mnistkit.errors import DatasetError

HOSTILE = {hostile}

def fail(*_):
    raise DatasetError(HOSTILE)

def crash(*_):
    raise RuntimeError(HOSTILE)

dataset = Dataset(HOSTILE, ("0", "1"), HOSTILE, HOSTILE, load=fail)
crashing = Dataset(HOSTILE, ("0", "1"), HOSTILE, HOSTILE, load=crash)
classes = Dataset(HOSTILE, (HOSTILE, "1"), HOSTILE, HOSTILE, load=fail)
family = DatasetFamily(HOSTILE, HOSTILE, fail, fail)
architecture = Architecture(HOSTILE, Recipe(), fail)
exporter = Exporter(HOSTILE, HOSTILE, fail, fail)
tracker = Tracker(HOSTILE, crash)
command = typer.Typer(help=HOSTILE, epilog=HOSTILE)

@command.command(help=HOSTILE)
def inner(option: str = typer.Option(HOSTILE, help=HOSTILE, metavar=HOSTILE)):
    raise RuntimeError(HOSTILE)

@command.command(help=HOSTILE)
def wrong():
    raise typer.BadParameter(HOSTILE)

@command.command(help=HOSTILE)
def tell():
    import logging
    logging.getLogger("mnistkit").info("%s", HOSTILE)
    logging.getLogger("mnistkit").warning("%s", HOSTILE)
"""


def plugins(site):
    """Install a distribution of plugins that say hostile things."""
    about = site / "strange-1.0.dist-info"
    about.mkdir(parents=True)
    flat = HOSTILE.replace("\0", "").replace("\ud800", "")
    one_line = "".join(c for c in flat if len(f"a{c}a".splitlines()) == 1)
    (about / "METADATA").write_text(f"Name: {flat}\nVersion: 1 {flat}\n", encoding="utf-8")
    groups = {
        "commands": "command = strange:command",
        "datasets": "dataset = strange:dataset\ncrashing = strange:crashing\n"
        "classes = strange:classes\nfamily = strange:family",
        "architectures": "architecture = strange:architecture",
        "exporters": "exporter = strange:exporter",
        "trackers": "tracker = strange:tracker",
    }
    sections = (
        f"[mnistkit.{group}]\n{lines}\n{one_line} = strange:broken\n"
        f"b{one_line} = absent{one_line}\n"
        f"[bold]broken[/bold]:smile: = strange:broken\n{one_line}\n"
        for group, lines in groups.items()
    )
    (about / "entry_points.txt").write_text("".join(sections), encoding="utf-8")
    (site / "strange.py").write_text(PLUGINS.format(hostile=ascii(HOSTILE)))


@pytest.fixture
def raw(mnistkit_in, clean_environment, strange):
    """Run a command where all is hostile; stdout and stderr are bytes."""
    environment = clean_environment | {"PYTHONPATH": str(strange / "site")}

    def run(*words):
        return mnistkit_in(strange, *words, text=False, env=environment)

    return run


COMMANDS = [
    *(
        ("predict", "--model", "card.onnx", "0.png", f"{NAME}.png", f"bad{NAME}.png", *rest)
        for rest in (
            ("--format", "text"),
            ("--format", "text", "--top", "3", "--show"),
            ("--format", "label", "--top", "3"),
            ("--format", "jsonl"),
            ("--format", "json"),
        )
    ),
    ("predict", "--model", f"{NAME}.onnx", "0.png"),
    ("predict", "--model", "0.png", f"absent{NAME}"),
    *(
        ("predict", "--model", f"{model}.onnx", "0.png")
        for model in ("class", "prepa", "accur", "a", "metadata", "input")
    ),
    ("predict", "--model", "run", "0.png", "--debug"),
    ("predict", "--model", f"absent{NAME}", "0.png"),
    ("predict", "--dataset", "dataset"),
    ("predict", "--dataset", "crashing", "--debug"),
    ("predict", "--dataset", "classes"),
    ("predict", "--dataset", "family:x"),
    ("predict", "--dataset", NAME),
    ("predict", f"--{NAME}"),
    ("predict", "--format", NAME),
    ("read", f"{NAME}.png", f"bad{NAME}.png"),
    ("read", f"{NAME}.png", f"bad{NAME}.png", "--format", "jsonl"),
    *(
        ("evaluate", "--model", "card.onnx", "--dataset", "mnist-sample", "--format", *rest)
        for rest in (
            ("text",),
            ("json",),
            ("text", "--compare", f"{NAME}.onnx"),
            ("text", "--dataset", "dataset", "--dataset", "family:x"),
        )
    ),
    ("evaluate", "--model", "card.onnx"),
    *(
        ("summary", subject, "--format", format)
        for subject in ("card.onnx", "run", NAME)
        for format in ("text", "json")  # noqa: A001
    ),
    ("datasets",),
    ("datasets", "--format", "json"),
    ("datasets", "show", "dataset"),
    ("plugins",),
    ("plugins", "--format", "json"),
    *(("plugins", "--kind", kind) for kind in ("commands", "datasets", "exporters", "trackers")),
    ("--help",),
    ("command", "--help"),
    ("command", "inner", "--help"),
    ("command", "inner"),
    ("command", "inner", "--debug"),
    ("command", "wrong"),
    ("command", "tell"),
    ("[bold]broken[/bold]:smile:",),
    ("[bold]broken[/bold]:smile:", "--help"),
    (NAME,),
    ("command", NAME),
    ("train", "--dataset", "dataset"),
    ("train", "--architecture", NAME),
    ("train", "--track", NAME),
    ("tune", "--study", NAME, "--architecture", "absent"),
    ("tune", "--storage", f"x://{NAME}"),
    ("benchmark", f"absent{NAME}"),
    ("explain", f"bad{NAME}.png"),
    ("import", f"bad{NAME}.png"),
    ("ensemble", f"absent{NAME}", "run"),
    ("guide", NAME),
    ("runs", f"absent{NAME}"),
    ("train", "--output", f"absent{NAME}", "--resume", f"absent{NAME}"),
    ("export", "--exporter", NAME),
]


@pytest.mark.sampled(5)
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: ascii(" ".join(words))[:60])
def test_no_text_of_a_stranger_drives_a_terminal_or_forges_a_line(raw, words):
    result = raw(*words)
    assert result.stdout + result.stderr
    own_lines = "--debug" in words or (words[0] == "command" and "--help" in words)
    assert_clean(result.stdout, result.stderr, own_lines=own_lines)
    if "json" in words and result.returncode == 0:
        json.loads(result.stdout)
    if "--debug" not in words:
        assert b"Traceback" not in result.stderr


def test_a_training_in_a_folder_of_any_name_drives_no_terminal(raw):
    words = ["--architecture", "tiny", "--dataset", "mnist-sample", "--limit", 64, "--epochs", 1]
    result = raw("train", *words, "--no-export", "--output", NAME, "--track", "tracker")
    # The tracker fails, and tells it in a stranger's words.
    assert result.returncode == 1
    assert rb"RuntimeError: a forged.png" in result.stderr
    assert rb"training in a\n" in result.stderr
    assert_clean(result.stdout, result.stderr)


def test_what_is_wrong_with_a_network_of_a_stranger_drives_no_terminal(raw):
    result = raw("plugins", "--kind", "architectures")
    assert result.returncode == 0
    assert b"architecture is broken" in result.stdout.replace(
        b"architecture architecture", b"architecture"
    )
    assert_clean(result.stdout, result.stderr)


def test_text_stays_a_record_a_source(raw):
    result = raw("predict", "--model", "card.onnx", "0.png", f"{NAME}.png")
    first, second = result.stdout.splitlines()
    assert first.split(b"\t")[0] == b"0.png"
    source, *_ = second.split(b"\t")
    assert source.startswith(rb"a\n" + FORGED.encode() + rb"\t7\t1.0000\r")
    assert source.endswith(rb"\x9b" + b"\xff:smile:[bold]x[bold].png")


def test_tables_show_markup_and_emoji_as_they_are_written(raw):
    shown = raw("summary", "card.onnx").stdout
    assert shown.count(b":smile:[bold]x[/bold]") == 2
    assert b"[bold]broken[/bold]:smile:" in raw("plugins").stdout


def test_csv_in_a_pipe_holds_the_names_of_files_as_they_are(raw):
    result = raw("predict", "--model", "card.onnx", f"{NAME}.png", "--format", "csv")
    text = result.stdout.decode(errors="surrogateescape")
    _, row = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert os.fsencode(row[0]) == os.fsencode(f"{NAME}.png")


@pytest.mark.parametrize("format", ["csv", "label", "text", "json"])
def test_on_a_terminal_no_format_drives_it(clean_environment, strange, format):  # noqa: A002
    words = ["--model", "card.onnx", f"{NAME}.png", "--top", "2", "--format", format]
    shown = on_terminal([*FRESH, "predict", *words], clean_environment, strange)
    # The terminal itself ends lines so.
    assert_clean(shown.replace(b"\r\n", b"\n"))
    assert (b":smile:" in shown) == (format != "label")


def test_bars_above_which_a_stranger_is_named_are_clean(clean_environment):
    program = (
        "import time\n"
        "from mnistkit.cli import output\n"
        "from mnistkit.cli.progress import display\n"
        "from mnistkit.cli.progress.counting import downloads\n"
        "output.set_verbosity(20)\n"
        f"hostile = {HOSTILE!a}\n"
        "display.DELAY = 0\n"
        "with display.Display() as shown:\n"
        "    shown.announce(hostile)\n"
        "    time.sleep(0.5)\n"
        "    for part in downloads(shown)([b'abc'], 3, hostile): time.sleep(0.5)\n"
    )
    shown = on_terminal([sys.executable, "-c", program], clean_environment | {"TERM": "xterm"})
    assert rb"\x1b[31m" in shown
    assert b"\x1b[31m" not in shown
    assert b"\x1b]0;" not in shown
    assert b"\x07" not in shown
    assert ":smile:" in shown.decode(errors="replace").replace("\r\n", "")
    assert not any(line.startswith(FORGED) for line in shown.decode(errors="replace").splitlines())


def test_what_can_be_seen_stays_and_what_acts_is_escaped():
    for code in (*range(0x20, 0x700), *range(0x2000, 0x2100), *range(0xD7F0, 0xDCA0)):
        shown = escaped(chr(code))
        assert unsafe_in(shown) == set()
        assert shown == chr(code) or not chr(code).isprintable()
    assert escaped("\t\n") == r"\t\n"
    assert escaped("\udc9b\ud800") == r"\x9b\ud800"


def test_a_name_that_is_no_text_stays_the_bytes_it_is():
    name = bytes(range(0xA0, 0x100))
    assert os.fsencode(escaped(os.fsdecode(name))) == name
    # Bytes that are harmless one by one may be no control character together.
    smuggled = "\udcc2\udc9b31m \udce2\udc80\udcae"
    assert unsafe_in(os.fsencode(escaped(smuggled)).decode(errors="replace")) == set()


def test_a_long_message_is_cut_in_its_middle(raw):
    result = raw("predict", "--dataset", "9" * 100_000)
    assert result.returncode == 3
    assert len(result.stderr) < 6_000
    assert result.stderr.rstrip().endswith(b"which `mnistkit plugins --kind datasets` describes")
