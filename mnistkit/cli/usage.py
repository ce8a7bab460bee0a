"""The one-line message about a wrong command line, with a suggestion or the help command."""

from __future__ import annotations

import re
from typing import Any

from typer._click.exceptions import NoSuchOption
from typer.exceptions import TyperException

from mnistkit import plugins
from mnistkit.cli import suggestions

UNEXPECTED = re.compile(r"Got unexpected extra argument\(s\) \((?P<words>.*)\)", re.DOTALL)
NO_COMMAND = re.compile(r"No such command '(?P<word>.*)'\.", re.DOTALL)
# Typer's other messages, and their wording here.
REWORDED = (
    (r"Invalid value: ", ""),
    (r"Invalid value for '([^']*)'(?: \(.*?\))?: ", r"\1: "),
    (r"Missing (?:argument|option|parameter) '([^']*)'\.?", r"expected \1, received none"),
    (r"Option '([^']*)' requires .*", r"\1: expected a value, received none"),
    (r"('.*') is not a valid int(?:eger)?(?: range)?\.", r"expected a whole number, received \1"),
    (r"('.*') is not a valid float(?: range)?\.", r"expected a number, received \1"),
    (r"(\S+) is not in the range x>=(\S+)\.", r"expected \2 or more, received \1"),
    (r"(\S+) is not in the range (\S+)<=x<=(\S+)\.", r"expected \2 to \3, received \1"),
    (r"('.*?') is not one of (.*)\.", r"expected one of \2, received \1"),
)


def told(error: TyperException) -> str:
    """Return the message of an error that Typer raised."""
    context = getattr(error, "ctx", None)
    said = _described(error, context)
    return f"{said}; see `{context.command_path} --help`" if context and said[-1] != "?" else said


def _described(error: TyperException, context: Any) -> str:
    """Return what is wrong, with a question if there is a suggestion."""
    if isinstance(error, NoSuchOption):
        alike = suggestions.options_like(error.option_name, _options(context))
        return _with(f"there is no option {error.option_name}", " or ".join(alike))
    if found := UNEXPECTED.fullmatch(error.message):
        words = found["words"].split()
        options = [suggestions.option_for(word, _options(context)) for word in words]
        meant = " ".join(option for option in options if option)
        return _with(f"unexpected argument {found['words']}", meant)
    if found := NO_COMMAND.match(error.message):
        nearest = plugins.nearest(found["word"], context.command.commands)
        meant = " or ".join(nearest) or suggestions.command_for(found["word"]) or ""
        return _with(f"{context.command_path} has no command {found['word']!r}", meant)
    message = error.format_message()
    for pattern, plain in REWORDED:
        message = re.sub(pattern, plain, message, flags=re.DOTALL)
    return message


def _with(said: str, meant: str) -> str:
    return f"{said}; did you mean {meant}?" if meant else said


def _options(context: Any) -> list[str]:
    parameters = context.command.get_params(context)
    return [
        name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)
    ]
