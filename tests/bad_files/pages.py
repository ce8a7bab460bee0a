"""Bad PDFs: damaged, endless, huge, empty, and ones that ask for more than to be drawn."""

from __future__ import annotations

import zlib

from bad_files.damage import damaged

CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
LARGE = 200_000_000


def pdf(*objects: bytes) -> bytes:
    """Return a PDF of these objects, the catalogue first."""
    content, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        len(content),
    )
    return content + head + table + end


def drawn(content: bytes, box: bytes = b"0 0 600 800", count: int = 1) -> bytes:
    """Return a PDF whose pages are all drawn by this content."""
    return pages_of(stream(content), box, count)


def pages_of(drawing: bytes, box: bytes = b"0 0 600 800", count: int = 1, *more: bytes) -> bytes:
    pages = b" ".join([b"3 0 R"] * count)
    resources = b"/Resources<</XObject<</X 5 0 R>>>>" if more else b""
    return pdf(
        CATALOGUE,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (pages, count),
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R%s>>" % (box, resources),
        drawing,
        *more,
    )


def stream(content: bytes, about: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), about, content)


def deflated(size: int, about: bytes = b"") -> bytes:
    """Return a stream of many zeros in few bytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(size // 2**20))
    return stream(packed + packer.flush(), b"/Filter/FlateDecode" + about)


def _image(width: int, height: int) -> bytes:
    about = b"/Type/XObject/Subtype/Image/ColorSpace/DeviceGray/BitsPerComponent 8"
    return deflated(2**20, about + b"/Width %d/Height %d" % (width, height))


def bad_pages() -> dict[str, bytes]:
    """Return bad PDFs by their names."""
    draw = b"0 0 0 rg 100 100 50 200 re f"
    whole = drawn(draw, count=2)
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>"
    action = b"<</Type/Action/S/Launch/F(/bin/touch)/Win<</F(calc)/P(launched)>>>>"
    kinds = {
        "stream-bomb": pages_of(deflated(LARGE)),
        "stream-twice": pages_of(
            stream(
                zlib.compress(zlib.compress(bytes(LARGE), 9), 9),
                b"/Filter[/FlateDecode/FlateDecode]",
            )
        ),
        "image-huge": pages_of(
            stream(b"600 0 0 800 0 0 cm /X Do"), b"0 0 600 800", 1, _image(60_000, 60_000)
        ),
        "image-wide": pages_of(stream(b"/X Do"), b"0 0 600 800", 1, _image(2**31 - 1, 1)),
        "form-in-itself": pages_of(stream(b"/X Do"), b"0 0 600 800", 1, stream(b"/X Do", form)),
        "page-huge": drawn(draw, b"0 0 9000000000 9000000000"),
        "page-long": drawn(draw, b"0 0 1 9000000"),
        "page-of-no-size": drawn(draw, b"0 0 0 0"),
        "page-of-nan": drawn(draw, b"0 0 nan 1e999"),
        "page-inside-out": drawn(draw, b"600 800 0 0"),
        "many-pages": drawn(b"", b"0 0 9 9", 300),
        "no-pages": pdf(CATALOGUE, b"<</Type/Pages/Kids[]/Count 0>>"),
        "count-that-lies": pdf(CATALOGUE, b"<</Type/Pages/Kids[]/Count 2147483647>>"),
        "pages-in-themselves": pdf(CATALOGUE, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"),
        "no-catalogue": pdf(b"null"),
        "deep": pdf(b"[" * 100_000 + b"]" * 100_000),
        "names-in-circles": pdf(b"2 0 R", b"3 0 R", b"1 0 R"),
        "launch": pdf(
            b"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R/Names<</JavaScript 4 0 R>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/AA<</O 4 0 R>>>>",
            action,
        ),
        "javascript": pdf(
            b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(while(1){})>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        ),
        "file-of-others": pages_of(stream(b"", b"/F(/etc/passwd)/FFilter/ASCIIHexDecode")),
        "many-strokes": drawn(b"0 0 m 600 800 l S " * 50_000),
        "head-alone": b"%PDF-1.7\n",
        "nothing-but-the-end": b"%PDF-1.7\n%%EOF",
    }
    files = {f"{name}.pdf": content for name, content in kinds.items()}
    return files | damaged("whole.pdf", whole, ends=12, flips=12)
