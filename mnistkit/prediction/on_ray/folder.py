"""The folder of the answers, and the bookkeeping beside it.

| place              | what                                                            |
|--------------------|-----------------------------------------------------------------|
| `DIR/part-N`       | the answers of a part, in one piece                             |
| `DIR.mnistkit/`    | `settings.json`, the command; `parts.jsonl`, the list of sources |
| `DIR.mnistkit/done` | for each part a mark, which holds its counts in its name        |

A part is written under its own name, as a whole, and marked behind: what has no mark is answered
again, into the same file. So it does not matter when a worker or the command is killed, nor
whether a worker outlives the command for a while.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from pyarrow import fs

from mnistkit.core.claims import claim_folder
from mnistkit.core.holding import is_passing, temporary_file
from mnistkit.errors import InputError, OutputError, OutputExistsError, UsageError
from mnistkit.prediction.on_ray.parts import Part
from mnistkit.prediction.on_ray.places import open_place, reason
from mnistkit.prediction.on_ray.tables import Count, TableFormat

SETTINGS_FILE, PARTS_FILE, DONE = "settings.json", "parts.jsonl", "done"
BOOKKEEPING = ".mnistkit"

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class AnswerFolder:
    """A folder of answers, by its absolute path or URL.

    Args:
        place: The path or URL; of a URL's query only the store's options.
        form: The format of the files in it.
    """

    place: str
    form: TableFormat

    @classmethod
    def at(cls, place: str, form: TableFormat) -> AnswerFolder:
        """Return the folder at an absolute path or URL.

        Raises:
            UsageError: It is a URL of no known kind, or of a bucket without a folder.
        """
        folder = cls(place, form)
        if "/" not in folder._opened[1]:
            raise UsageError(
                f"expected an --output such as s3://BUCKET/FOLDER, received {place}; add a folder"
            )
        return folder

    @cached_property
    def _opened(self) -> tuple[fs.FileSystem, str]:
        system, path = open_place(self.place)
        return system, path.rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether it is on a disk, where files can be renamed and locked."""
        return isinstance(self._opened[0], fs.LocalFileSystem)

    def claim(self) -> AbstractContextManager[None]:
        """Keep other commands of this machine from writing there."""
        return claim_folder(Path(self._book())) if self.is_local else nullcontext()

    def begin(self, settings: Settings, divided: Callable[[], Iterable[Part]]) -> list[Part]:
        """Return all parts, those that were listed if there are answers already.

        Args:
            settings: What the answers depend on.
            divided: Lists the parts.

        Raises:
            UsageError: There are answers with other settings.
            OutputExistsError: There are files of something else.
            OutputError: It can't be written to.
        """
        kept, answers = self._read(SETTINGS_FILE), self._names(self._opened[1])
        if answers and kept is None:
            raise OutputExistsError(
                f"{self.place}: expected a new or empty folder, or one of the same command, "
                "received one of other files; choose another --output"
            )
        if answers and kept is not None:
            _compare(self.place, json.loads(kept), settings)
        else:
            parts = (f"{json.dumps(part.to_json())}\n".encode() for part in divided())
            self._write(self._book(PARTS_FILE), parts)
            self._write(self._book(SETTINGS_FILE), [json.dumps(settings, indent=2).encode()])
        lines = (self._read(PARTS_FILE) or b"").splitlines()
        return [Part.from_json(json.loads(line)) for line in lines]

    def done(self) -> dict[str, Count]:
        """Return the counts of the parts that are answered, by their names."""
        there = {PurePosixPath(name).stem for name in self._names(self._opened[1])}
        names = (name for name in self._names(self._book(DONE)) if name.startswith("part-"))
        marks = (name.split(".") for name in names)
        return {
            part: Count(int(pictures), int(errors))
            for part, pictures, errors in marks
            if part in there
        }

    def check_shared(self) -> None:
        """Raise `OutputError` on a machine that does not see the bookkeeping."""
        if self._read(SETTINGS_FILE) is None:
            raise OutputError(
                f"{self.place}: expected a folder that all machines share, received one that a "
                "worker does not see; choose an --output on a shared disk or in an object store"
            )

    def write(self, part: str, write: Callable[[BinaryIO], Count]) -> Count:
        """Write the answers of a part, and mark it.

        Args:
            part: Its name.
            write: Writes its answers to a stream.
        """
        path = f"{self._opened[1]}/{part}.{self.form}"
        with self._writing(path) as stream:
            count = write(stream)
        self._write(self._book(DONE, f"{part}.{count.pictures}.{count.errors}"), [])
        return count

    def files(self) -> list[str]:
        """Return the paths of the files of answers, in the order of the sources."""
        return [f"{self._opened[1]}/{name}" for name in sorted(self._names(self._opened[1]))]

    @property
    def system(self) -> fs.FileSystem:
        """The file system that the files are in."""
        return self._opened[0]

    def _book(self, *names: str) -> str:
        return "/".join((f"{self._opened[1]}{BOOKKEEPING}", *names))

    def _names(self, folder: str) -> list[str]:
        selected = fs.FileSelector(folder, allow_not_found=True)
        with self._readable():
            return [
                info.base_name
                for info in self.system.get_file_info(selected)
                if info.is_file and not is_passing(Path(info.base_name))
            ]

    def _read(self, name: str) -> bytes | None:
        path = self._book(name)
        with self._readable():
            (info,) = self.system.get_file_info([path])
            if info.type != fs.FileType.File:
                return None
            with self.system.open_input_stream(path) as stream:
                return cast(bytes, stream.read())

    def _write(self, path: str, pieces: Iterable[bytes]) -> None:
        with self._writing(path) as stream:
            for piece in pieces:
                stream.write(piece)

    @contextmanager
    def _writing(self, path: str) -> Iterator[BinaryIO]:
        """Yield a stream whose content is at the path as a whole, or not at all."""
        try:
            if self.is_local:
                with self._renamed(Path(path)) as stream:
                    yield stream
            else:
                # A store's stream is closed, and its object kept, even after an error.
                held = io.BytesIO()
                yield held
                with self.system.open_output_stream(path) as stream:
                    stream.write(held.getbuffer())
        except OSError as error:
            raise OutputError(
                f"{self.place} could not be written: {reason(error)}; free space or choose "
                "another place"
            ) from error

    @contextmanager
    def _renamed(self, path: Path) -> Iterator[BinaryIO]:
        book = Path(self._book())
        for folder in (book / DONE, path.parent):
            folder.mkdir(parents=True, exist_ok=True)
        with temporary_file(book, path.suffix) as temporary:
            with temporary.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(
                f"{self.place} could not be read: {reason(error)}; choose another --output"
            ) from error


def _compare(place: str, kept: Settings, settings: Settings) -> None:
    """Raise `UsageError` if answers were begun with other settings."""
    for name, value in settings.items():
        if kept.get(name) == value:
            continue
        if name in ("model", "sources"):
            told = f"of other {name}" if name == "sources" else "of another model"
        else:
            told = f"with {name} {kept.get(name)}, not {value}"
        raise UsageError(
            f"{place}: expected answers of the same command to continue, received some {told}; "
            "repeat that command, or choose another --output"
        )
