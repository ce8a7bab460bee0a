"""A model's files, for machines that do not have them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mnistkit.core.models.classifier import Classifier
from mnistkit.errors import ModelError, reason_of


@dataclass(frozen=True)
class Shipped:
    """The content of a file or of a folder's files.

    Args:
        name: Of the file or folder.
        files: The content of each file by its path below the folder; of a file, by "".
    """

    name: str
    files: Mapping[str, bytes]

    @classmethod
    def of(cls, path: Path) -> Shipped:
        """Return the content of a file or folder.

        Raises:
            ModelError: It can't be read.
        """
        try:
            files = [path] if path.is_file() else sorted(filter(Path.is_file, path.rglob("*")))
            content = {
                "" if file == path else str(file.relative_to(path)): file.read_bytes()
                for file in files
            }
        except OSError as error:
            raise ModelError(f"{path}: {reason_of(error)}") from error
        return cls(path.name, content)

    @classmethod
    def of_classifier(cls, classifier: Classifier) -> Shipped:
        """Return the content of the file or folder that a classifier was opened from.

        Raises:
            ModelError: It can't be read.
        """
        if classifier.path is None:
            raise ModelError("expected a model from a file, received one in memory; save it first")
        return cls.of(classifier.path)

    def checksum(self) -> str:
        """Return the SHA-256 of the files and their paths, in hexadecimal."""
        digest = hashlib.sha256()
        for name, content in self.files.items():
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    @contextmanager
    def unpacked(self) -> Iterator[Path]:
        """Yield the path of a copy, which is deleted at the end."""
        with TemporaryDirectory() as folder:
            path = Path(folder, self.name)
            for name, content in self.files.items():
                file = path / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            yield path
