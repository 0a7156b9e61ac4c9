"""What the words of a command line name, and what is said of those that name nothing."""

from __future__ import annotations

import os
import stat

import pytest
from oci_images import entry, tar

from builder.errors import Error, Fault, UsageError
from certify.foreign.opening import is_foreign, opened

SIF = b"#!/usr/bin/env run-singularity\n".ljust(32) + b"SIF_MAGIC"


def said(word, work, kind):
    with pytest.raises(kind) as caught, opened(str(word), work):
        pass
    assert type(caught.value) is kind
    return f"{caught.value.message} {caught.value.hint}"


def test_a_squashfs_is_opened_as_it_is(tmp_path):
    (tmp_path / "i.squashfs").write_bytes(b"hsqs" + bytes(100))
    (tmp_path / "link").symlink_to("i.squashfs")
    for name in ("i.squashfs", "link"):
        with opened(str(tmp_path / name), tmp_path) as found:
            assert os.fstat(found.handle).st_ino == (tmp_path / "i.squashfs").stat().st_ino
            assert (found.is_tree, found.config, found.labels, found.name) == (False, None, None, str(tmp_path / name))


def test_a_tree_is_opened_and_not_copied(tmp_path):
    (tmp_path / "tree" / "usr").mkdir(parents=True)
    with opened(str(tmp_path / "tree"), tmp_path) as found:
        assert found.is_tree
        assert os.fstat(found.handle).st_ino == (tmp_path / "tree").stat().st_ino
        assert stat.S_ISDIR(os.fstat(found.handle).st_mode)
    assert [one.name for one in tmp_path.iterdir()] == ["tree"]


def test_words_that_name_nothing(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "empty").mkdir()
    for word in ("nothing", "no\0"):
        assert "is not there" in said(tmp_path / word, tmp_path, Error)
    for word, expected in (("fifo", "neither a file nor a folder"), ("empty", "not the tree")):
        assert expected in said(tmp_path / word, tmp_path, UsageError), word
    for word in (f"oci:{tmp_path}/no", f"oci:{tmp_path}/fifo:1", f"oci:{tmp_path}/no@sha256:{'0' * 64}", "oci:"):
        assert "no such folder" in said(word, tmp_path, UsageError)
    assert "OCI layout" in said(f"oci:{tmp_path}/empty", tmp_path, UsageError)
    for word in (f"docker-archive:{tmp_path}/no:x:1", f"docker-archive:{tmp_path}/empty", "docker-archive:"):
        assert "no such file" in said(word, tmp_path, UsageError)


def test_a_layout_without_its_word_is_told_so(tmp_path):
    (tmp_path / "oci-layout").write_text("{}")
    assert f"oci:{tmp_path}" in said(tmp_path, tmp_path, UsageError)


@pytest.mark.parametrize(("head", "expected"), [
    (b"", "FILE.squashfs"), (b"\x7fELF" + bytes(600), "FILE.squashfs"), (tar(entry("x")), "docker-archive:"),
    (b"\x1f\x8b\x08", "gunzip"), (b"\x28\xb5\x2f\xfd", "zstd -d"), (SIF, "sif dump"),
], ids=["empty", "elf", "tar", "gzip", "zstd", "sif"])
def test_other_files_are_told_with_the_way_to_an_image(tmp_path, head, expected):
    (tmp_path / "file").write_bytes(head)
    message = said(tmp_path / "file", tmp_path, Fault)
    assert "is not a squashfs" in message
    assert expected in message


def test_paths_with_colons_are_the_longest_that_is_there(look, image, layout):
    image(tar(entry("x", b"1")))
    other = layout.path.with_name("layout:1")
    layout.path.rename(other)
    assert look(f"oci:{other}")["x"] == b"1"


def test_what_is_foreign_by_its_word():
    assert [is_foreign(word) for word in ("oci:x", "docker-archive:x", "x:1", "./oci:x")] == [True, True, False, False]
