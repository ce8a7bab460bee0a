"""Which files are taken, and what is known of them: real files in folders, no network."""

from __future__ import annotations

import gzip
import hashlib
import logging
import zipfile
from dataclasses import replace

import pytest

from mnistkit.errors import DatasetError, VerificationError
from mnistkit.fetching import store
from mnistkit.fetching.publication import Publication, RemoteFile
from mnistkit.fetching.store import Store

CONTENT = b"what the file is about"
PUBLISHED = gzip.compress(CONTENT, mtime=0)
AGAIN = gzip.compress(CONTENT, 1, mtime=1)


def checksum(algorithm, content):
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def remote(content=None, *, name="digits.gz", direct=True, installed=None, **more):
    publication = Publication("set", (), installed, direct)
    return RemoteFile(publication, name, checksum("md5", PUBLISHED), content, **more)


def laid(path, content=PUBLISHED):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def told(caplog):
    """What has been said at info level."""
    caplog.set_level(logging.INFO, "mnistkit")
    return lambda: " ".join(record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
@pytest.mark.parametrize("stored", [PUBLISHED, AGAIN], ids=["published", "compressed anew"])
def test_content_with_a_known_checksum_is_verified_however_it_is_compressed(
    tmp_path, told, algorithm, stored
):
    laid(tmp_path / "digits.gz", stored)
    Store(tmp_path).read(remote(checksum(algorithm, CONTENT))).verify()
    assert told() == ""


def test_other_content_is_refused_with_its_path_and_both_checksums(tmp_path):
    path = laid(tmp_path / "digits.gz", gzip.compress(b"something else"))
    with pytest.raises(VerificationError) as refusal:
        Store(tmp_path).read(remote(checksum("md5", CONTENT))).verify()
    for part in (str(path), checksum("md5", CONTENT), checksum("md5", b"something else")):
        assert part in str(refusal.value)


def test_without_a_checksum_of_the_content_the_published_file_itself_is_known(tmp_path, told):
    laid(tmp_path / "digits.gz")
    Store(tmp_path).read(remote()).verify()
    assert told() == ""


@pytest.mark.parametrize(("name", "stored"), [("digits.gz", AGAIN), ("digits", CONTENT)])
def test_what_can_not_be_verified_is_said_to_be_so(tmp_path, told, name, stored):
    path = laid(tmp_path / name, stored)
    Store(tmp_path).read(remote()).verify()
    assert f"{path}: not the published file" in told()


def test_an_installed_package_is_found_behind_the_data_folder(tmp_path):
    installed, data = tmp_path / "installed", tmp_path / "data"
    laid(installed / "digits.gz")
    file = remote(installed=installed)
    data.mkdir()
    assert Store(data).read(file).path == installed / "digits.gz"
    laid(data / "set" / "digits", CONTENT)
    assert Store(data).read(file).path == data / "set" / "digits"


def test_names_that_other_datasets_have_too_are_taken_from_a_folder_of_their_own_only(tmp_path):
    file = remote(direct=False)
    laid(tmp_path / "digits.gz")
    assert Store(tmp_path).locate(file) is None
    laid(tmp_path / "set" / "digits.gz")
    for data_dir in (tmp_path, tmp_path / "set"):
        assert Store(data_dir).locate(file) == tmp_path / "set" / "digits.gz"


@pytest.mark.parametrize("place", ["digits.gz", "all/digits.gz", "set/all/digits"])
def test_a_file_of_an_archive_is_found_unpacked(tmp_path, place):
    laid(tmp_path / place, PUBLISHED if place.endswith(".gz") else CONTENT)
    file = remote(archive=remote(name="all.zip"))
    assert Store(tmp_path).read(file).content == CONTENT


def test_an_archive_in_the_data_folder_is_read(tmp_path, told):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("all/digits.gz", PUBLISHED)
    stored = Store(tmp_path).read(remote(archive=remote(name="all.zip")))
    stored.verify()
    assert stored.content == CONTENT
    assert "not the published file" in told()
    with pytest.raises(DatasetError, match=r"archive with letters\.gz"):
        Store(tmp_path).read(remote(name="letters.gz", archive=remote(name="all.zip")))


def test_a_damaged_archive_is_refused(tmp_path):
    laid(tmp_path / "all.zip", b"no archive")
    with pytest.raises(DatasetError, match="expected a whole zip file"):
        Store(tmp_path).read(remote(archive=remote(name="all.zip")))


def test_an_archive_of_many_files_is_verified_once_and_anew_when_it_was_written(
    tmp_path, told, monkeypatch
):
    def lay_archive(*names):
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
            for name in names:
                archive.writestr(name, PUBLISHED)

    def verify(*names):
        for name in names:
            Store(tmp_path).read(remote(name=name, archive=whole)).verify()

    read = []
    counted = store.file_checksum
    monkeypatch.setattr(store, "file_checksum", lambda *of: read.append(of) or counted(*of))
    lay_archive("images.gz", "labels.gz")
    published = checksum("md5", (tmp_path / "all.zip").read_bytes())
    whole = replace(remote(name="all.zip"), published=published)
    verify("images.gz", "labels.gz", "images.gz")
    assert (len(read), told()) == (1, "")
    lay_archive("images.gz")
    verify("images.gz")
    assert (len(read), "not the published file" in told()) == (2, True)


def test_an_archive_with_a_password_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("digits.gz", PUBLISHED)
    written = bytearray((tmp_path / "all.zip").read_bytes())
    # The flag of a password, in the central directory.
    written[written.index(b"PK\x01\x02") + 8] |= 1
    laid(tmp_path / "all.zip", bytes(written))
    with pytest.raises(DatasetError, match="encrypted"):
        Store(tmp_path).read(remote(archive=remote(name="all.zip")))


def test_another_form_is_taken_where_the_first_one_is_not_found(tmp_path):
    file = remote(name="first.gz", instead=remote(name="second.gz"))
    laid(tmp_path / "second.gz")
    stored = Store(tmp_path).read(file)
    assert stored.file is file.instead
    assert stored.path == Store(tmp_path).locate(file) == tmp_path / "second.gz"
    laid(tmp_path / "first.gz")
    assert Store(tmp_path).read(file).file is file
