"""Every error a user can meet, and the exit code each ends with.

MnistkitError
├── InputError                1   a picture or a list of pictures could not be read
│   └── PictureError
├── OutputError               1   a result could not be written
├── UsageError                2   the request itself is wrong
│   ├── OutputExistsError         an output is already there
│   └── OutputBusyError           another process is writing it
├── MissingError              3   something needed is missing or unusable
│   ├── ModelError
│   ├── DatasetError
│   │   └── DatasetUnavailableError   neither here nor to be fetched
│   ├── PluginError
│   └── StudyError                a search that can't be reached or gone on with
├── VerificationError         4   a checksum or the proof of an export failed
│   └── ParityError
├── DivergedError             1   a training whose loss is no number any more
└── InterruptedRunError     130   Ctrl-C

A message is one line: what was expected, what was received, what to do next.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

# Of errno, in the words of people who know files and folders.
REASONS = {
    errno.ENOENT: "no such file",
    errno.ENOTDIR: "no such file",
    errno.EISDIR: "is a folder, not a file",
    errno.EEXIST: "there is a file of this name already",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its symbolic links lead in a circle",
    errno.ENXIO: "is a socket or a device, not a file",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is too large",
    errno.EROFS: "the disk is read-only",
    errno.EIO: "the disk could not be read or written",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
}
FOLDER_REASONS = {
    errno.ENOENT: "no such folder",
    errno.ENOTDIR: "there is a file where a folder is needed",
    errno.EEXIST: "there is a file where a folder is needed",
}
"""Where a folder is wanted, to look into or to write into."""


def reason_of(error: Exception, *, folder: bool = False) -> str:
    """Return in plain words why a file, or a `folder`, could not be read or written.

    Args:
        error: An OSError, or a ValueError, which a path with a NUL character is.
        folder: Whether a folder was wanted.
    """
    if not isinstance(error, OSError):
        nul = "null" in str(error)
        return "a path can't hold a NUL character" if nul else str(error)
    if error.errno is None or not error.strerror:
        return str(error) or type(error).__name__
    known = REASONS | FOLDER_REASONS if folder else REASONS
    return known.get(error.errno, error.strerror[:1].lower() + error.strerror[1:])


def first_line(error: BaseException) -> str:
    """The first line of what another library says, or what it raised where it says nothing."""
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


class MnistkitError(Exception):
    """Base of all errors; `exit_code` is what the command line ends with."""

    exit_code = 1


class InputError(MnistkitError):
    """Something the user handed in could not be read."""


class PictureError(InputError):
    """A picture that can't be decoded; the message does not repeat its name."""


class OutputError(MnistkitError):
    """A result could not be written."""


class UsageError(MnistkitError):
    """A request that contradicts itself or asks for what can't be."""

    exit_code = 2


class OutputExistsError(UsageError):
    """The output is already there and would be overwritten."""


class OutputBusyError(UsageError):
    """Another process is writing the output."""


class MissingError(MnistkitError):
    """Something the request needs is missing or unusable."""

    exit_code = 3


class ModelError(MissingError):
    """A model that is missing, damaged, unsafe or of another shape."""


class DatasetError(MissingError):
    """A dataset whose files are missing or damaged."""


class DatasetUnavailableError(DatasetError):
    """A dataset that is neither on this machine nor could be fetched."""


class PluginError(MissingError):
    """A plugin that is unknown, broken or refused."""


class StudyError(MissingError):
    """A study whose storage can't be used, or whose trials all fail."""


class VerificationError(MnistkitError):
    """A checksum or a proof of equality did not hold."""

    exit_code = 4


class DivergedError(MnistkitError):
    """A training went astray; of a search, it fails the trial alone."""


class InterruptedRunError(MnistkitError):
    """A training or a search was interrupted; the message says how to go on."""

    exit_code = 130
