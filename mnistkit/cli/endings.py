"""How commands end: the message and the exit code of every error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from typer._click.exceptions import NoArgsIsHelpError
from typer.exceptions import TyperException

from mnistkit import plugins
from mnistkit.cli import output
from mnistkit.errors import MnistkitError, reason_of


@contextmanager
def telling() -> Iterator[None]:
    """Print every error of a block in one line, after its results.

    Raises:
        typer.Exit: With the exit code.
    """
    try:
        yield
        output.flush()
    except BrokenPipeError as error:
        # The reader has what it wanted.
        output.settle()
        raise typer.Exit from error
    except typer.Exit as ended:
        unshown = output.settle()
        if unshown is not None and not ended.exit_code:
            raise _failed(_system_reason(unshown), 1) from unshown
        raise
    except TyperException as error:
        output.settle()
        raise _told(error) from error
    except (typer.Abort, KeyboardInterrupt, SystemExit):
        output.settle()
        raise
    except MnistkitError as error:
        raise _failed(str(error), error.exit_code) from error
    except OSError as error:
        raise _failed(_system_reason(error), 1) from error
    # No input may end in a traceback without --debug, and native code may raise anything.
    except BaseException as error:
        advice = "this is a defect, repeat with --debug and report what it prints"
        raise _failed(f"unexpected {plugins.told(error)}; {advice}", 1) from error


def _told(error: TyperException) -> Exception:
    """Print what is wrong with the command line, and return the exit."""
    # Not at the top: what is right needs none of it.
    from mnistkit.cli import usage

    if isinstance(error, NoArgsIsHelpError):
        return error
    return _failed(usage.told(error), error.exit_code)


def _failed(reason: str, exit_code: int) -> typer.Exit:
    output.settle()
    output.error(reason)
    return typer.Exit(exit_code)


def _system_reason(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{reason_of(error)}; check the path, the rights and the free space"
