"""How two trees differ, and why: with files that the real tools made."""

from __future__ import annotations

import io
import os
import py_compile
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder import compare, reasons
from builder.compare import Difference, differences
from builder.rootfs import Root, tree_digest
from tests.tools import needs

NAMES = st.sampled_from(["a", "a.b", "a-b", "b", "\u00e9"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
KINDS = st.sampled_from(["folder", "file one", "file two", "link a", "link /none", "fifo"])
TREES = st.dictionaries(PATHS, KINDS, max_size=10)


def plant(folder, tree):
    """Make what can be made of a random tree, nothing through a link; gives what is there, by path."""
    made = {"/": "folder"}
    for path, kind in sorted(tree.items()):
        above = ["/" if one == Path() else f"/{one}" for one in reversed(Path(path).parents)]
        for one in above:
            made.setdefault(one, "folder")
            if made[one] != "folder":
                break
            (folder / one[1:]).mkdir(exist_ok=True)
        if any(made.get(one) != "folder" for one in above) or f"/{path}" in made:
            continue
        make(folder / path, kind)
        made[f"/{path}"] = kind
    return made


def make(place, kind):
    word, _, rest = kind.partition(" ")
    {"folder": place.mkdir, "file": lambda: place.write_text(rest), "link": lambda: place.symlink_to(rest),
     "fifo": lambda: os.mkfifo(place)}[word]()


def expected(one, other):
    """The differences of two planted trees, as (path, kind), without what lies below a folder that one lacks."""
    found = set()
    for path in one.keys() | other.keys():
        kinds = one.get(path), other.get(path)
        words = [kind and kind.partition(" ")[0] for kind in kinds]
        if kinds[0] == kinds[1]:
            continue
        kind = "extra" if kinds[0] is None else "missing" if kinds[1] is None else "type" if words[0] != words[1] else \
            {"file": "content", "link": "link"}[words[0]]
        found.add((path, kind))
    cut = {path for path, kind in found if kind in ("extra", "missing", "type")}
    return {(path, kind) for path, kind in found if not any(str(above) in cut for above in Path(path).parents)}


@settings(max_examples=100, deadline=None)
@given(TREES, TREES)
def test_what_differs_is_found_once_and_nothing_else(tmp_path_factory, first, second):
    top = tmp_path_factory.mktemp("trees")
    for name in ("one", "other"):
        (top / name).mkdir()
    made = plant(top / "one", first), plant(top / "other", second)
    roots = Root(top / "one"), Root(top / "other")
    found = [(one.path, one.kind) for one in differences(*roots)]
    assert len(found) == len(set(found))
    assert set(found) == expected(*made)
    assert (found == []) == (tree_digest(roots[0]) == tree_digest(roots[1]))
    mirrored = {"missing": "extra", "extra": "missing"}
    assert {(path, mirrored.get(kind, kind)) for path, kind in found} \
        == {(one.path, one.kind) for one in differences(roots[1], roots[0])}
    shutil.rmtree(top)


@pytest.fixture
def pair(tmp_path):
    """Two empty trees."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    return tmp_path / "one", tmp_path / "other"


def listed(pair):
    return list(differences(*map(Root, pair)))


def test_modes_and_links_are_told_with_both_values(pair):
    for place, mode, target in zip(pair, (0o755, 0o4750), ("x", "y"), strict=True):
        (place / "tool").write_text("same")
        (place / "tool").chmod(mode)
        (place / "link").symlink_to(target)
    assert listed(pair) == [Difference("/link", "link", "x and y"), Difference("/tool", "mode", "0755 and 4750")]


def test_a_folder_that_is_missing_is_told_once(pair):
    (pair[0] / "only/deep/down").mkdir(parents=True)
    (pair[0] / "only/deep/file").touch()
    assert listed(pair) == [Difference("/only", "missing", "a folder and all below it")]


def test_a_file_in_the_place_of_a_folder_is_told_once(pair):
    (pair[0] / "x/y").mkdir(parents=True)
    (pair[1] / "x").touch()
    assert listed(pair) == [Difference("/x", "type", "a folder and a file")]


def test_no_link_is_followed(pair, tmp_path):
    (tmp_path / "secret").write_text("one")
    for place in pair:
        (place / "file").symlink_to(tmp_path / "secret")
        (place / "folder").symlink_to("/etc")
    assert listed(pair) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_devices_are_told_by_number(pair):
    import stat

    for place, minor in zip(pair, (3, 5), strict=True):
        os.mknod(place / "null", stat.S_IFCHR | 0o666, os.makedev(1, minor))
    assert [(one.kind, one.detail) for one in listed(pair)] == [("device", "1:3 and 1:5")]


def test_names_that_are_no_text_are_compared(pair):
    for place, text in zip(pair, ("a", "b"), strict=True):
        (place / os.fsdecode(b"\xff\n")).write_text(text)
    assert [(os.fsencode(one.path), one.kind) for one in listed(pair)] == [(b"/\xff\n", "content")]


def test_the_first_byte_that_differs_is_told_also_behind_the_first_chunk(pair, monkeypatch):
    monkeypatch.setattr(compare, "CHUNK", 10)
    (pair[0] / "f").write_bytes(b"x" * 25 + b"a")
    (pair[1] / "f").write_bytes(b"x" * 25 + b"b")
    (pair[0] / "g").write_bytes(b"x" * 20)
    (pair[1] / "g").write_bytes(b"x" * 30)
    assert [one.detail for one in listed(pair)] == ["from byte 25 of 26", "from byte 20 of 20 and 30"]


def why(one, other, path="/x"):
    with _stream(one) as first, _stream(other) as second:
        return reasons.reason(path, first, second)


def _stream(content):
    import tempfile

    if isinstance(content, Path):
        return content.open("rb")
    stream = tempfile.TemporaryFile()  # noqa: SIM115
    stream.write(content)
    stream.flush()
    return stream


def tool(*argv, cwd=None, **kwargs):
    return subprocess.run(argv, check=True, capture_output=True, cwd=cwd, **kwargs).stdout


@needs("gzip")
def test_the_time_of_gzip(tmp_path):
    def made(when, text="text"):
        path = tmp_path / "file"
        path.write_text(text)
        os.utime(path, (when, when))
        return tool("gzip", "-c", str(path))

    assert why(made(1_500_000_000), made(1_600_000_000)) == "the time in the gzip header: use gzip -n"
    assert why(made(1_500_000_000), made(1_600_000_000, "other")) == "the time in the gzip header, and more: use gzip -n"
    assert why(made(1_500_000_000), made(1_500_000_000, "other")) is None


@needs("ar")
def test_the_times_of_ar(tmp_path):
    def made(when):
        for name in ("one.o", "other.o"):
            (tmp_path / name).write_text("odd")
            os.utime(tmp_path / name, (when, when))
        (tmp_path / "x.a").unlink(missing_ok=True)
        tool("ar", "rcU", "x.a", "one.o", "other.o", cwd=tmp_path)
        return (tmp_path / "x.a").read_bytes()

    assert why(made(1_500_000_000), made(1_600_000_000)) == "the time of an ar member (2 times): use ar D (deterministic)"


def zipped(when, text="text", **options):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", **options) as archive:
        for name in ("one", "other"):
            archive.writestr(zipfile.ZipInfo(name, when), text)
    return target.getvalue()


def test_the_times_of_pythons_zip():
    told = why(zipped((2024, 1, 1, 0, 0, 0)), zipped((2025, 2, 2, 2, 2, 2)))
    assert told.startswith("the time of a zip member (4 times): ")
    told = why(zipped((2024, 1, 1, 0, 0, 0)), zipped((2025, 2, 2, 2, 2, 2), "TEXT"))
    assert told.startswith("the time of a zip member (4 times), and more: ")


@needs("zip")
def test_the_times_of_zip_itself(tmp_path):
    def made(when):
        (tmp_path / "file").write_text("text")
        os.utime(tmp_path / "file", (when, when))
        return tool("zip", "-q", "-", "file", cwd=tmp_path)

    told = why(made(1_500_000_000), made(1_600_000_000))
    assert told.startswith("the time of a zip member (4 times): ")


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_times_and_owners_of_tar(kind):
    def made(when, uid):
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w", format=kind) as archive:
            for name in ("one", "other"):
                info = tarfile.TarInfo(name)
                info.size, info.mtime, info.uid = 700, when, uid
                archive.addfile(info, io.BytesIO(b"x" * 700))
        return target.getvalue()

    assert why(made(1_500_000_000, 0), made(1_600_000_000, 0)).startswith("the time of a tar member (2 times): use tar --mtime")
    told = why(made(1_500_000_000, 0), made(1_600_000_000, 7))
    assert told.startswith("the owner of a tar member (2 times), the time of a tar member (2 times): ")


def test_the_fine_times_of_tar():
    def made(when):
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
            info = tarfile.TarInfo("one")
            info.mtime = when
            archive.addfile(info)
        return target.getvalue()

    told = why(made(1_500_000_000.25), made(1_600_000_000.75))
    assert "the mtime of a tar member" in told
    assert "and more" not in told


def test_bytecode(tmp_path):
    def made(when, mode, text="x = 1"):
        path = tmp_path / "m.py"
        path.write_text(text)
        os.utime(path, (when, when))
        return Path(py_compile.compile(str(path), cfile=str(tmp_path / "m.pyc"), invalidation_mode=mode)).read_bytes()

    mode = py_compile.PycInvalidationMode
    assert why(made(1_500_000_000, mode.TIMESTAMP), made(1_600_000_000, mode.TIMESTAMP)) \
        == "the time of its source in Python's bytecode: compile with --invalidation-mode unchecked-hash"
    assert "how the bytecode is bound" in why(made(1, mode.CHECKED_HASH), made(1, mode.UNCHECKED_HASH))
    assert "the hash of its source" in why(made(1, mode.CHECKED_HASH), made(1, mode.CHECKED_HASH, "x = 2"))


SOURCE = "static int helper(int x) { return x * 3; }\nint outer(int x) { return helper(x) + 1; }\n"


def compiled(folder, *options, source=SOURCE, name="a.o"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.c").write_text(source)
    tool("gcc", *options, "-o", name, "a.c", cwd=folder)
    return folder / name


@needs("gcc")
def test_link_time_optimisation_is_seen_by_its_random_sections(tmp_path):
    options = ("-c", "-O2", "-flto")
    one, other = compiled(tmp_path / "1", *options).read_bytes(), compiled(tmp_path / "1", *options).read_bytes()
    told = why(one, other)
    assert ".gnu.lto_" in told
    assert told.endswith(": pass -frandom-seed=<file name>")
    seeded = [compiled(tmp_path / "1", *options, "-frandom-seed=a.c").read_bytes() for _ in range(2)]
    assert seeded[0] == seeded[1]


@needs("gcc")
def test_debug_information_is_told_by_section(tmp_path):
    told = why(compiled(tmp_path / "one", "-c", "-g"), compiled(tmp_path / "the-other", "-c", "-g"))
    assert ".debug_" in told
    assert told.endswith("pass -ffile-prefix-map=$PWD=.")
    assert ".text" not in told


@needs("gcc")
def test_only_the_build_id(tmp_path):
    ids = [f"-Wl,--build-id=0x{digit * 40}" for digit in "ab"]
    libraries = [compiled(tmp_path / "x", "-shared", "-fPIC", option, name=f"{number}.so") for number, option in enumerate(ids)]
    assert why(*libraries).startswith("only .note.gnu.build-id in an ELF file: ")


@needs("gcc")
def test_other_code_is_told_without_a_cure(tmp_path):
    told = why(compiled(tmp_path / "1", "-c", "-O2"), compiled(tmp_path / "2", "-c", "-O2", source=SOURCE.replace("3", "5")))
    assert ".text" in told
    assert told.endswith("in an ELF file")


@pytest.mark.parametrize(("one", "other", "told"), [
    ("b\na\nc\n", "a\nb\nc\n", "only the order of the same lines"),
    ("built on 2024-05-06 10:11:12 UTC\n", "built on 2025-11-12 01:02:03 UTC\n", "only a date or time"),
    ("built on 2024-05-06T10:11:12.123456+00:00\n", "built on 2025-11-12T01:02:03.1+02:00\n", "only a date or time"),
    ("Mon May  6 10:11:12 UTC 2024\n", "Tue Nov 11 01:02:03 UTC 2025\n", "only a date or time"),
    ("Date: Mon, 06 May 2024 10:11:12 +0000", "Date: Tue, 11 Nov 2025 01:02:03 +0100", "only a date or time"),
    ("May  6 2024 10:11:12", "Nov 11 2025 01:02:03", "only a date or time"),
    ("stamp=1714990272", "stamp=1762822923.5", "only a number of seconds since 1970"),
    ("id=0c0e8f1e-0b57-4b4c-a0a4-1d6a2b3c4d5e", "id=1c0e8f1e-0b57-4b4c-a0a4-1d6a2b3c4d5e", "only a random id (UUID)"),
    ("0123456789abcdef0123456789abcdef\n", "fedcba9876543210fedcba9876543210\n", "only an id of 32 hexadecimal digits"),
    ("in /tmp/tmpab12cd_x/y", "in /tmp/tmpzzz_0123/y", "only the name of a temporary file"),
    ("<object at 0x7f1234567890>", "<object at 0x7fabcdefabc0>", "only an address in memory"),
    ("src=/home/a/src/tool/x.c\nobj=/home/a/src/y\n", "src=/builds/42/tool/x.c\nobj=/builds/42/y\n",
     "only a path (/home/a/src and /builds/42)"),
    ("2024-05-06 id 0123456789abcdef0123456789abcdef", "2025-05-06 id fedcba9876543210fedcba9876543210",
     "only a date or time, an id of 32 hexadecimal digits"),
])
def test_texts_and_texts_in_binaries(one, other, told):
    assert why(one.encode(), other.encode()).startswith(told)
    if "order" not in told:
        assert why(b"\x7f\0\1" + one.encode() + b"\0", b"\x7f\0\1" + other.encode() + b"\0").startswith(told)


@pytest.mark.parametrize(("one", "other"), [
    (b"2024-05-06 and one", b"2025-05-06 and two"), (b"a\nb\n", b"a\nb\nb\n"), (b"", b"x"), (b"version 1.2", b"version 1.3"),
    (b"/a/b and /a/c", b"/x/b and /a/c"), (b"\0b\na", b"\0a\nb"),
])
def test_what_is_not_seen_is_not_told(one, other):
    assert why(one, other) is None


def test_a_log_is_told_by_its_path_where_nothing_better_is_seen():
    assert why(b"one", b"two", "/var/log/dpkg.log").startswith("a log")
    assert why(b"10:11", b"10:12", "/var/log/dpkg.log").startswith("only a date or time")
    assert why(b"one", b"two", "/opt/log") is None


def test_the_reason_stands_in_the_detail(pair):
    (pair[0] / "f").write_text("at 10:11")
    (pair[1] / "f").write_text("at 10:12")
    [one] = listed(pair)
    assert one.detail == "only a date or time: write SOURCE_DATE_EPOCH's date instead of now (from byte 7 of 8)"


BROKEN = st.sampled_from([b"\x7fELF\x02\x01", b"\x7fELF\x01\x02", b"!<arch>\n", b"PK\x03\x04", b"\x1f\x8b\x08",
                          b"\xa7\r\r\n", b""])


@settings(max_examples=300, deadline=None)
@given(BROKEN, st.binary(max_size=700), st.binary(max_size=700))
def test_hostile_bytes_raise_nothing(head, one, other):
    why(head + one, head + other)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 7), st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 255)), min_size=1, max_size=12))
def test_real_files_with_hostile_bytes_raise_nothing(which, changes):
    original = HOSTILE[which % len(HOSTILE)]
    changed = bytearray(original)
    for place, value in changes:
        changed[place % len(changed)] = value
    why(original, bytes(changed))
    why(bytes(changed), bytes(changed) + b"x")


def _hostile():
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("one")
        info.mtime = 1.5
        archive.addfile(info)
    yield tar.getvalue()
    yield zipped((2024, 1, 1, 0, 0, 0))
    yield b"!<arch>\n" + b"a.o/            0           0     0     644     4         `\ntext"
    with Path("/bin/true").open("rb") as stream:
        yield stream.read()


HOSTILE = list(_hostile())
