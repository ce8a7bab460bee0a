"""All errors of mnistkit, with the exit code of each.

MnistkitError
├── InputError                1   a picture or a list of pictures could not be read
│   └── PictureError
├── OutputError               1   a result could not be written
│   └── TrackingError             a tracker did not get all of a training
├── UsageError                2   the request itself is wrong
│   ├── OutputExistsError         the output exists already
│   └── OutputBusyError           another process is writing the output
├── MissingError              3   something needed is missing or unusable
│   ├── ModelError
│   ├── DatasetError
│   │   └── DatasetUnavailableError   it is not stored here and can't be fetched
│   ├── PluginError
│   └── StudyError                a search can't be opened or continued
├── VerificationError         4   a checksum or an exported model differs
│   └── ParityError
├── DivergedError             1   the loss of a training is no longer a number
└── InterruptedRunError     130   Ctrl-C

A message is one line: what was expected, what was received, what to do next.
"""

from __future__ import annotations

import errno
import re

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
"""Plain words for an errno; the second table is for folders."""

# What onnxruntime puts before each of its messages.
ONNXRUNTIME_CODE = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ")


def reason_of(error: Exception, *, folder: bool = False) -> str:
    """Return in plain words why a file or folder could not be read or written.

    Args:
        error: An OSError, or the ValueError that a path with a NUL character raises.
        folder: Whether a folder was expected.
    """
    if not isinstance(error, OSError):
        nul = "null" in str(error)
        return "a path can't hold a NUL character" if nul else str(error)
    if error.errno is None or not error.strerror:
        return str(error) or type(error).__name__
    known = REASONS | FOLDER_REASONS if folder else REASONS
    return known.get(error.errno, error.strerror[:1].lower() + error.strerror[1:])


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its type if it has no message."""
    lines = str(error).splitlines()
    return ONNXRUNTIME_CODE.sub("", lines[0]) if lines else type(error).__name__


class MnistkitError(Exception):
    """Base of all errors; `exit_code` is the exit code of the command line."""

    exit_code = 1


class InputError(MnistkitError):
    """An input of the user could not be read."""


class PictureError(InputError):
    """A picture can't be decoded; only the functions for Python programs put its name before it."""


class OutputError(MnistkitError):
    """A result could not be written."""


class UsageError(MnistkitError):
    """The request is wrong, or its parts contradict each other."""

    exit_code = 2


class OutputExistsError(UsageError):
    """The output exists and would be overwritten."""


class OutputBusyError(UsageError):
    """Another process is writing the output."""


class MissingError(MnistkitError):
    """Something that the request needs is missing or unusable."""

    exit_code = 3


class ModelError(MissingError):
    """A model is missing, damaged, unsafe or of another shape."""


class DatasetError(MissingError):
    """A dataset's files are missing or damaged."""


class DatasetUnavailableError(DatasetError):
    """A dataset is not on this machine and could not be fetched."""


class PluginError(MissingError):
    """A plugin is unknown, broken or refused."""


class StudyError(MissingError):
    """A study's storage can't be used, or its trials fail."""


class VerificationError(MnistkitError):
    """A checksum differs, or an exported model is not equal."""

    exit_code = 4


class DivergedError(MnistkitError):
    """A training diverged; in a search, only the trial fails."""


class InterruptedRunError(MnistkitError):
    """A training or a search was interrupted; the message says how to continue."""

    exit_code = 130
