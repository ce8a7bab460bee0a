"""Pictures and pages over HTTP get the records that the commands print."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from as_files import encoded
from PIL import Image

NO_PICTURE = b"no picture"


BLANK = encoded(np.full((50, 50), 255, np.uint8))


def test_pictures_get_the_records_of_predict(server, mnistkit, tmp_path, seven, sample):
    pictures = {"seven.png": seven, "blank.png": BLANK, "x.png": NO_PICTURE}
    pictures |= {f"{number}.png": encoded(sample.images[number]) for number in range(3)}
    for name, content in pictures.items():
        (tmp_path / name).write_bytes(content)

    reply = server.send("/predict?top=2&min_confidence=0.4", pictures)

    options = ("--model", "bundled", "--top", 2, "--min-confidence", 0.4, "--format", "json")
    printed = json.loads(mnistkit("predict", *pictures, *options).stdout)
    assert reply.status == 200
    assert list(reply.json) == list(printed)
    for received, expected in zip(reply.json["predictions"], printed["predictions"], strict=True):
        assert list(received) == list(expected)
        rows = received.pop("probabilities", None), expected.pop("probabilities", None)
        assert rows[0] == pytest.approx(rows[1], abs=1e-5)
        assert flat(received) == pytest.approx(flat(expected), abs=1e-5)
    assert reply.json["predictions"][0]["label"] == "7"


def flat(record):
    """The values of a record, whose numbers may differ in their last digits."""
    ranked = record.pop("top", [])
    return record | {
        f"{key} {rank}": value for rank, one in enumerate(ranked) for key, value in one.items()
    }


def test_a_page_gets_the_record_of_read(server, mnistkit, page):
    reply = server.send("/read", {"example:page": page})

    printed = mnistkit("read", "example:page", "--format", "jsonl").stdout
    assert reply.status == 200
    assert reply.json == {"reader": "bundled", "pages": [json.loads(printed)]}


def test_a_page_comes_with_its_cells_and_its_picture_upright(server, mnistkit, page):
    turned = io.BytesIO()
    Image.open(io.BytesIO(page)).rotate(90, expand=True).save(turned, "TIFF")

    reply = server.send(
        "/read?cells=true&pictures=true&min_confidence=0.5", {"page": turned.getvalue()}
    )

    (found,) = reply.json["pages"]
    assert found["rotated"] == 90
    rows = [
        line.split(",")
        for line in mnistkit("read", "example:page", "--format", "csv").stdout.splitlines()
    ]
    assert len(found["cells"]) == len(rows)
    head, _, content = found["picture"].partition(",")
    assert head == "data:image/jpeg;base64"
    shown = Image.open(io.BytesIO(base64.b64decode(content)))
    assert list(shown.size) == found["size"] == [1000, 811]


def test_the_pages_of_a_pdf_are_told_apart(server, page):
    pdf = io.BytesIO()
    first = Image.open(io.BytesIO(page)).convert("L")
    first.save(pdf, "PDF", save_all=True, append_images=[Image.new("L", first.size, 255)])

    reply = server.send("/read?handwritten=true", {"exam.pdf": pdf.getvalue()})

    assert [each["source"] for each in reply.json["pages"]] == ["exam.pdf#1", "exam.pdf#2"]
    assert reply.json["pages"][0]["lines"]
    assert reply.json["pages"][1]["lines"] == []


def test_the_image_that_the_model_sees_is_sent_where_it_is_asked_for(server, sample):
    picture = encoded(sample.images[0])

    (record, blank, broken) = server.send(
        "/predict?images=true", {"0": picture, "1": BLANK, "2": NO_PICTURE}
    ).json["predictions"]

    assert record["image"] == sample.images[0].ravel().tolist()
    assert blank["image"] is None
    assert "image" not in broken


@pytest.mark.parametrize("path", ["/predict", "/read"])
def test_where_nothing_could_be_read_the_answer_is_an_error_with_the_records(server, path):
    reply = server.send(path, {"a": NO_PICTURE, "b": b""})

    assert reply.status == 422
    assert "expected a PNG" in reply.error
    (records,) = (value for key, value in reply.json.items() if key in {"predictions", "pages"})
    assert [record["source"] for record in records] == ["a", "b"]
    assert "empty file" in records[1]["error"]


def test_a_name_is_no_path_and_comes_back_as_text(server, seven):
    name = "../../etc/<img src=x onerror=alert(1)>.png"

    reply = server.send("/predict", {name: seven})

    assert reply.json["predictions"][0]["source"] == name
    assert reply.json["predictions"][0]["label"] == "7"
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_a_name_of_an_example_or_of_stdin_is_a_name_alone(server):
    records = server.send("/read", {"example:page": NO_PICTURE, "-": NO_PICTURE}).json["pages"]

    assert all("expected a PNG" in record["error"] for record in records)


@pytest.mark.parametrize(
    "path",
    [
        "/predict?top=0",
        "/predict?top=x",
        "/predict?top=99999999999",
        "/predict?min_confidence=2",
        "/predict?min_confidence=nan",
        "/predict?min_confidence=high",
        "/predict?images=maybe",
        "/predict?tpo=3",
        "/read?rotate=45",
        "/read?cells=7",
    ],
)
def test_a_query_that_is_none_is_refused(server, seven, path):
    reply = server.send(path, {"seven.png": seven})
    assert reply.status == 400
    assert reply.error.startswith("expected ")


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("", b"", 415),
        ("multipart/form-data", b"", 400),
        ("multipart/form-data; boundary=x", b"", 400),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno head\r\n--x--\r\n", 400),
        ("multipart/form-data; boundary=x", b"--y--\r\n", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n", 400),
        ("multipart/form-data; boundary=" + "x" * 300, b"x", 400),
    ],
)
def test_a_form_that_is_none_is_refused(server, kind, body, status):
    reply = server.ask("POST", "/predict", body, {"Content-Type": kind})
    assert reply.status == status
    assert reply.error.startswith("expected ")


def test_a_file_of_another_field_is_no_picture(server, seven):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="seven.png"\r\n\r\n'
        + seven
        + b"\r\n--x--\r\n"
    )
    reply = server.ask(
        "POST", "/predict", body, {"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert reply.status == 400
    assert "`picture`" in reply.error
