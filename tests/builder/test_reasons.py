"""Why two files differ: what is seen in archives, bytecode, objects and texts."""

from __future__ import annotations

import io
import os
import py_compile
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder import reasons
from tests.tools import needs


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
