"""RPM's packages, from databases that rpm itself wrote, and from SQLite files and headers that are made to harm."""

from __future__ import annotations

import random
import sqlite3
import struct
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.packages import inventory, rpmdb
from certify.packages.rpmheader import Header, Tag
from tests.tools import need

PLACE = "/usr/lib/sysimage/rpm/rpmdb.sqlite"
SPEC = """\
Name: tool
Epoch: 2
Version: 1.5~rc1
Release: 3
Summary: A tool
License: MIT OR Apache-2.0
BuildArch: noarch
%description
A tool.
%package data
Summary: Data
Epoch: 0
License: CC0-1.0
%description data
Data.
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/share/tool %{buildroot}/bin
echo x > %{buildroot}/usr/bin/tool
echo x > %{buildroot}/bin/su
echo x > %{buildroot}/usr/share/tool/data
%files
/usr/bin/tool
/bin/su
%files data
/usr/share/tool
"""


@pytest.fixture(scope="session")
def database(tool, tmp_path_factory):
    """The bytes of a database with two packages, as rpm wrote them."""
    need("rpm", "rpmbuild")
    folder = tmp_path_factory.mktemp("rpm")
    (folder / "tool.spec").write_text(SPEC)
    tool("rpmbuild", "-bb", "--quiet", "--define", f"_topdir {folder}", str(folder / "tool.spec"))
    packages = [str(path) for path in (folder / "RPMS/noarch").iterdir()]
    tool("rpm", "--root", str(folder / "root"), "--dbpath", PLACE.rpartition("/")[0], "--define", "_flush_io 0",
         "--define", "_db_backend sqlite", "--install", "--nodeps", "--justdb", "--nosignature", *packages)
    return (folder / "root" / PLACE[1:]).read_bytes()


FILES = {"/usr/bin/tool": "x", "/usr/bin/su": "x", "/usr/share/tool/data": "x"}


@pytest.mark.parametrize("place", [PLACE, "/var/lib/rpm/rpmdb.sqlite"])
def test_what_rpm_installed(image, database, place):
    tree = image({**FILES, place: database, "/etc/os-release": "ID=rocky\nVERSION_ID=9.4\n"})
    found = inventory(tree)
    assert [(one.kind, one.name, one.version, one.architecture, one.source, one.licences) for one in found.packages] == [
        ("rpm", "tool", "2:1.5~rc1-3", "noarch", "tool-1.5~rc1-3.src.rpm", ("MIT OR Apache-2.0",)),
        ("rpm", "tool-data", "1.5~rc1-3", "noarch", "tool-1.5~rc1-3.src.rpm", ("CC0-1.0",))]
    assert (found.notes, found.distribution, found.release) == ((), "rocky", "9.4")
    assert [tree.owner(path) for path in FILES] == ["tool", "tool", "tool-data"]


def test_the_folder_may_be_a_link(image, database):
    tree = image({PLACE: database, "/var/lib/rpm": "->../../usr/lib/sysimage/rpm"})
    assert [one.name for one in inventory(tree).packages] == ["tool", "tool-data"]


def test_changes_in_a_log_are_told(image, database):
    tree = image({PLACE: database, f"{PLACE}-wal": "x"})
    assert inventory(tree).notes == (
        f"{PLACE}-wal: the last changes were never brought into the RPM database, and are not told",)


@pytest.mark.parametrize(("name", "kind"), [("Packages", "Berkeley DB"), ("Packages.db", "ndb")])
def test_databases_of_an_old_kind_are_told(image, name, kind):
    assert inventory(image({f"/var/lib/rpm/{name}": "x"})).notes == (
        f"/var/lib/rpm/{name}: an RPM database of the old kind {kind}, which is not read",)


def header(**tags):
    """A header as the format's description has it, from texts, lists of texts and lists of numbers."""
    index, data = b"", b""
    for name, value in tags.items():
        if isinstance(value, str):
            kind, count, said = 6, 1, value.encode() + b"\0"
        elif value and isinstance(value[0], int):
            data += b"\0" * (-len(data) % 4)
            kind, count, said = 4, len(value), struct.pack(f">{len(value)}I", *value)
        else:
            kind, count, said = 8, len(value), b"".join(one.encode() + b"\0" for one in value)
        index += struct.pack(">IIII", Tag[name], kind, len(data), count)
        data += said
    return struct.pack(">II", len(tags), len(data)) + index + data


GOOD = {"NAME": "tool", "VERSION": "1", "RELEASE": "2", "ARCH": "x86_64"}


def sqlite(*statements, rows=()):
    """The bytes of an SQLite file."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
        for row in rows:
            connection.execute("INSERT INTO Packages (blob) VALUES (?)", (row,))
        return connection.serialize()


def packages(*rows):
    return sqlite("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)", rows=rows)


def test_headers_are_read_as_they_are_described(image):
    files = {"BASENAMES": ["tool", "su", "data"], "DIRNAMES": ["/usr/bin/", "/usr/share/tool/"], "DIRINDEXES": [0, 0, 1]}
    tree = image({**FILES, PLACE: packages(header(**GOOD, EPOCH=[3], **files), header(**{**GOOD, "NAME": "gpg-pubkey"}))})
    assert [(one.name, one.version) for one in inventory(tree).packages] == [("tool", "3:1-2")]
    assert dict(tree.installed.owners) == dict.fromkeys(FILES, "tool")


LOOP = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT CAST(x AS BLOB) AS blob FROM n"
HOSTILE = {
    "a view without an end": [f"CREATE VIEW Packages AS {LOOP}"],
    "a view of something else": ["CREATE TABLE t (blob)", "INSERT INTO t VALUES (x'00')",
                                 "CREATE VIEW Packages AS SELECT blob FROM t"],
    "a pattern that takes years": [
        "CREATE TABLE Packages (x, blob AS (CAST(x GLOB '*a*a*a*a*a*a*a*a*a*a*a*a*a*b' AS BLOB)))",
        f"INSERT INTO Packages VALUES ('{'a' * 200}')"],
    "a view of nothing": ["CREATE VIEW Packages AS SELECT x'00' AS blob"],
    "a function in a column": ["CREATE TABLE Packages (x, blob AS (zeroblob(x)))", "INSERT INTO Packages VALUES (9)"],
    "a virtual table": ["CREATE VIRTUAL TABLE Packages USING fts5(blob)", "INSERT INTO Packages VALUES ('x')"],
    "another table": ["CREATE TABLE Others (blob)"],
    "no such column": ["CREATE TABLE Packages (hnum)"],
    "text for a header": ["CREATE TABLE Packages (blob)", "INSERT INTO Packages VALUES ('x')"],
    "nothing for a header": ["CREATE TABLE Packages (blob)", "INSERT INTO Packages VALUES (NULL)"],
}


@pytest.mark.parametrize("statements", HOSTILE.values(), ids=HOSTILE)
def test_a_database_that_is_made_to_harm_is_told_and_not_read(image, statements):
    found = inventory(image({PLACE: sqlite(*statements)}))
    assert found.packages == ()
    assert len(found.notes) == 1 and found.notes[0].startswith(f"{PLACE}: the RPM database cannot be read, or not to its end: ")


def test_rows_that_are_too_many_to_be_looked_at_end_it(monkeypatch):
    monkeypatch.setattr(rpmdb, "_STEPS", 3)
    data = packages(*[b"x"] * 5000)
    with pytest.raises(rpmdb.Unreadable, match="interrupted"):
        list(rpmdb.headers(data))


def test_rows_that_share_their_bytes_end_it():
    """The table's root leads to one and the same leaf 500 times: more comes out than is in the file."""
    data = bytearray(packages(*[bytes([number]) * 20_000 for number in range(8)]))
    size = int.from_bytes(data[16:18], "big")
    root = data[size:2 * size]
    assert root[0] == 5     # a page of a table that leads to others
    cell = int.from_bytes(root[12:14], "big")
    data[size + 3:size + 5] = (500).to_bytes(2, "big")
    data[size + 12:size + 12 + 1000] = cell.to_bytes(2, "big") * 500
    told = []
    with pytest.raises(rpmdb.Unreadable, match="rows that share their bytes"):
        told.extend(rpmdb.headers(bytes(data)))


@given(st.integers(0, 2**32))
def test_a_database_with_wrong_bytes_is_read_or_refused(seed):
    dice = random.Random(seed)
    data = bytearray(packages(*[header(**GOOD)] * 20, b"x" * 10_000))
    for _ in range(dice.randrange(1, 30)):
        data[dice.randrange(len(data)) if dice.random() < 0.5 else dice.randrange(200)] = dice.randrange(256)
    try:
        for blob in rpmdb.headers(bytes(data[:dice.choice([len(data), len(data) // 2, 100, 1, 0])])):
            assert isinstance(blob, bytes)
    except rpmdb.Unreadable:
        pass


@pytest.mark.parametrize("blob", [
    b"", b"\0" * 7, struct.pack(">II", 2**32 - 1, 0), struct.pack(">II", 1, 2**32 - 1),
    struct.pack(">II", 65_536, 0) + b"\0" * 2_000_000, header(**GOOD)[:-1]], ids=range(6))
def test_bytes_that_are_no_header(blob, image):
    with pytest.raises(ValueError, match="header"):
        Header(blob)
    found = inventory(image({PLACE: packages(blob, header(**GOOD))}))
    assert [one.name for one in found.packages] == ["tool"]
    assert len(found.notes) == 1


def lying(tag, kind, offset, count, data=b"tool\0" * 4):
    return Header(struct.pack(">IIIIII", 1, len(data), tag, kind, offset, count) + data)


@pytest.mark.parametrize(("kind", "offset", "count"), [
    (6, 2**32 - 1, 1), (6, 20, 1), (7, 0, 1), (8, 0, 2**32 - 1), (4, 0, 2**32 - 1), (4, 18, 1), (8, 19, 0), (99, 0, 1)])
def test_a_tag_that_lies_is_as_one_that_is_missing(kind, offset, count):
    made = lying(Tag.NAME, kind, offset, count)
    assert (made.text(Tag.NAME), made.texts(Tag.NAME), made.numbers(Tag.NAME)) == ("", [], ())


def test_a_text_without_an_end_is_none():
    assert lying(Tag.NAME, 6, 0, 1, b"tool").text(Tag.NAME) == ""
    assert lying(Tag.NAME, 6, 0, 1, b"x" * 100_000 + b"\0").text(Tag.NAME) == ""


@given(st.binary(max_size=400))
def test_any_bytes_are_a_header_or_are_refused(data):
    try:
        made = Header(data)
    except ValueError:
        return
    for tag in Tag:
        assert isinstance(made.text(tag), str) and isinstance(made.texts(tag), list) and isinstance(made.numbers(tag), tuple)


def test_files_of_folders_that_are_not_there_or_as_long_as_a_book_are_left_out(image):
    files = {"BASENAMES": ["tool", "su", "x" * 5000, "data"], "DIRNAMES": ["/usr/bin/", "/" + "x" * 5000],
             "DIRINDEXES": [0, 1, 0, 2**32 - 1]}
    tree = image({**FILES, PLACE: packages(header(**GOOD, **files))})
    assert dict(tree.installed.owners) == {"/usr/bin/tool": "tool"}


def test_packages_that_name_more_files_than_any_image_has_end_in_time(image, monkeypatch):
    from certify.packages import reading

    monkeypatch.setattr(reading, "PATHS", 1000)
    files = {"BASENAMES": ["data"] * 900, "DIRNAMES": ["/usr/share/tool/"], "DIRINDEXES": [0] * 900}
    more = {"BASENAMES": ["su"] * 900, "DIRNAMES": ["/usr/bin/"], "DIRINDEXES": [0] * 900}
    last = {"BASENAMES": ["tool"], "DIRNAMES": ["/usr/bin/"], "DIRINDEXES": [0]}
    rows = [header(**{**GOOD, "NAME": name}, **said) for name, said in (("a", files), ("b", more), ("c", last))]
    found = inventory(image({**FILES, PLACE: packages(*rows)}))
    assert [one.name for one in found.packages] == ["a", "b", "c"]
    assert set(found.owners.values()) == {"a", "b"}
