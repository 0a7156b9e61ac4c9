"""Archives of any origin become plain tars, and are never unpacked on the machine."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import resource
import tarfile
import zipfile

import pytest

from builder import sources
from builder.errors import Fault

ONE_TOP = {"tool-1.0/Makefile": b"all:\n", "tool-1.0/src/main.c": b"int main;"}
SEVERAL = {"Makefile": b"all:\n", "src/main.c": b"int main;"}
URL = "https://example.org/tool"


def tar(path, files, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


MAKERS = {"tar": tar, "tar.gz": lambda path, files: tar(path, files, "w:gz"),
          "tar.bz2": lambda path, files: tar(path, files, "w:bz2"),
          "tar.xz": lambda path, files: tar(path, files, "w:xz"), "zip": zipped}


def content(path):
    with tarfile.open(path, "r:") as archive:
        return {one.name: archive.extractfile(one).read() for one in archive if one.isfile()}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(("files", "leading"), [(ONE_TOP, 1), (SEVERAL, 0)], ids=["one top folder", "several"])
def test_every_kind_becomes_a_plain_tar_with_the_same_content(tmp_path, kind, files, leading):
    archive = MAKERS[kind](tmp_path / "archive", files)
    assert sources.to_tar(archive, tmp_path / "out.tar", URL) == leading
    assert content(tmp_path / "out.tar") == files


@pytest.mark.parametrize(("names", "leading"), [
    (["./a/x", "./a/y"], 1), (["a/x", "./a/y"], 1), (["a"], 0), (["./a"], 0), (["a/x", "b"], 0), (["/a/x"], 0), ([], 0)])
def test_a_top_folder_is_dropped_only_where_all_stands_in_it(tmp_path, names, leading):
    archive = tar(tmp_path / "archive", dict.fromkeys(names, b""))
    assert sources.to_tar(archive, tmp_path / "out.tar", URL) == leading


@pytest.mark.parametrize("data", [
    b"", b"text, not an archive", b"\x7fELF" + bytes(1000), b"PK\x03\x04" + bytes(100), gzip.compress(b"no tar in it", mtime=0),
    lzma.compress(b"no tar in it"), b"\x1f\x8b\x08\x00garbage", b"BZh9garbage" * 20, b"\xfd7zXZ\x00garbage"])
def test_what_is_no_archive_is_a_fault_that_names_its_address(tmp_path, data):
    (tmp_path / "archive").write_bytes(data)
    with pytest.raises(Fault, match=rf"^{URL}: cannot be unpacked"):
        sources.to_tar(tmp_path / "archive", tmp_path / "out.tar", URL)


@pytest.mark.parametrize("kind", ["tar.gz", "tar.bz2", "tar.xz", "zip"])
@pytest.mark.parametrize("harm", ["flipped", "cut"])
def test_a_broken_archive_is_a_fault(tmp_path, kind, harm):
    text = random.Random(0).randbytes(300_000).hex().encode()
    whole = MAKERS[kind](tmp_path / "archive", {"a/x": text, "a/y": text[::-1]}).read_bytes()
    middle = len(whole) // 2
    broken = whole[:middle] + (bytes(200) + whole[middle + 200:] if harm == "flipped" else b"")
    (tmp_path / "archive").write_bytes(broken)
    with pytest.raises(Fault):
        sources.to_tar(tmp_path / "archive", tmp_path / "out.tar", URL)


def test_a_plain_tar_with_a_zip_at_its_end_is_a_tar(tmp_path):
    inner = zipped(tmp_path / "inner", {"evil/x": b"other"}).read_bytes()
    archive = tar(tmp_path / "archive", {"top/main.c": b"int main;", "top/data.zip": inner})
    assert sources.to_tar(archive, tmp_path / "out.tar", URL) == 1
    assert sorted(content(tmp_path / "out.tar")) == ["top/data.zip", "top/main.c"]


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a\\..\\x", "a/\nb"])
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_name_that_climbs_stays_a_name(tmp_path, kind, name):
    folder = tmp_path / "work" / "inner"
    folder.mkdir(parents=True)
    archive = MAKERS[kind](tmp_path / "archive", {name: b"data"})
    sources.to_tar(archive, folder / "out.tar", URL)
    assert list(content(folder / "out.tar").values()) == [b"data"]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["archive", "inner", "out.tar", "work"]


def test_a_zip_keeps_executable_bits_and_no_other_mode(tmp_path):
    with zipfile.ZipFile(tmp_path / "archive", "w") as archive:
        for name, mode in (("a/run", 0o104755), ("a/text", 0o100600), ("a/folder/", 0o040700)):
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, b"")
    sources.to_tar(tmp_path / "archive", tmp_path / "out.tar", URL)
    with tarfile.open(tmp_path / "out.tar") as made:
        assert {one.name: one.mode for one in made} == {"a/run": 0o755, "a/text": 0o644, "a/folder": 0o755}


def test_a_link_in_a_zip_becomes_a_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "archive", "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    sources.to_tar(tmp_path / "archive", tmp_path / "out.tar", URL)
    assert content(tmp_path / "out.tar") == {"link": b"/etc/passwd"}


def test_a_bomb_is_stopped_at_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "_MAX_BYTES", 1 << 20)
    for kind in ("tar.gz", "zip"):
        archive = MAKERS[kind](tmp_path / kind, {"a/x": bytes(3 << 20)})
        with pytest.raises(Fault, match="when unpacked"):
            sources.to_tar(archive, tmp_path / f"{kind}.out", URL)


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(("files", "leading"), [(ONE_TOP, 1), (SEVERAL, 0)], ids=["one top folder", "several"])
def test_a_child_converts_as_it_is_done_here(tmp_path, kind, files, leading):
    archive = MAKERS[kind](tmp_path / "archive", files)
    assert sources.convert(archive, tmp_path / "out.tar", URL) == leading
    assert content(tmp_path / "out.tar") == files


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04" + bytes(100), gzip.compress(b"no tar in it", mtime=0)])
def test_a_fault_in_the_child_is_the_same_fault_here(tmp_path, data):
    (tmp_path / "archive").write_bytes(data)
    with pytest.raises(Fault) as here:
        sources.to_tar(tmp_path / "archive", tmp_path / "here.tar", URL)
    with pytest.raises(Fault) as child:
        sources.convert(tmp_path / "archive", tmp_path / "child.tar", URL)
    assert (child.value.message, child.value.hint) == (here.value.message, here.value.hint)


def test_nothing_beside_the_caller_is_run_by_the_child(tmp_path, monkeypatch):
    """The caller's folder is the recipes' repository."""
    for name in ("tarfile.py", "lzma.py", "sitecustomize.py", "builder.py"):
        (tmp_path / name).write_text(f"import pathlib\npathlib.Path({str(tmp_path / 'was-run')!r}).touch()\n")
    monkeypatch.chdir(tmp_path)
    assert sources.convert(tar(tmp_path / "archive", ONE_TOP), tmp_path / "out.tar", URL) == 1
    assert not (tmp_path / "was-run").exists()


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE])
def test_a_name_that_takes_all_memory_is_a_fault_of_a_child(tmp_path, kind):
    """1.5 MB of gzip that really hold a name of 1.5 GB: Python's tarfile reads it whole."""
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = kind, 96 << 24
    (tmp_path / "archive").write_bytes(
        gzip.compress(header.tobuf(tarfile.GNU_FORMAT)) + gzip.compress(bytes(1 << 24), 1) * 96)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Fault, match=rf"^{URL}: cannot be unpacked: MemoryError$"):
        sources.convert(tmp_path / "archive", tmp_path / "out.tar", URL)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000       # KiB


def test_a_child_that_is_killed_is_a_fault(tmp_path, program):
    program("prlimit", "kill -9 $$")
    with pytest.raises(Fault, match=rf"^{URL}: cannot be unpacked: it takes too much memory"):
        sources.convert(tar(tmp_path / "archive", ONE_TOP), tmp_path / "out.tar", URL)


def test_an_existing_tar_is_never_written_over(tmp_path):
    (tmp_path / "out.tar").write_text("here before")
    with pytest.raises(Fault):
        sources.to_tar(tar(tmp_path / "archive", ONE_TOP), tmp_path / "out.tar", URL)
    assert (tmp_path / "out.tar").read_text() == "here before"
