"""The folder of answers: whole files, what is done, and what may be continued."""

import pytest
from permissions import reachable_folder, refused

from mnistkit.errors import InputError, OutputError, OutputExistsError, UsageError
from mnistkit.prediction.on_ray.folder import AnswerFolder
from mnistkit.prediction.on_ray.parts import Part
from mnistkit.prediction.on_ray.tables import Count

SETTINGS = {"command": "predict", "model": "abc", "--top": 1, "sources": "def"}
PARTS = [Part("part-000000", "files", ("a.png", "b.png")), Part("part-000001", "tar", ("c.tar",))]


@pytest.fixture
def folder(tmp_path):
    return AnswerFolder.at(str(tmp_path / "answers"), "jsonl")


def written(stream):
    stream.write(b'{"source": "a.png"}\n')
    return Count(1, 0)


def test_what_is_answered_is_done_and_the_list_is_kept(folder):
    assert folder.begin(SETTINGS, lambda: PARTS) == PARTS
    assert folder.done() == {}
    folder.write("part-000001", written)
    assert folder.begin(SETTINGS, lambda: pytest.fail("listed again")) == PARTS
    assert folder.done() == {"part-000001": Count(1, 0)}
    (file,) = folder.files()
    assert file.endswith("/answers/part-000001.jsonl")


def test_a_part_that_fails_leaves_no_file(folder):
    folder.begin(SETTINGS, lambda: PARTS)

    def failing(stream):
        stream.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.write("part-000000", failing)
    assert folder.files() == []
    assert folder.done() == {}


def test_a_file_that_was_deleted_is_not_done(folder, tmp_path):
    folder.begin(SETTINGS, lambda: PARTS)
    folder.write("part-000000", written)
    (tmp_path / "answers" / "part-000000.jsonl").unlink()
    assert folder.done() == {}


def test_without_answers_other_settings_begin_anew(folder):
    folder.begin(SETTINGS, lambda: PARTS)
    assert folder.begin(SETTINGS | {"--top": 2}, lambda: PARTS[:1]) == PARTS[:1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"model": "xyz"}, "received some of another model"),
        ({"sources": "xyz"}, "received some of other sources"),
        ({"--top": 2}, "received some with --top 1, not 2"),
    ],
)
def test_answers_with_other_settings_are_refused(folder, change, told):
    folder.begin(SETTINGS, lambda: PARTS)
    folder.write("part-000000", written)
    with pytest.raises(UsageError, match=told):
        folder.begin(SETTINGS | change, lambda: PARTS)


def test_a_folder_of_other_files_is_refused(folder, tmp_path):
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "mine.txt").write_text("mine")
    with pytest.raises(OutputExistsError, match="received one of other files"):
        folder.begin(SETTINGS, lambda: PARTS)


def test_a_machine_that_does_not_see_the_folder_says_so(folder):
    with pytest.raises(OutputError, match="a folder that all machines share, received one that a"):
        folder.check_shared()
    folder.begin(SETTINGS, lambda: PARTS)
    folder.check_shared()


def test_a_folder_that_may_not_be_read_is_refused():
    with reachable_folder() as path:
        folder = AnswerFolder.at(str(path), "jsonl")
        with (
            refused(path),
            pytest.raises(InputError, match=r"could not be read: .*; choose another --output"),
        ):
            folder.files()


def test_a_bucket_alone_is_no_output():
    with pytest.raises(UsageError, match="such as s3://BUCKET/FOLDER"):
        AnswerFolder.at("s3://bucket?region=us-east-1", "jsonl")
