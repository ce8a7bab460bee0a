"""The command line around the commands: help, completion, verbosity, colour, exit codes."""

import gzip
import os
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest
import typer
from terminals import on_terminal

from mnistkit import __version__, plugins
from mnistkit.cli.app import app

COMMANDS = plugins.names("command")
ESCAPE = "\x1b"
COLOUR = re.compile(r"\x1b\[[0-9;]*\b(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")
FORCING_COLOUR = ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TTY_COMPATIBLE")

EVERYWHERE = ("--quiet", "--debug", "--help")


def tree(command, words=(), parent=None):
    """Every command below one, by the words that call it, in the context it is called in."""
    context = typer.Context(command, parent, **command.context_settings)
    if words:
        yield words, context
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            yield from tree(command.get_command(context, name), (*words, name), context)


TREE = dict(tree(typer.main.get_command(app)))


@pytest.fixture
def answer(mnistkit, trained_run):
    """Run `mnistkit predict` on one image, which says on stderr which model it uses."""
    words = ["--model", trained_run.path, "--dataset", "mnist-sample", "--index", "0"]

    def run(before=(), after=()):
        return mnistkit(*before, "predict", *words, *after)

    return run


def test_the_version_is_printed(mnistkit):
    assert mnistkit("--version").stdout == f"mnistkit {__version__}\n"


def test_without_arguments_the_help_is_shown(mnistkit):
    bare = mnistkit()
    assert bare.stdout + bare.stderr == mnistkit("--help").stdout != ""


def test_the_help_of_all_fits_in_80_columns_and_lists_every_command(mnistkit):
    result = mnistkit("--help")
    assert result.returncode == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    lines = (line.strip().removeprefix("-h, ") for line in result.stdout.splitlines())
    first_words = {line.partition(" ")[0] for line in lines}
    assert {*COMMANDS, *EVERYWHERE, "--version", "--install-completion"} <= first_words


def squeezed(text):
    """A text as it is however its lines are broken."""
    return "".join(text.split())


@pytest.mark.parametrize("words", TREE, ids=" ".join)
def test_the_help_of_a_command_fits_in_80_columns_and_tells_all_that_it_takes(mnistkit, words):
    result = mnistkit(*words, "--help")
    assert result.returncode == 0
    assert result.stderr == ""
    assert max(map(len, result.stdout.splitlines())) <= 80
    command = TREE[words].command
    options = set(command.get_help_option_names(TREE[words]))
    for parameter in command.params:
        assert parameter.help, f"{parameter.name} has no help"
        assert squeezed(parameter.help) in squeezed(result.stdout)
        if parameter.param_type_name == "option":
            options |= {*parameter.opts, *parameter.secondary_opts}
    assert {*EVERYWHERE} <= options
    # What a help text speaks of can be typed, too.
    own = re.sub(r"`mnistkit [^`]*`", "", result.stdout)
    assert set(re.findall(r"(?<![\w-])--?[a-z0][a-z-]*", own)) == options


def sections_of(text):
    """The headings of a help with the lines below each, in their order."""
    parts = re.split(r"(?m)^([A-Z][^\n]*):$", text)
    return dict(zip(parts[1::2], map(str.strip, parts[2::2]), strict=True))


@pytest.mark.parametrize("words", TREE, ids=" ".join)
def test_the_options_of_a_command_stand_in_groups(mnistkit, words):
    *_, everywhere, example = found = sections_of(mnistkit(*words, "--help").stdout).items()
    named = [heading for heading, _ in found]
    usual = [name for name in ("Commands", "Arguments", "Options") if name in named]
    assert named[: len(usual)] == usual
    assert everywhere[0] == "Everywhere"
    assert re.findall(r"(?m)^ *(?:-h, )?(--[a-z]+)", everywhere[1]) == [*EVERYWHERE]
    assert example[0] == "Example"


def test_what_everybody_uses_comes_before_the_recipe(mnistkit):
    groups = sections_of(mnistkit("train", "--help").stdout)
    first, recipe = groups["Options"], groups["Recipe (default: the architecture's)"]
    assert next(iter(groups)) == "Options"
    assert re.findall(r"(?m)^ *(--[a-z-]+)", first) == [
        "--architecture",
        "--dataset",
        "--epochs",
        "--seed",
        "--output",
    ]
    assert {"--batch-size", "--dropout", "--augmentation"} <= {*re.findall(r"--[a-z-]+", recipe)}
    assert "default" not in recipe.lower()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("words", [(), *TREE], ids=" ".join)
def test_the_example_of_a_command_is_one_that_it_takes(mnistkit, words):
    examples = sections_of(mnistkit(*words, "--help").stdout)["Example"].splitlines()
    assert examples
    for example in examples:
        program, *typed = shlex.split(example)
        assert program == "mnistkit"
        called = max((path for path in TREE if path == tuple(typed[: len(path)])), key=len)
        assert called[: len(words)] == words
        command, parent = TREE[called].command, TREE[called].parent
        assert command.make_context(called[-1], typed[len(called) :], parent=parent)


def test_the_commands_are_those_with_all_of_their_own():
    assert {words[0] for words in TREE} == set(COMMANDS)
    assert {("datasets", "fetch"), ("datasets", "show")} <= TREE.keys()


def asking(shell, line):
    """What the generated script of a shell sets to ask for a line's completions."""
    if shell == "bash":
        words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    else:
        words = {"_TYPER_COMPLETE_ARGS": line}
    return {"_MNISTKIT_COMPLETE": f"complete_{shell}"} | words


def completed(shell, output):
    """The words among which the user is let choose."""
    return re.findall(r'(?m)(?:^|\()"([^"]+)"', output) if shell == "zsh" else output.split()


@pytest.mark.sampled(5)
@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("mnistkit ", COMMANDS),
        ("mnistkit tr", ["train", "train-reader"]),
        ("mnistkit --quiet pre", ["predict"]),
        ("mnistkit train --architecture ", plugins.names("architecture")),
        ("mnistkit summary ", plugins.names("architecture")),
        ("mnistkit train --dataset ", plugins.names("dataset")),
        ("mnistkit predict --dataset mnist-", ["mnist-sample"]),
        ("mnistkit evaluate --dataset mnist-", ["mnist-sample"]),
        ("mnistkit export --exporter ", plugins.names("exporter")),
        ("mnistkit predict --format js", ["jsonl", "json"]),
    ],
)
def test_names_are_completed(mnistkit, clean_environment, shell, line, names):
    result = mnistkit(env=clean_environment | asking(shell, line))
    assert completed(shell, result.stdout) == names
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        ("folder:", ["folder:digits/", "folder:notes.csv"]),
        ("folder:di", ["folder:digits/"]),
        ("csv:digits/", ["csv:digits/test.csv", "csv:digits/train.csv"]),
        ("csv:absent/", []),
    ],
)
def test_the_path_of_the_users_own_dataset_is_completed(
    mnistkit, clean_environment, tmp_path, begun, expected
):
    (tmp_path / "digits").mkdir()
    # A shell takes each line for a completion of its own.
    for name in ("notes.csv", "digits/train.csv", "digits/test.csv", "two\nlines"):
        (tmp_path / name).touch()
    line = f"mnistkit evaluate --dataset {begun}"
    result = mnistkit(env=clean_environment | asking("bash", line))
    assert completed("bash", result.stdout) == expected
    assert result.stderr == ""


@pytest.mark.parametrize("line", ["mnistkit absent ", "mnistkit absent --dataset "])
def test_completing_behind_a_wrong_command_is_no_error(mnistkit, clean_environment, line):
    result = mnistkit(env=clean_environment | asking("bash", line))
    assert set(completed("bash", result.stdout)) <= set(COMMANDS)
    assert result.stderr == ""


@pytest.fixture
def at_home(clean_environment, tmp_path):
    """The environment of a user with an empty home, who has `mnistkit` on the path."""
    (tmp_path / "home").mkdir()
    search = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    return clean_environment | {"HOME": str(tmp_path / "home"), "PATH": search}


# Typer takes the shell's name, instead of looking for the shell it runs in, where this is set.
NAMED_SHELL = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}


@pytest.mark.parametrize(
    ("shell", "script", "settings"),
    [
        ("bash", ".bash_completions/mnistkit.sh", ".bashrc"),
        ("zsh", ".zfunc/_mnistkit", ".zshrc"),
    ],
)
def test_completion_is_shown_and_installed(mnistkit, at_home, shell, script, settings):
    home = Path(at_home["HOME"])
    shown = mnistkit("--show-completion", shell, env=at_home | NAMED_SHELL)
    assert shown.returncode == 0
    assert f"_MNISTKIT_COMPLETE=complete_{shell}" in shown.stdout
    installed = mnistkit("--install-completion", shell, env=at_home | NAMED_SHELL)
    assert installed.returncode == 0, installed.stderr
    assert (home / script).read_text().strip() == shown.stdout.strip()
    assert script.split("/")[0] in (home / settings).read_text()


@pytest.mark.skipif(not shutil.which("bash"), reason="install bash to complete words in it")
def test_a_bash_that_installed_completion_completes(at_home):
    # A shell that is not the last process of its line stays to be found by the command.
    lines = """
        mnistkit --install-completion || exit
        source ~/.bashrc
        complete -p mnistkit
        COMP_WORDS=(mnistkit train --dataset mnist-) COMP_CWORD=3
        _mnistkit_completion mnistkit
        echo "completed ${COMPREPLY[*]}"
    """
    result = subprocess.run(
        ["bash", "--norc", "-c", lines],
        check=False,
        env=at_home,
        capture_output=True,
        text=True,
    )
    assert result.stdout.splitlines()[-1] == "completed mnist-sample", result.stderr
    assert result.stderr == ""


def test_the_model_that_was_chosen_is_said(answer, trained_run):
    assert answer().stderr == f"model: {trained_run.exported} (from --model)\n"


@pytest.mark.parametrize("place", ["before", "after"])
def test_quiet_leaves_only_the_result(answer, place):
    quiet = answer(**{place: ["--quiet"]})
    assert quiet.stderr == ""
    assert quiet.stdout == answer().stdout != ""


@pytest.mark.parametrize("place", ["before", "after"])
def test_debug_leaves_the_result_as_it_is(answer, place):
    assert answer(**{place: ["--debug"]}).stdout == answer().stdout


@pytest.mark.parametrize("words", ["predict --model absent.onnx seven.png", "summary cnm"])
def test_an_error_is_one_line_and_has_a_traceback_when_debugging(mnistkit, words):
    plain = mnistkit(*words.split())
    (line,) = plain.stderr.splitlines()
    assert line.startswith("mnistkit: error: ")
    quiet = mnistkit("--quiet", *words.split())
    assert quiet.stderr == plain.stderr
    for debugged in (mnistkit("--debug", *words.split()), mnistkit(*words.split(), "--debug")):
        assert debugged.returncode == plain.returncode == 3
        assert line in debugged.stderr.splitlines()
        assert "Traceback (most recent call last)" in debugged.stderr


def idx(array):
    """A gzipped IDX file of bytes."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes())


@pytest.fixture
def places(tmp_path, trained_run):
    """What the words of the situations below speak of."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes").touch()
    for folder, length in (("forged", 5), ("cut", 4)):
        (tmp_path / folder / "mnist").mkdir(parents=True)
        for part in ("train", "t10k"):
            content = {
                f"{part}-images-idx3-ubyte.gz": idx(np.zeros((5, 28, 28), np.uint8)),
                f"{part}-labels-idx1-ubyte.gz": idx(np.zeros(length, np.uint8)),
            }
            for name, packed in content.items():
                cut = packed if folder == "forged" else packed[:-20]
                (tmp_path / folder / "mnist" / name).write_bytes(cut)
    (tmp_path / "model").symlink_to(trained_run.path)
    (tmp_path / "exported.onnx").symlink_to(trained_run.exported)


SITUATIONS = {
    "all is well": ("predict --model model --dataset mnist-sample --index 0", 0),
    "picture missing": ("predict --model model seven.png", 1),
    "list missing": ("predict --model model --files-from absent.txt", 1),
    "place that can't be written": ("train --dataset mnist-sample --output full/notes/run", 1),
    "unknown option": ("predict --colour", 2),
    "unknown command": ("trian", 2),
    "nonsense number": ("train --epochs 0", 2),
    "contradiction": ("train --resume model --seed 3", 2),
    "output exists": ("train --output full", 2),
    "model that is exported already": ("export --model exported.onnx", 2),
    "model missing": ("predict --model absent seven.png", 3),
    "architecture unknown": ("train --architecture cnm", 3),
    "dataset damaged": ("predict --model model --dataset mnist --data-dir cut", 3),
    "checksum wrong": ("predict --model model --dataset mnist --data-dir forged", 4),
}


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_exit_code_tells_what_happened(mnistkit, situation):
    words, code = SITUATIONS[situation]
    result = mnistkit(*words.split())
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    told = [line for line in result.stderr.splitlines() if line.startswith("mnistkit: error: ")]
    if result.stderr.startswith("Usage: "):
        assert code == 2
    else:
        assert len(told) == (code != 0)


needs_root = pytest.mark.skipif(
    os.getuid() != 0 or not shutil.which("setpriv"),
    reason="run it as root, with setpriv: it becomes a user whom the system does not know",
)


@pytest.fixture
def homeless(clean_environment, tmp_path):
    """Run Python in an empty folder as a user without a home."""
    kept = {name: clean_environment[name] for name in ("PATH", "NO_COLOR", "https_proxy")}
    becoming = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", sys.executable]
    os.chown(tmp_path, 54321, 54321)

    def run(*words):
        options = {"cwd": tmp_path, "env": kept, "capture_output": True, "text": True}
        return subprocess.run([*becoming, *words], check=False, **options)

    if run("-c", "import mnistkit").returncode:
        pytest.skip("let every user read this environment: chmod a+rx its folders")
    yield run
    assert list(tmp_path.iterdir()) == []


@needs_root
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("datasets", 0, None),
        ("datasets fetch mnist", 3, "XDG_CACHE_HOME"),
        ("predict --model bundled --dataset mnist-sample --index 0", 0, None),
        ("datasets show mnist-sample --plot /dev/null/samples.png", 1, "/dev/null/samples.png"),
        ("evaluate --model bundled --dataset mnist --limit 1", 3, "XDG_CACHE_HOME"),
        ("train --init ~/digits", 3, "~/digits"),
    ],
)
def test_a_user_without_a_home_is_served(homeless, words, code, said):
    result = homeless("-m", "mnistkit", *words.split())
    assert result.returncode == code, result.stderr
    told = [line for line in result.stderr.splitlines() if not line.startswith("model: ")]
    assert len(told) == bool(code)
    assert said is None or said in told[0]


@pytest.mark.slow
@needs_root
def test_keras_makes_no_folder_where_a_user_has_no_home(homeless):
    program = "from mnistkit.core.models.tensorflow import import_keras; import_keras()"
    assert homeless("-c", program).returncode == 0


@pytest.mark.slow
def test_an_interrupted_training_ends_with_130_and_says_how_to_go_on(clean_environment, tmp_path):
    words = ["train", "--dataset", "mnist-sample", "--limit", "40", "--epochs", "100000"]
    with subprocess.Popen(
        [sys.executable, "-m", "mnistkit", *words, "--output", "run"],
        cwd=tmp_path,
        env=clean_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stderr:
            if line.startswith("epoch 1/"):
                process.send_signal(signal.SIGINT)
                break
        rest, output = process.stderr.read(), process.stdout.read()
    assert process.returncode == 130
    assert "--resume" in rest.splitlines()[-1]
    assert "Traceback" not in rest
    assert output == ""


@pytest.fixture
def colourful_environment(clean_environment):
    """The environment of a user who wants colour where it can be shown."""
    ours = {"TERM": "xterm-256color"}
    dropped = ("NO_COLOR", "COLUMNS", *FORCING_COLOUR)
    return {name: value for name, value in clean_environment.items() if name not in dropped} | ours


def shown_by(words, environment):
    """What a command shows on a terminal of 80 columns."""
    return on_terminal([sys.executable, "-m", "mnistkit", *words], environment).decode()


SHOWING = (["--help"], ["train", "--help"], ["trian"], ["plugins"], ["summary", "cnm"])


@pytest.mark.parametrize("words", SHOWING, ids=" ".join)
def test_nothing_in_a_pipe_has_escape_sequences(mnistkit, colourful_environment, words):
    result = mnistkit(*words, env=colourful_environment)
    assert ESCAPE not in result.stdout + result.stderr


@pytest.mark.parametrize("words", SHOWING, ids=" ".join)
def test_a_terminal_is_not_coloured_where_that_is_unwanted(colourful_environment, words):
    shown = shown_by(words, colourful_environment | {"NO_COLOR": "1"})
    assert shown
    assert COLOUR.search(shown) is None


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"]], ids=" ".join)
def test_help_on_a_terminal_fits_and_is_what_a_pipe_gets(mnistkit, colourful_environment, words):
    shown = re.sub(r"\x1b\[[0-9;]*m", "", shown_by(words, colourful_environment)).splitlines()
    assert max(map(len, shown)) <= 80
    assert shown == mnistkit(*words, env=colourful_environment).stdout.splitlines()
