"""Forms with pictures, as browsers and curl send them: multipart/form-data."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from mnistkit.serving.replies import RequestError

CONTENT_TYPE = "multipart/form-data"
PICTURE = "picture"
MOST_TEXTS, MOST_TEXT_BYTES = 20, 1000
# Characters of a file's name.
MOST_NAME = 255


@dataclass(frozen=True)
class Upload:
    """A picture of a form.

    Args:
        name: What the client calls it, which is no path here.
        content: The bytes of its file.
    """

    name: str
    content: bytes


@dataclass(frozen=True)
class Form:
    """A form.

    Args:
        pictures: The files of the field `picture`, at least one.
        texts: The other fields.
    """

    pictures: tuple[Upload, ...]
    texts: dict[str, str]


async def read_form(headers: Headers, body: bytes, most: int) -> Form:
    """Return the form in a body.

    Args:
        headers: Those of the request.
        body: It is held in memory, and nothing of it is written.
        most: Pictures at most.

    Raises:
        RequestError: It is no whole form, has no pictures, or too many.
    """
    if headers.get("content-type", "").partition(";")[0].strip().lower() != CONTENT_TYPE:
        raise RequestError(415, f"expected a form as {CONTENT_TYPE}, received another body")
    parser = MultiPartParser(
        headers, _once(body), max_files=most, max_fields=MOST_TEXTS, max_part_size=MOST_TEXT_BYTES
    )
    # Else a large file is written to the disk.
    parser.spool_max_size = len(body) + 1
    try:
        items = await parser.parse()
    except MultiPartException as error:
        raise _refused(error, most) from error
    return await _form_of(items)


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


async def _form_of(items: FormData) -> Form:
    pictures: list[Upload] = []
    texts: dict[str, str] = {}
    for key, value in items.multi_items():
        if isinstance(value, str):
            texts[key] = value
        elif key == PICTURE:
            name = _name_of(value) or f"{PICTURE}-{len(pictures) + 1}"
            pictures.append(Upload(name, await value.read()))
    if not pictures:
        raise RequestError(
            400, f"expected pictures as files of the field `{PICTURE}`, received none; add one"
        )
    return Form(tuple(pictures), texts)


def _name_of(upload: UploadFile) -> str:
    return (upload.filename or "")[:MOST_NAME]


def _refused(error: MultiPartException, most: int) -> RequestError:
    if error.message.startswith("Too many files"):
        return RequestError(
            413, f"expected at most {most:,} pictures in a request, received more; send fewer"
        )
    return RequestError(400, f"expected a whole form, received a damaged one ({error.message})")
