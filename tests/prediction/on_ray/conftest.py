"""Pictures in a folder, a Parquet file and a tar; skipped without the packages of `.[ray]`."""

import io
import tarfile

import pytest
from as_files import encoded

for name in ("ray", "psutil", "pyarrow", "pandas"):
    pytest.importorskip(name, reason="pip install '.[ray]' to run it")


@pytest.fixture(scope="session")
def pictures(sample):
    """The files of the sample's first 40 images, as bytes by name."""
    return {f"{number:02}.png": encoded(image) for number, image in enumerate(sample.images[:40])}


@pytest.fixture(scope="session")
def places(pictures, tmp_path_factory):
    """A folder that holds `digits/`, `digits.parquet` and `digits.tar`; nobody changes it."""
    import pyarrow as pa
    from pyarrow import parquet

    folder = tmp_path_factory.mktemp("places")
    (folder / "digits").mkdir()
    for name, content in pictures.items():
        (folder / "digits" / name).write_bytes(content)
    (folder / "digits" / "broken.png").write_text("no picture")
    table = pa.table({"number": range(41), "image": [*pictures.values(), None]})
    parquet.write_table(table, folder / "digits.parquet", row_group_size=30)
    with tarfile.open(folder / "digits.tar", "w") as tar:
        for name, content in pictures.items():
            member = tarfile.TarInfo(f"inside/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return folder
