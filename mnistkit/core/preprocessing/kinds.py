"""What kind of file its first bytes tell, of the kinds that other packages read."""

from __future__ import annotations

PDF = b"%PDF-"
# Some programs write something before it.
PDF_WITHIN = 1024

# Where a HEIF file says that it is of this family, and of which kind. Sequences are left out.
FAMILY, FAMILY_PLACE, BRAND_PLACE = b"ftyp", slice(4, 8), slice(8, 12)
BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1")


def is_pdf(content: bytes) -> bool:
    """Return whether a file that begins so is a PDF."""
    return PDF in content[:PDF_WITHIN]


def is_heif(content: bytes) -> bool:
    """Return whether a file that begins so is a still picture in HEIF."""
    return content[FAMILY_PLACE] == FAMILY and content[BRAND_PLACE] in BRANDS
