"""Plugins: a real one that adds each kind, and every way in which one can be wrong."""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import numpy as np
import pytest

from mnistkit import __version__, contracts, plugins
from mnistkit.prediction.opening import open_served

pytestmark = pytest.mark.thorough

TESTS = Path(__file__).parent
KINDS = ("command", "architecture", "dataset", "exporter", "tracker")
BUILT_IN = dict(zip(KINDS, ("train", "cnn", "mnist", "onnx", "mlflow"), strict=True))
HEAVY = ("keras", "matplotlib", "numpy", "onnx", "onnxruntime", "tensorflow")
MLP_PARAMETERS = (784 + 1) * 64 + (64 + 1) * 10


def add_distribution(folder, name, plugins, module="", copies=1):
    """Put a distribution and its module, `plugin_of_NAME`, into a folder, as an installer does.

    `plugins` are pairs of a kind and the line of an entry point; MODULE stands for the module.
    """
    module_name = f"plugin_of_{name}"
    sections = ""
    for kind in KINDS:
        lines = [line.replace("MODULE", module_name) for of, line in plugins if of == kind]
        sections += "\n".join([f"[mnistkit.{kind}s]", *lines, ""])
    for copy in range(copies):
        place = folder / str(copy) if copies > 1 else folder
        information = place / f"{name}-1.0.dist-info"
        information.mkdir(parents=True)
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        (information / "METADATA").write_text(metadata)
        (information / "entry_points.txt").write_text(sections)
        (place / f"{module_name}.py").write_text(module)
    return folder


def environment_with(clean_environment, *folders):
    """The environment of a machine where what lies in these folders is installed too."""
    return clean_environment | {"PYTHONPATH": os.pathsep.join(map(str, folders))}


def completing(line):
    """What bash sets to ask for the completions of a line's last word."""
    position = str(line.count(" "))
    return {"_MNISTKIT_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": position}


@pytest.fixture
def mnistkit_with(mnistkit, clean_environment):
    """Run mnistkit where the plugins in some folders are installed too."""

    def run(folders, *words, environment=None, **options):
        extended = environment_with(clean_environment, *folders) | (environment or {})
        return mnistkit(*words, env=extended, **options)

    return run


@pytest.fixture
def survey(mnistkit_with):
    """Ask `mnistkit plugins`; rows by kind, name and distribution."""

    def ask(*folders):
        result = mnistkit_with(folders, "plugins", "--format", "json")
        assert result.returncode == 0, result.stderr
        rows = json.loads(result.stdout)
        keys = ["kind", "name", "distribution", "version", "state", "reason"]
        assert all(list(row) == keys for row in rows)
        found = {(row["kind"], row["name"], row["distribution"]): row for row in rows}
        assert len(found) == len(rows)
        return found

    return ask


def only_error(result, code=3):
    """The one line that a command ended with, and its exit code."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    (line,) = (line for line in result.stderr.splitlines() if not line.startswith("model: "))
    assert line.startswith("mnistkit: error: ")
    return line


def commands_in(help_text):
    """The summary of each command, as far as it fits on its first line."""
    lines = (line.strip("│ ").split(maxsplit=1) for line in help_text.splitlines())
    return dict(line for line in lines if len(line) == len(("name", "summary")))


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """The folder where the example plugin is installed."""
    source = tmp_path_factory.mktemp("source") / "example_plugin"
    shutil.copytree(TESTS / "example_plugin", source)
    target = tmp_path_factory.mktemp("installed")
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target", target)
    subprocess.run([sys.executable, "-m", "pip", "install", *options, source], check=True)
    return target


@pytest.fixture(scope="session")
def example_run(example, mnistkit_in, clean_environment, tmp_path_factory):
    """What `mnistkit train` says of the example's architecture on its dataset."""
    words = ["train", "--architecture", "mlp", "--dataset", "seven-segment", "--epochs", "30"]
    words += ["--track", "log"]
    folder = tmp_path_factory.mktemp("example") / "run"
    environment = environment_with(clean_environment, example)
    words += ["--output", folder, "--format", "json"]
    result = mnistkit_in(folder.parent, *words, env=environment)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="session")
def example_export(example, example_run, clean_environment, tmp_path_factory):
    """What `mnistkit export` says of the example's run, exported by the example's exporter."""
    path = tmp_path_factory.mktemp("exported") / "weights.npz"
    words = ["export", "--model", example_run["run"], "--exporter", "npz", "--output", path]
    result = subprocess.run(
        [sys.executable, "-m", "mnistkit", *words, "--format", "json"],
        check=False,
        env=environment_with(clean_environment, example),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture
def beside_example(mnistkit_with, example, example_run):
    """Run a line's words where the example is installed too; RUN stands for its run."""

    def run(folders, line):
        words = line.replace("RUN", example_run["run"]).split()
        return mnistkit_with([*folders, example], *words)

    return run


@pytest.fixture
def seven_segment(example, monkeypatch):
    """The example's test images and their class indices."""
    monkeypatch.syspath_prepend(example)
    from mnistkit_example.seven_segment import load

    return load("test", None)


def test_the_example_adds_one_of_each_kind(survey, example):
    names = dict(zip(KINDS, ("show", "mlp", "seven-segment", "npz", "log"), strict=True))
    found = survey(example)
    added = {key: row for key, row in found.items() if row["distribution"] == "mnistkit-example"}
    assert set(added) == {(kind, name, "mnistkit-example") for kind, name in names.items()}
    for row in added.values():
        assert (row["version"], row["state"], row["reason"]) == ("1.0", "ok", None)


def test_the_example_imports_nothing_of_this_package_but_the_contracts():
    modules = [*(TESTS / "example_plugin").rglob("*.py")]
    assert modules
    imported = set()
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module)
    ours = {name for name in imported if name.partition(".")[0] == "mnistkit"}
    assert ours == {"mnistkit.contracts"}


def test_the_contracts_are_all_that_they_export_and_nothing_of_others():
    public = {name for name in vars(contracts) if not name.startswith("_")} - {"annotations"}
    assert public == set(contracts.__all__)


def test_plugins_as_text_has_a_line_for_each(mnistkit_with, survey, example):
    lines = mnistkit_with([example], "plugins").stdout.splitlines()
    rows = [line.split() for line in lines if not line.startswith("─")]
    expected = [
        [row["kind"], row["name"], row["state"], row["distribution"], row["version"]]
        for row in survey(example).values()
    ]
    assert [row for row in rows if row and row[0] in KINDS] == expected


def test_the_example_architecture_is_summarised(mnistkit_with, example):
    result = mnistkit_with([example], "summary", "mlp", "--format", "json")
    described = json.loads(result.stdout)
    assert described["name"] == "mlp"
    assert described["total_parameters"] == MLP_PARAMETERS == 50_890
    assert [layer["type"] for layer in described["layers"]][-3:] == ["Dense", "Dropout", "Dense"]


def test_the_example_trains_on_its_dataset_with_its_recipe(example_run):
    settings = example_run["settings"]
    recipe = {name: settings[name] for name in ("batch_size", "learning_rate", "schedule")}
    assert recipe == {"batch_size": 64, "learning_rate": 2e-3, "schedule": "cosine"}
    assert settings["dropout"] == 0.2
    assert example_run["status"] == "finished"
    assert example_run["metrics"]["test"]["count"] == 200
    # Drawn at random, a tenth would be right.
    assert example_run["metrics"]["test"]["accuracy"] > 0.4


def test_the_example_tracker_is_told_each_epoch_and_the_end(example_run):
    log = Path(example_run["run"]) / "progress.log"
    *epochs, end = log.read_text().splitlines()
    assert [line.split()[:2] for line in epochs] == [["epoch", str(n)] for n in range(1, 31)]
    assert f"loss {example_run['history'][29]['loss']:.4f}" in epochs[-1]
    assert end.startswith("finished ")
    assert example_run["tracked"] == {"log": {"file": "progress.log"}}


def test_the_example_exporter_writes_a_proved_file(example_run, example_export, seven_segment):
    report, path = example_export, Path(example_export["path"])
    assert (report["passed"], report["label_agreement"], report["images"]) == (True, 1, 200)
    assert report["max_abs_diff"] < 1e-5
    assert report["bytes"] == path.stat().st_size
    assert report["arrays"] == 4

    from mnistkit_example.npz import EXPORTER

    images, class_indices = seven_segment
    exported = EXPORTER.open(path)
    assert exported.card.exporter == "npz"
    probabilities = exported.predict(images)
    accuracy = (probabilities.argmax(axis=1) == class_indices).mean()
    assert accuracy == pytest.approx(example_run["metrics"]["test"]["accuracy"], abs=1e-9)
    served = open_served(Path(example_run["run"])).predict(images)
    np.testing.assert_allclose(probabilities, served, rtol=0, atol=1e-5)


def test_the_example_model_is_evaluated_on_its_own_dataset(mnistkit_with, example, example_run):
    words = ["evaluate", "--model", example_run["run"], "--format", "json"]
    report = json.loads(mnistkit_with([example], *words).stdout)
    assert (report["dataset"], report["count"]) == ("seven-segment", 200)
    assert report["accuracy"] == pytest.approx(example_run["metrics"]["test"]["accuracy"])


def check_opened(mnistkit_with, folders, path, example_run):
    """Check that commands open an exported model, and answer as its run does."""
    words = ["evaluate", "--model", path, "--dataset", "seven-segment", "--format", "json"]
    measured = json.loads(mnistkit_with(folders, *words).stdout)
    assert measured["accuracy"] == pytest.approx(example_run["metrics"]["test"]["accuracy"])
    described = json.loads(mnistkit_with(folders, "summary", path, "--format", "json").stdout)
    assert (described["name"], described["total_parameters"]) == ("mlp", MLP_PARAMETERS)
    predicted = mnistkit_with(folders, "predict", "example:seven", "--model", path)
    assert predicted.returncode == 0, predicted.stderr
    assert predicted.stderr == f"model: {path} (from --model)\n"
    again = mnistkit_with(folders, "export", "--model", path)
    assert "is exported already" in only_error(again, code=2)


def test_commands_open_what_the_example_exported(
    mnistkit_with, example, example_run, example_export
):
    check_opened(mnistkit_with, [example], example_export["path"], example_run)


def test_an_export_is_not_opened_without_its_exporter(mnistkit, example_export):
    line = only_error(mnistkit("predict", "example:seven", "--model", example_export["path"]))
    assert "install the exporter that wrote it" in line


SAME_SUFFIX = """
from mnistkit.contracts import Exporter, ModelError
from mnistkit_example.npz import open_file
def refuse(path): raise ModelError(f"{path}: not mine")
another = Exporter("s", ".npz", None, open_file)
zeroth = Exporter("s", ".npz", None, refuse)
"""


def test_a_card_tells_apart_exporters_of_one_suffix(
    mnistkit_with, example, example_export, tmp_path
):
    plugins = [("exporter", f"{name} = MODULE:{name}") for name in ("another", "zeroth")]
    site = add_distribution(tmp_path / "site", "rivals", plugins, SAME_SUFFIX)
    path = example_export["path"]
    answered = mnistkit_with([example, site], "predict", "example:seven", "--model", path)
    assert answered.returncode == 0, answered.stderr


ONNX_TOO = """
from mnistkit.contracts import Exporter
from mnistkit_example import npz
plugin = Exporter("s", ".onnx", npz.write, npz.open_file, npz.EXPORTER.options)
"""


def test_an_onnx_file_that_another_exporter_wrote_is_opened_by_it(
    mnistkit_with, example, example_run, tmp_path
):
    plugins = [("exporter", "another = MODULE:plugin")]
    folders = [example, add_distribution(tmp_path / "site", "rival", plugins, ONNX_TOO)]
    path = tmp_path / "model.onnx"
    words = ["--model", example_run["run"], "--exporter", "another", "--output", path]
    assert mnistkit_with(folders, "export", *words).returncode == 0
    answered = mnistkit_with(folders, "predict", "example:seven", "--model", path)
    assert answered.returncode == 0, answered.stderr
    path.write_bytes(b"")
    damaged = mnistkit_with(folders, "predict", "example:seven", "--model", path)
    assert f"{path}: expected" in only_error(damaged)


FORGETFUL = """
from dataclasses import replace
from mnistkit.contracts import Exporter
from mnistkit_example import npz

def write(model, card, path, options):
    return npz.write(model, replace(card, exporter=None), path, options)

plugin = Exporter("s", ".npz", write, npz.open_file, npz.EXPORTER.options)
"""


def test_an_exporter_that_writes_another_card_is_refused(
    mnistkit_with, example, example_run, tmp_path
):
    plugins = [("exporter", "forgetful = MODULE:plugin")]
    site = add_distribution(tmp_path / "site", "careless", plugins, FORGETFUL)
    path = tmp_path / "weights.npz"
    words = ["--model", example_run["run"], "--exporter", "forgetful", "--output", path]
    line = only_error(mnistkit_with([example, site], "export", *words))
    assert "exporter 'forgetful' of careless: expected the card it was given" in line
    assert not path.exists()


FOLDER = """
from mnistkit.contracts import Classifier, Exporter, read_card
from mnistkit_example import npz

def write(model, card, path, options):
    return npz.write(model, card, path / "weights.npz", {"compressed": False})

def open_folder(path):
    return Classifier(read_card(path), npz.open_file(path / "weights.npz").infer, path)

plugin = Exporter("a folder", "", write, open_folder)
"""


def test_an_exporter_may_write_a_folder_with_its_card(
    mnistkit_with, example, example_run, tmp_path
):
    site = add_distribution(
        tmp_path / "site", "folders", [("exporter", "folder = MODULE:plugin")], FOLDER
    )
    output = tmp_path / "out" / "model"
    words = ["export", "--model", example_run["run"], "--exporter", "folder", "--output", output]
    exported = mnistkit_with([example, site], *words, "--format", "json")
    assert exported.returncode == 0, exported.stderr
    files = {path.name: path for path in output.iterdir()}
    assert files.keys() == {"card.json", "weights.npz"}
    assert [path.name for path in output.parent.iterdir()] == ["model"]
    report = json.loads(exported.stdout)
    assert report["bytes"] == sum(path.stat().st_size for path in files.values())
    assert json.loads(files["card.json"].read_text())["exporter"] == "folder"
    check_opened(mnistkit_with, [example, site], output, example_run)
    refused = mnistkit_with([example, site], *words, "--force")
    assert "folders are not replaced" in only_error(refused, code=2)
    unknown = mnistkit_with([example], "predict", "example:seven", "--model", output)
    assert "no exporter is called 'folder'" in only_error(unknown)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("opset=13", "an option of the exporter npz (compressed), received opset"),
        ("compressed=maybe", "true or false for compressed, received 'maybe'"),
    ],
)
def test_an_option_the_exporter_can_not_take_is_refused(beside_example, option, said):
    answered = beside_example([], f"export --model RUN --exporter npz --option {option}")
    assert said in only_error(answered, code=2)


def test_an_option_of_the_example_exporter_is_taken(beside_example, example_export, tmp_path):
    words = f"export --model RUN --exporter npz --output {tmp_path}/small.npz"
    exported = beside_example([], f"{words} --option compressed=yes --format json")
    assert exported.returncode == 0, exported.stderr
    assert json.loads(exported.stdout)["bytes"] < example_export["bytes"]


def test_the_example_command_draws_an_image(mnistkit_with, example, seven_segment):
    images, class_indices = seven_segment
    result = mnistkit_with([example], "show", "seven-segment", "--index", "3")
    *rows, label = result.stdout.splitlines()
    drawn = [[character == "#" for character in row.ljust(56)[::2]] for row in rows]
    np.testing.assert_array_equal(drawn, images[3] > 0)
    assert label == f"label {class_indices[3]}"


def test_the_help_lists_the_example_command_with_its_summary(mnistkit_with, example):
    listed = commands_in(mnistkit_with([example], "--help").stdout)
    assert listed["show"] == "Draw an image of a dataset in the terminal."


def test_the_names_of_the_example_are_completed(mnistkit_with, example):
    for line, names in {
        "mnistkit sh": ["show"],
        "mnistkit summary ": ["cnn", "fast", "mlp", "resnet", "tiny", "vgg"],
        "mnistkit train --dataset s": ["seven-segment"],
        "mnistkit export --exporter ": [
            *("litert", "micro", "npz", "onnx", "onnx-int8", "openvino", "saved-model", "web")
        ],
        "mnistkit train --track ": ["log", "mlflow", "tensorboard"],
    }.items():
        completed = mnistkit_with([example], environment=completing(line))
        assert completed.stdout.split() == names


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("words", "code", "suggested"),
    [
        ("trian", 2, "train"),
        ("sohw seven-segment", 2, "show"),
        ("summary cnm", 3, "cnn"),
        ("train --architecture mpl", 3, "mlp"),
        ("train --dataset mnist-sampel", 3, "mnist-sample"),
        ("show seven-segments", 3, "seven-segment"),
        ("export --exporter onxn --model RUN", 3, "onnx"),
        ("export --exporter nzp --model RUN", 3, "npz"),
        ("train --track lgo", 3, "log"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(beside_example, words, code, suggested):
    result = beside_example([], words)
    assert result.returncode == code
    assert result.stdout == ""
    assert f"did you mean {suggested}" in result.stderr


def test_every_built_in_is_found_and_works(survey):
    declared = tomllib.loads((TESTS.parent / "pyproject.toml").read_text())
    groups = declared["project"]["entry-points"]
    found = survey()
    for kind in KINDS:
        assert groups[f"mnistkit.{kind}s"]
        for name in groups[f"mnistkit.{kind}s"]:
            row = found[kind, name, "mnistkit"]
            assert (row["version"], row["state"], row["reason"]) == (__version__, "ok", None)


DETAILS = {
    "commands": {"show": {"summary": "Draw an image of a dataset in the terminal."}},
    "datasets": {
        "seven-segment": {
            "summary": "1,200 digits as a pocket calculator shows them",
            "licence": "CC0",
        }
    },
    "exporters": {
        "npz": {"summary": "a perceptron's weights, for NumPy alone", "suffix": ".npz"},
        "onnx": {"summary": "ONNX, for onnxruntime on any device", "suffix": ".onnx"},
    },
    "trackers": {"log": {"summary": "a line of text for each epoch"}},
}


def rows_of(text):
    """The rows of a table, each a list of its cells."""
    return [
        [cell.strip() for cell in line.strip().split("   ") if cell]
        for line in text.splitlines()
        if not line.startswith("─")
    ]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", DETAILS)
def test_one_kind_is_listed_with_its_details_and_without_tensorflow(
    clean_environment, example, survey, kind
):
    environment = environment_with(clean_environment, example)

    def listed(*words):
        command = [sys.executable, "-c", RUN_AND_TELL, "plugins", "--kind", kind, *words]
        result = subprocess.run(
            command, check=True, env=environment, capture_output=True, text=True
        )
        printed, _, loaded = result.stdout.rpartition("loaded ")
        assert "tensorflow" not in loaded
        return printed

    found = json.loads(listed("--format", "json"))
    known = {name: row for (of, name, _), row in survey(example).items() if f"{of}s" == kind}
    rows = {row["name"]: row for row in found}
    assert rows.keys() == known.keys()
    assert all(rows[name].items() >= row.items() for name, row in known.items())
    for name, details in DETAILS[kind].items():
        assert {key: rows[name][key] for key in details} == details
    header, *cells = rows_of(listed())
    assert cells == [[row[key] for key in header if row[key]] for row in found]


UNBUILDABLE = """
from mnistkit.contracts import Architecture, Recipe

def build(classes, dropout):
    raise ValueError("no\\nroom")

plugin = Architecture("never\\nbuilt", Recipe(), build)
"""


def test_architectures_are_counted_and_those_that_can_not_be_built_are_broken(
    mnistkit_with, example, tmp_path
):
    plugins = [("architecture", f"{name} = MODULE:{name}") for name in ("absent", "plugin")]
    site = add_distribution(tmp_path / "site", "careless", plugins, UNBUILDABLE)
    result = mnistkit_with([example, site], "plugins", "--kind", "architectures")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    table, absent, unbuilt = result.stdout.rsplit("\n", 3)[:3]
    assert absent.startswith("architecture absent is broken: ")
    assert unbuilt.startswith("architecture plugin is broken: ")
    assert "no room" in unbuilt
    header, *rows = rows_of(table)
    assert header == ["name", "summary", "parameters"]
    found = {row[0]: row[1:] for row in rows}
    assert found["mlp"] == ["one hidden layer of 64 units, 50,890 parameters", "50,890"]
    assert found["cnn"][1] == "684,490"
    assert found["absent"] == found["plugin"] == ["broken"]


def test_the_kinds_of_plugins_are_completed(mnistkit_with):
    completed = mnistkit_with([], environment=completing("mnistkit plugins --kind "))
    assert completed.stdout.split() == [f"{kind}s" for kind in KINDS]


# What is wrong: the module's text, the entry point, and words of the reason.
IMPORTS_THAT_FAIL = {
    "ImportError": ("import absent_library", "broken = MODULE:plugin", "absent_library"),
    "ImportError of two lines": (
        "raise ImportError('first\\nsecond')",
        "broken = MODULE:plugin",
        "first second",
    ),
    "SyntaxError": ("def (", "broken = MODULE:plugin", "SyntaxError"),
    "SystemExit": ("raise SystemExit(7)", "broken = MODULE:plugin", "SystemExit"),
    "KeyError": ("raise KeyError('colour')", "broken = MODULE:plugin", "colour"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "broken = MODULE:plugin", "KeyboardInterrupt"),
    "GeneratorExit": ("raise GeneratorExit", "broken = MODULE:plugin", "GeneratorExit"),
    "BaseException": (
        "class Panic(BaseException): pass\nraise Panic('no more')",
        "broken = MODULE:plugin",
        "Panic: no more",
    ),
    "error without a text": (
        "class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute",
        "broken = MODULE:plugin",
        "Mute",
    ),
    "object that can't be asked": ("MUTE", "broken = MODULE:plugin", "Mute"),
    "object that lies about its class": (
        "from mnistkit.contracts import Dataset\nclass Liar: __class__ = Dataset\nplugin = Liar()",
        "broken = MODULE:plugin",
        "Liar",
    ),
    "no object": ("", "broken", "received 'broken'"),
    "no value": ("", "broken =", "received 'broken'"),
    "absent module": ("", "broken = absent_module:plugin", "absent_module"),
    "absent attribute": ("", "broken = MODULE:absent", "absent"),
    "no reference": ("", "broken = MODULE:", "MODULE:"),
    "wrong type": ("plugin = 3", "broken = MODULE:plugin", "int"),
}
MUTE = """
class Mute:
    def _refuse(self, *_): raise RuntimeError('never')
    __eq__ = __hash__ = __bool__ = __str__ = __repr__ = __len__ = __iter__ = _refuse
    __instancecheck__ = __subclasscheck__ = __getattr__ = __format__ = _refuse
    __class__ = property(_refuse)
plugin = Mute()
"""
TEXTLESS = """
import typer
plugin = typer.Typer(help=3)
plugin.callback()(lambda: None)
plugin.command()(lambda: None)
"""
COMMANDS_THAT_CAN_NOT_BE = {
    "group of no commands": ("import typer\nplugin = typer.Typer()", "Typer"),
    "parameter of no known type": ("def plugin(x: dict[str, int]): pass", "dict"),
    "help that is no text": (TEXTLESS, "int"),
}


def broken_plugins(kinds, module, entry_point, reason):
    return [(kind, entry_point) for kind in kinds], module, reason


CAUSES = {cause: broken_plugins(KINDS, *what) for cause, what in IMPORTS_THAT_FAIL.items()} | {
    cause: broken_plugins(["command"], module, "broken = MODULE:plugin", reason)
    for cause, (module, reason) in COMMANDS_THAT_CAN_NOT_BE.items()
}


@pytest.fixture(params=CAUSES)
def broken(request, tmp_path):
    """A folder with a plugin called `broken` of each kind, and why it is."""
    plugins, module, reason = CAUSES[request.param]
    module = module.replace("MUTE", MUTE)
    folder = add_distribution(tmp_path / "site", "careless", plugins, module)
    return folder, [kind for kind, _ in plugins], reason.replace("MODULE", "plugin_of_careless")


@pytest.mark.sampled(4)
def test_a_broken_plugin_is_listed_with_its_reason(survey, broken):
    folder, kinds, reason = broken
    found = survey(folder)
    assert [key[0] for key in found if key[2] == "careless"] == kinds
    for kind in kinds:
        row = found[kind, "broken", "careless"]
        assert (row["version"], row["state"]) == ("1.0", "broken")
        assert reason in row["reason"]
        assert "\n" not in row["reason"]
    assert all(row["state"] == "ok" for row in found.values() if row["distribution"] == "mnistkit")


@pytest.mark.sampled(4)
def test_a_broken_plugin_breaks_only_its_own_name(mnistkit_with, broken):
    folder, _, reason = broken
    used = mnistkit_with([folder], "broken", "with", "--any", "words")
    assert reason in only_error(used)
    listed = mnistkit_with([folder], "--help")
    assert listed.returncode == 0
    assert {"broken", "predict", "train"} <= set(commands_in(listed.stdout))
    assert listed.stderr == ""
    assert mnistkit_with([folder], "train", "--help").returncode == 0
    completed = mnistkit_with([folder], environment=completing("mnistkit "))
    assert {"broken", "predict", "train"} <= set(completed.stdout.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("train --architecture broken --dataset mnist-sample", "Architecture"),
        ("train --dataset broken", "Dataset"),
        ("export --exporter broken --model RUN", "Exporter"),
        ("broken", "typer.Typer"),
    ],
)
def test_using_a_plugin_of_a_wrong_type_says_what_was_expected(
    beside_example, tmp_path, words, expected
):
    plugins = [(kind, "broken = MODULE:plugin") for kind in KINDS]
    site = add_distribution(tmp_path / "site", "careless", plugins, "plugin = 3")
    line = only_error(beside_example([site], words))
    assert expected in line
    assert "int" in line
    assert "careless" in line


# What one of the two files that describe a distribution holds.
DAMAGED_FILES = {
    "line of another group without an equals sign": (
        "entry_points.txt",
        b"[console_scripts]\nbroken line\n[mnistkit.datasets]\nfine = plugin_of_careless:plugin\n",
    ),
    "line without an equals sign": (
        "entry_points.txt",
        b"[mnistkit.datasets]\nbroken\nfine = plugin_of_careless:plugin\n",
    ),
    "entry points that are no text": (
        "entry_points.txt",
        b"[mnistkit.datasets]\nbroken\xff\nfine = plugin_of_careless:plugin\n",
    ),
    "entry points that lead in a circle": ("entry_points.txt", None),
    "metadata that is no text": ("METADATA", b"\xff\xfe\0garbage"),
    "metadata without a name": ("METADATA", b""),
}
DATASET = """
from mnistkit.contracts import Dataset
plugin = Dataset("fine", ("0", "1"), "CC0", "digit", load=None)
"""


@pytest.mark.sampled(3)
@pytest.mark.parametrize("damage", DAMAGED_FILES)
def test_a_damaged_distribution_breaks_at_most_its_own_plugins(
    mnistkit_with, survey, tmp_path, damage
):
    plugins = [("dataset", "fine = MODULE:plugin")]
    site = add_distribution(tmp_path / "site", "careless", plugins, DATASET)
    name, content = DAMAGED_FILES[damage]
    damaged = site / "careless-1.0.dist-info" / name
    if content is None:
        damaged.unlink()
        damaged.symlink_to(damaged)
    else:
        damaged.write_bytes(content)
    found = {key: row for key, row in survey(site).items() if key[2] != "mnistkit"}
    assert all(distribution.startswith("careless") for _, _, distribution in found)
    states = {name: row["state"] for (_, name, _), row in found.items()}
    assert states.pop("fine", None) == ("ok" if content is not None else None)
    if content and b"[mnistkit.datasets]\nbroken" in content:
        ((broken, state),) = states.items()
        assert (broken.removesuffix("\\xff"), state) == ("broken", "broken")
        (row,) = (row for row in found.values() if row["state"] == "broken")
        assert "entry_points.txt, received 'broken" in row["reason"]
    else:
        assert states == {}
    for words in (["--help"], ["plugins", "--kind", "datasets"], ["datasets"], ["train", "--help"]):
        answered = mnistkit_with([site], *words)
        assert (answered.returncode, answered.stderr) == (0, "")
    assert mnistkit_with([site], "predict", "absent.png").returncode == 1


def test_a_damaged_claim_to_a_name_is_none(survey, tmp_path):
    site = add_distribution(
        tmp_path / "site", "fine", [("dataset", "two = MODULE:plugin")], DATASET
    )
    add_distribution(site, "careless", [("dataset", "two"), ("dataset", "mnist")])
    found = survey(site)
    assert found["dataset", "two", "fine"]["state"] == "ok"
    assert found["dataset", "two", "careless"]["state"] == "broken"
    assert found["dataset", "mnist", "mnistkit"]["state"] == "ok"
    assert found["dataset", "mnist", "careless"]["state"] == "broken"


def test_a_plugin_whose_parts_are_no_text_leaves_the_lists_of_others(mnistkit_with, tmp_path):
    module = """
from mnistkit.contracts import Architecture, Dataset, Exporter
dataset = Dataset(3, ("0", "1"), "CC0", "digit", load=None)
counts = Dataset("fine", None, "CC0", "digit", load=None, counts=7)
architecture = Architecture("fine", None, None)
exporter = Exporter("fine", None, None, None)
"""
    names = {"dataset": ("dataset", "counts"), "architecture": ("architecture",)}
    plugins = [(kind, f"{name} = MODULE:{name}") for kind in names for name in names[kind]]
    site = add_distribution(tmp_path / "site", "careless", plugins, module)
    answered = mnistkit_with([site], "datasets")
    assert (answered.returncode, answered.stderr) == (0, "")
    assert "expected text as its summary, received int" in answered.stdout
    assert "counts is broken" in answered.stdout
    assert "mnist-sample" in answered.stdout
    for kind in names:
        listed = mnistkit_with([site], "plugins", "--kind", f"{kind}s")
        assert (listed.returncode, listed.stderr) == (0, "")
        assert BUILT_IN[kind] in listed.stdout
        assert f"{kind} {kind} is broken" in listed.stdout


def test_ctrl_c_while_a_plugin_is_imported_is_the_users(clean_environment, tmp_path):
    module = "import sys, time\nprint('importing', file=sys.stderr, flush=True)\ntime.sleep(60)"
    site = add_distribution(tmp_path / "site", "slow", [("command", "slow = MODULE:x")], module)
    with subprocess.Popen(
        [sys.executable, "-m", "mnistkit", "--help"],
        env=environment_with(clean_environment, site),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr.readline() == "importing\n"
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=30)
    assert (process.returncode, told) == (130, ("", ""))


IGNORANT = """
import os, signal
os.kill(os.getpid(), signal.SIGINT)
def plugin():
    print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
"""


def test_ctrl_c_stays_ignored_where_a_shell_runs_it_in_the_background(clean_environment, tmp_path):
    plugins = [("command", "ignorant = MODULE:plugin")]
    site = add_distribution(tmp_path / "site", "ignorant", plugins, IGNORANT)
    ended = subprocess.run(
        [sys.executable, "-m", "mnistkit", "ignorant"],
        env=environment_with(clean_environment, site),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")


FAULTY = """
from mnistkit.contracts import Architecture, Dataset, DatasetFamily, Exporter, Recipe

def fail(*_, **__):
    raise ValueError("not my\\nday")

def dataset(names):
    return Dataset("s", names, "own", "digit", fail)

loads, names = dataset(("a", "b")), dataset(None)
resolves = DatasetFamily("s", "TEXT", fail, fail)
makes = DatasetFamily("s", "TEXT", str, fail)
nothing = DatasetFamily("s", "TEXT", str, lambda text: None)
builds = Architecture("s", Recipe(), fail)
writes = Exporter("s", ".w", fail, fail)

def write(model, card, path, options):
    return {"bytes": path.write_bytes(b"w")}

opens = Exporter("s", ".w", write, fail)
misfits = Exporter("s", ".v", write, lambda path: None)

def build(classes, dropout):
    import keras

    image = keras.Input((32, 32), dtype="uint8")
    layers = [keras.layers.Rescaling(1.0), keras.layers.Flatten(), keras.layers.Dense(classes)]
    return keras.Sequential([image, *layers])

shapes = Architecture("s", Recipe(), build)
"""
FAULTS = {
    "dataset": ("loads", "names", "resolves", "makes", "nothing"),
    "architecture": ("builds", "shapes"),
    "exporter": ("writes", "opens", "misfits"),
}


@pytest.fixture
def faulty(tmp_path):
    """A distribution whose plugins are imported well, and fail when they are called."""
    plugins = [
        (kind, f"{name} = MODULE:{name}") for kind, names in FAULTS.items() for name in names
    ]
    return add_distribution(tmp_path / "site", "faulty", plugins, FAULTY)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        ("evaluate --model bundled --dataset loads", "dataset", "loads"),
        ("evaluate --model bundled --dataset names", "dataset", "names"),
        ("evaluate --model bundled --dataset resolves:x", "dataset", "resolves"),
        ("evaluate --model bundled --dataset makes:x", "dataset", "makes"),
        ("evaluate --model bundled --dataset nothing:x", "dataset", "nothing"),
        ("predict --dataset resolves:x --model bundled", "dataset", "resolves"),
        ("train --dataset makes:x", "dataset", "makes"),
        ("train --dataset mnist-sample --architecture builds", "architecture", "builds"),
        ("summary builds", "architecture", "builds"),
        ("summary shapes", "architecture", "shapes"),
        ("export --model bundled --exporter writes", "exporter", "writes"),
        ("export --model bundled --exporter opens", "exporter", "opens"),
        ("export --model bundled --exporter misfits", "exporter", "misfits"),
    ],
)
def test_what_a_plugin_raises_is_said_to_be_its_own(mnistkit_with, faulty, words, kind, name):
    answered = mnistkit_with([faulty], *words.split())
    assert answered.returncode == 3, answered.stderr
    assert answered.stdout == ""
    line = answered.stderr.splitlines()[-1]
    assert line.startswith(
        (f"mnistkit: error: {kind} {name!r} of", f"mnistkit: error: {kind} '{name}:x' of")
    )
    assert " of faulty" in line
    assert "defect" not in line
    if name == "shapes":
        assert "from uint8 (n, 28, 28) to (n, 10), received one from uint8 (None, 32, 32)" in line
    elif name not in {"names", "nothing", "misfits"}:
        assert "ValueError: not my day" in line


FULL = """
import errno
from mnistkit.contracts import Exporter

def write(model, card, path, options):
    raise OSError(errno.ENOSPC, "No space left on device")

plugin = Exporter("s", ".x", write, None)
"""


def test_a_full_disk_is_not_the_fault_of_an_exporter(mnistkit_with, tmp_path):
    plugins = [("exporter", "full = MODULE:plugin")]
    site = add_distribution(tmp_path / "site", "blameless", plugins, FULL)
    words = ["export", "--model", "bundled", "--exporter", "full", "--output", "new.x"]
    answered = mnistkit_with([site], *words)
    assert answered.returncode == 1
    line = answered.stderr.splitlines()[-1]
    assert line.startswith("mnistkit: error: new.x could not be written: the disk is full")


def test_a_defect_of_a_built_in_is_not_called_one_of_a_package_to_uninstall():
    with pytest.raises(KeyError, match="a defect"), plugins.blamed("exporter", "onnx"):
        raise KeyError("a defect")


def test_a_dataset_that_can_not_be_described_is_listed_as_broken(mnistkit_with, faulty):
    answered = mnistkit_with([faulty], "datasets", "--format", "json")
    assert answered.returncode == 0, answered.stderr
    states = {row["name"]: row["state"] for row in json.loads(answered.stdout)}
    assert (states["names"], states["mnist-sample"]) == ("broken", "bundled")


@pytest.mark.parametrize(
    "line",
    ["{name} = MODULE:plugin", "{name} = mnistkit.cli.plugins:plugins"],
    ids=["a module of its own", "a module of this package"],
)
def test_a_name_of_a_built_in_can_not_be_taken(survey, mnistkit_with, tmp_path, line):
    plugins = [(kind, line.format(name=name)) for kind, name in BUILT_IN.items()]
    site = add_distribution(tmp_path / "site", "rival", plugins, "raise ImportError('was used')")
    found = survey(site)
    for kind, name in BUILT_IN.items():
        assert found[kind, name, "mnistkit"]["state"] == "ok"
        row = found[kind, name, "rival"]
        assert row["state"] == "shadowed"
        assert "built in" in row["reason"]
    used = mnistkit_with([site], "train", "--help")
    assert used.returncode == 0
    assert "Train a network" in used.stdout


def test_a_built_in_works_beside_a_rival_of_its_name(beside_example, tmp_path):
    plugins = [(kind, f"{name} = MODULE:plugin") for kind, name in BUILT_IN.items()]
    site = add_distribution(tmp_path / "site", "rival", plugins, "raise ImportError('was used')")
    line = "evaluate --model RUN --dataset mnist-sample --limit 5 --format json"
    evaluated = beside_example([site], line)
    assert evaluated.returncode == 0, evaluated.stderr
    assert json.loads(evaluated.stdout)["count"] == 5


def test_two_distributions_that_claim_one_name_are_both_refused(
    survey, mnistkit_with, beside_example, tmp_path
):
    site = tmp_path / "site"
    plugins = [(kind, "paint = MODULE:plugin") for kind in KINDS]
    for name in ("first", "second"):
        add_distribution(site, name, plugins, "def plugin(): print('was used')")
    found = survey(site)
    for kind in KINDS:
        for name in ("first", "second"):
            row = found[kind, "paint", name]
            assert row["state"] == "refused"
            assert "first" in row["reason"]
            assert "second" in row["reason"]
    for words in ("paint", "export --exporter paint --model RUN"):
        line = only_error(beside_example([site], words))
        assert "first and second" in line
    listed = mnistkit_with([site], "--help")
    assert listed.returncode == 0
    assert {"paint", "train"} <= set(commands_in(listed.stdout))


def test_one_distribution_found_twice_is_one(mnistkit_with, survey, tmp_path):
    plugins = [("command", "paint = MODULE:plugin")]
    module = "def plugin():\n    print('painted')"
    site = add_distribution(tmp_path / "site", "painter", plugins, module, copies=2)
    folders = (site / "0", site / "1")
    assert survey(*folders)["command", "paint", "painter"]["state"] == "ok"
    assert mnistkit_with(folders, "paint").stdout == "painted\n"


GROUP = """
import logging
from pathlib import Path

import typer

plugin = typer.Typer(help="Paint on walls.")


class Mute:
    def __bool__(self) -> bool:
        raise RuntimeError("Mute")


@plugin.command()
def red(
    tone: str = typer.Option("dark", rich_help_panel="Colour"), coats: int = 1
) -> None:
    "Paint it red."
    logging.getLogger("mnistkit").info("mixing")
    logging.getLogger("another.library").info("stirring")
    print(f"red, {coats}")


@plugin.command()
def crash(lines: int = 2) -> None:
    "Drop the paint."
    raise RuntimeError("\\n".join(["dropped"] * lines))


@plugin.command()
def panic() -> None:
    "Drop all of it."
    raise type("Panic", (BaseException,), {})("all over the floor")


@plugin.command(help="Paint it.")
def odd(colour: str = typer.Option("red", show_default=Mute())) -> None:
    pass


@plugin.command()
def leave() -> None:
    "Leave with a code of its own."
    raise typer.Exit(5)
"""


@pytest.fixture
def painter(tmp_path):
    plugins = [("command", "paint = MODULE:plugin"), ("command", "crash = MODULE:crash")]
    return add_distribution(tmp_path / "site", "painter", plugins, GROUP)


def test_a_group_of_commands_shows_and_completes_them(mnistkit_with, painter):
    listed = mnistkit_with([painter], "--help")
    assert commands_in(listed.stdout)["paint"] == "Paint on walls."
    inner = mnistkit_with([painter], "paint", "--help")
    assert commands_in(inner.stdout)["red"] == "Paint it red."
    completed = mnistkit_with([painter], environment=completing("mnistkit paint "))
    assert completed.stdout.split() == ["red", "crash", "panic", "odd", "leave"]
    assert mnistkit_with([painter], "paint", "leave").returncode == 5


def test_a_command_of_a_plugin_may_group_its_options(mnistkit_with, painter):
    shown = mnistkit_with([painter], "paint", "red", "--help").stdout
    sections = [line for line in shown.splitlines() if line.endswith(":")]
    assert sections == ["Options:", "Colour:", "Everywhere:"]
    assert shown.index("--coats") < shown.index("Colour:") < shown.index("--tone")


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(("option", "told"), [("--quiet", []), ("--debug", ["mixing", "stirring"])])
def test_verbosity_holds_at_every_place_of_a_group(mnistkit_with, painter, place, option, told):
    words = ["paint", "red", "--coats=2"]
    words.insert(place, option)
    result = mnistkit_with([painter], *words)
    assert result.stdout == "red, 2\n"
    assert result.stderr.splitlines() == told
    assert result.returncode == 0


@pytest.mark.parametrize("words", [["crash"], ["paint", "crash"]], ids=" ".join)
def test_an_unexpected_exception_is_one_line_and_a_traceback_only_when_debugging(
    mnistkit_with, painter, words
):
    line = only_error(mnistkit_with([painter], *words), code=1)
    assert "unexpected RuntimeError: dropped dropped" in line
    assert "--debug" in line
    debugged = mnistkit_with([painter], *words, "--debug")
    assert debugged.returncode == 1
    assert "Traceback (most recent call last)" in debugged.stderr
    assert "in crash" in debugged.stderr


@pytest.mark.parametrize(
    ("words", "said"), [("panic", "unexpected Panic: all over the floor"), ("odd --help", "Mute")]
)
def test_whatever_a_command_raises_is_one_line(mnistkit_with, painter, words, said):
    line = only_error(mnistkit_with([painter], "paint", *words.split()), code=1)
    assert said in line


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """A copy of the package, and a folder of everything else that is installed."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(TESTS.parent / "mnistkit", folder / "source" / "mnistkit")
    (folder / "installed").mkdir()
    for place in {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}:
        for entry in place.iterdir():
            if "mnistkit" not in entry.name:
                (folder / "installed" / entry.name).symlink_to(entry)
    return folder


@pytest.mark.parametrize("words", [[], ["--help"], ["predict", "seven.png"]], ids=" ".join)
def test_a_checkout_that_is_not_installed_says_how_to(clean_environment, checkout, words):
    # -S: the real site-packages, where mnistkit is installed, is not looked at.
    result = subprocess.run(
        [sys.executable, "-S", "-m", "mnistkit", *words],
        check=False,
        cwd=checkout / "source",
        env=environment_with(clean_environment, checkout / "installed"),
        capture_output=True,
        text=True,
    )
    assert "pip install ." in only_error(result)


RUN_AND_TELL = f"""
import sys
from mnistkit.cli.app import main
try:
    main()
except SystemExit:
    pass
print("loaded", [name for name in {HEAVY} if name in sys.modules])
"""


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (["--help"], {}),
        (["train", "--help"], {}),
        (["predict", "--help"], {}),
        (["evaluate", "--help"], {}),
        (["trian"], {}),
        ([], completing("mnistkit ")),
        ([], completing("mnistkit train --architecture ")),
        ([], completing("mnistkit train --dataset ")),
        ([], completing("mnistkit export --exporter ")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value.get("COMP_WORDS", ""),
)
def test_help_and_names_load_nothing_heavy(clean_environment, words, environment):
    result = subprocess.run(
        [sys.executable, "-c", RUN_AND_TELL, *words],
        check=False,
        env=clean_environment | environment,
        capture_output=True,
        text=True,
    )
    assert result.stdout.splitlines()[-1] == "loaded []", result.stdout + result.stderr


def test_a_plugin_is_imported_only_when_it_is_used(mnistkit_with, tmp_path):
    plugins = [(kind, "lazy = MODULE:plugin") for kind in KINDS if kind != "command"]
    module = "from pathlib import Path\nPath('imported').touch()\nraise ImportError('too early')"
    site = add_distribution(tmp_path / "site", "sleeper", plugins, module)
    assert mnistkit_with([site], "--help").returncode == 0
    assert mnistkit_with([site], "train", "--help").returncode == 0
    completed = mnistkit_with([site], environment=completing("mnistkit summary "))
    assert completed.stdout.split() == ["cnn", "fast", "lazy", "resnet", "tiny", "vgg"]
    assert "did you mean cnn" in mnistkit_with([site], "summary", "cnm").stderr
    assert mnistkit_with([site], "summary", "cnn").returncode == 0
    assert not (tmp_path / "imported").exists()
    assert mnistkit_with([site], "plugins").returncode == 0
    assert (tmp_path / "imported").exists()


TALL = """
from typing import Annotated
import typer

def plugin(height: Annotated[int, typer.Option("-h", "--height")] = 1):
    print("height", height)
"""


def test_a_plugin_may_use_the_short_option_of_the_help_itself(mnistkit_with, tmp_path):
    site = add_distribution(tmp_path / "site", "lofty", [("command", "tall = MODULE:plugin")], TALL)
    assert mnistkit_with([site], "tall", "-h", "3").stdout == "height 3\n"
    helped = mnistkit_with([site], "tall", "--help").stdout
    assert "-h, --height" in helped
    mistyped = mnistkit_with([site], "tall", "--hight", "3")
    assert "did you mean --height?" in only_error(mistyped, code=2)
