"""Suggestions for an unknown option, argument or command."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from itertools import compress
from pathlib import Path

from mnistkit import plugins
from mnistkit.core.files import is_there

MOST_SUGGESTED = 3
CLOSE = 0.75
TABLES = {".csv": "csv", ".npz": "npz"}


def options_like(typed: str, known: Iterable[str]) -> list[str]:
    """Return the options that an unknown option may mean, mistyped or from another tool.

    `--epoch` begins `--epochs`, `--lr` has the initials of `--learning-rate`, `--num-epochs`
    shares a word with `--epochs`, and `--fmt` some letters with `--format`.
    """
    word = typed.strip("-").replace("_", "-").lower()
    options = [option for option in known if word and option.startswith("--")]
    ways = zip(*(_likenesses(word, option[2:]) for option in options), strict=True)
    alike = ([*compress(options, way)] for way in ways)
    return next((found[:MOST_SUGGESTED] for found in alike if found), [])


def option_for(word: str, options: Collection[str]) -> str | None:
    """Return the option and value that a word without an option may mean.

    Args:
        word: A word such as `mnist`, `cnn`, or the path of a run or of data.
        options: The options of the command.
    """
    meant = (f"{option} {value}" for option, value in _meanings(word) if option in options)
    return next(meant, None)


def command_for(word: str) -> str | None:
    """Return the command that an unknown command, such as a dataset's name, may mean."""
    options = dict(_meanings(word))
    if options.keys() & {"--architecture", "--model"}:
        return f"`mnistkit summary {word}`"
    if options:
        return f"`mnistkit datasets show {options['--dataset']}`"
    return f"`mnistkit predict {word}`" if is_there(Path(word)) else None


def _meanings(word: str) -> Iterator[tuple[str, str]]:
    """Yield the options that may have the word as value, with that value."""
    path = Path(word)
    if word.partition(":")[0] in plugins.names("dataset"):
        yield "--dataset", word
    if word in plugins.names("architecture"):
        yield "--architecture", word
        yield "--model", f"RUN, the run of a trained {word}"
    if word == "bundled":
        yield "--model", word
        yield "--init", word
    if not is_there(path):
        return
    if path.suffix in TABLES:
        yield "--dataset", f"{TABLES[path.suffix]}:{word}"
    if _is_model(path):
        yield "--model", word
        yield "--resume", word
    elif path.is_dir():
        yield "--dataset", f"folder:{word}"


def _is_model(path: Path) -> bool:
    from mnistkit.prediction.artifacts import is_exported

    return is_there(path / "run.json") or path.suffix == ".keras" or is_exported(path)


def _likenesses(word: str, option: str) -> tuple[bool, ...]:
    """Return in which ways an option is like a word, the most telling way first."""
    letters = iter(option)
    return (
        option.startswith(word),
        word == "".join(part[:1] for part in option.split("-")),
        # What a compound names is its last part.
        word.endswith(f"-{option}"),
        word.startswith(option),
        bool(get_close_matches(word, [option], cutoff=CLOSE)),
        bool({*word.split("-")} & {*option.split("-")}),
        # The word's letters are in the option in their order, the first one first.
        word[0] == option[0] and all(letter in letters for letter in word),
    )
