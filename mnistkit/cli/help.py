"""The help of a command: its options in groups under headings, and an example at the end.

An option names its group by Typer's `rich_help_panel`. Options without one come first, then the
groups in the order of their first option. The example is the last section of the docstring.
"""

from __future__ import annotations

import copy
import textwrap
from typing import Any

ARGUMENTS, OPTIONS, EVERYWHERE = "Arguments", "Options", "Everywhere"
EXAMPLE = "\n\nExample:\n"
# Characters; a longer option has its own line, and its text begins in the next one.
WIDEST = 24


def help_of(context: Any) -> str:
    """Return the help of the command that a context belongs to, in plain text."""
    command, formatter = copy.copy(context.command), context.make_formatter()
    command.help, _, example = (command.help or "").partition(EXAMPLE)
    command.format_usage(context, formatter)
    command.format_help_text(context, formatter)
    if hasattr(command, "format_commands"):
        command.format_commands(context, formatter)
    _write_options(context, formatter)
    command.format_epilog(context, formatter)
    if example:
        with formatter.section("Example"):
            formatter.write(textwrap.indent(textwrap.dedent(example), "  "))
    return str(formatter.getvalue()).rstrip("\n")


def _write_options(context: Any, formatter: Any) -> None:
    groups = _groups(context)
    names = [name for group in groups.values() for name, _ in group]
    width = max((len(name) for name in names if len(name) <= WIDEST), default=0)
    for heading, group in groups.items():
        with formatter.section(heading):
            formatter.write_dl([(f"{name:<{width}}", text) for name, text in group], width)


def _groups(context: Any) -> dict[str, list[tuple[str, str]]]:
    """Return each group's heading, with its options as pairs of a name and a text."""
    groups: dict[str, list[tuple[str, str]]] = {ARGUMENTS: [], OPTIONS: []}
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            groups.setdefault(_heading(parameter, context), []).append(record)
    return {heading: group for heading, group in groups.items() if group}


def _heading(parameter: Any, context: Any) -> str:
    if {*parameter.opts} & {*context.help_option_names}:
        return EVERYWHERE
    usual = ARGUMENTS if parameter.param_type_name == "argument" else OPTIONS
    return getattr(parameter, "rich_help_panel", None) or usual
