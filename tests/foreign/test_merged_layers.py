"""Laws of merging: against a naive model, and against bytes that are no tar."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from oci_images import entry, folder, tar

from builder.errors import Fault
from certify.foreign import headers, packing, writer
from certify.foreign.limits import Budget
from certify.foreign.merged import Merged
from certify.foreign.reader import Reader

PATHS = st.lists(st.sampled_from(["a", "b", "c", "a.b"]), min_size=1, max_size=4).map("/".join)
ENTRIES = st.tuples(st.sampled_from(["file", "folder", "hide", "opaque"]), PATHS)
LAYERS = st.lists(st.lists(ENTRIES, max_size=8), max_size=4)


def reader(data, budget=None):
    return Reader(io.BytesIO(data), budget or Budget(len(data)))


def written(layer, number):
    """A layer as a tar; each file holds where it came from."""
    made = []
    for index, (kind, path) in enumerate(layer):
        above, _, name = path.rpartition("/")
        if kind == "folder":
            made.append(folder(path))
        elif kind == "file":
            made.append(entry(path, b"%d %d" % (number, index)))
        else:
            made.append(entry(f"{above}/.wh.{name}" if kind == "hide" else f"{path}/.wh..wh..opq"))
    return tar(*made)


def applied(layers):
    """What the layers make of a tree, path by path: None for a folder, for a file where it came from."""
    tree = {}
    for number, layer in enumerate(layers):
        for kind, path in layer:
            if kind == "hide" and is_folder(tree, path.rpartition("/")[0]):
                remove(tree, path, itself=True)
            elif kind == "opaque" and is_folder(tree, path):
                remove(tree, path, itself=False)
        for index, (kind, path) in enumerate(layer):
            if kind in ("file", "folder"):
                put(tree, path, None if kind == "folder" else (number, index))
    return tree


def put(tree, path, source):
    parts = path.split("/")
    tree.update({"/".join(parts[:end]): None for end in range(1, len(parts))})
    if source is not None:
        remove(tree, path, itself=True)
    tree[path] = source


def remove(tree, path, *, itself):
    for one in [one for one in tree if one.startswith(path + "/") or (itself and one == path)]:
        del tree[one]


def is_folder(tree, path):
    return not path or (path in tree and tree[path] is None)


@settings(deadline=None)
@given(LAYERS)
def test_layers_are_merged_as_a_naive_model_merges_them(layers):
    merged = Merged()
    for number, layer in enumerate(layers):
        merged.add(number, reader(written(layer, number)))
    found = {path.decode(): None if node.children is not None else node.source for path, node in merged.walk()}
    assert found == applied(layers)
    order = {path: place for place, path in enumerate(found)}
    assert all(order[path.rpartition("/")[0]] < place for path, place in order.items() if "/" in path)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=8), st.booleans())
@example(124, b"\xff" * 8, False)
@example(124, b"\x80\xff\xff\xff\xff\xff\xff\xff", False)
def test_any_bytes_are_a_tar_or_a_fault(place, bytes_, mended):
    """A tar with a long name, a pax header and a sparse file, some bytes of which were replaced."""
    data = bytearray(BASE)
    place %= len(data) - 8
    data[place:place + len(bytes_)] = bytes_
    if mended:      # so that not only the checksums are tried
        block = place // 512 * 512
        head = bytes(data[block:block + 148]) + b" " * 8 + bytes(data[block + 156:block + 512])
        data[block + 148:block + 156] = b"%06o\0 " % sum(head)
    try:
        for member in (one := reader(bytes(data))):
            assert sum(map(len, one.data(member))) == member.size <= Budget(0)._most
    except Fault as error:
        assert error.hint


def sparse():
    info, data = entry("sparse", b"2\n0\n5\n100000\n5\n".ljust(512, b"\0") + b"ABCDEFGHIJ", pax_headers={
        "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "holes", "GNU.sparse.realsize": "200000"})
    return info, data


BASE = tar(entry("d" * 150 + "/" + "n" * 200, b"x" * 700), sparse(), entry("last", b"l"))


def test_a_sparse_file_is_read_with_its_holes():
    one = reader(BASE)
    found = {member.path: b"".join(one.data(member)) for member in one}
    assert found[b"holes"] == b"ABCDE".ljust(100_000, b"\0") + b"FGHIJ".ljust(100_000, b"\0")
    assert found[b"last"] == b"l"


ATTRIBUTES = st.builds(headers.Attributes, st.integers(0, 0o7777), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1),
                       st.integers(0, 2**32 - 1), st.just((0, 0)), st.none() | st.binary(min_size=1, max_size=64))
NAMES = st.binary(min_size=1, max_size=300).map(lambda name: name.replace(b"\0", b"0").replace(b"/", b"_")[:250]).filter(
    lambda name: name not in (b".", b".."))
TARGETS = st.binary(min_size=1, max_size=300).map(lambda link: link.replace(b"\0", b"0"))


@settings(deadline=None)
@given(NAMES, ATTRIBUTES, st.binary(max_size=600), TARGETS)
def test_what_is_written_is_read_back_by_us_and_by_python(name, attributes, data, target):
    written = writer.header(name, headers.FILE, attributes, size=len(data)) + data + writer.padding(len(data))
    written += writer.header(b"l" + name, headers.LINK, attributes, link=target) + writer.END
    one = reader(written)
    found = [(member.path, member.kind, member.attributes, member.link, b"".join(one.data(member))) for member in one]
    assert found == [(name, headers.FILE, attributes, b"", data), (b"l" + name, headers.LINK, attributes, target, b"")]
    with tarfile.open(fileobj=io.BytesIO(written), encoding="utf-8", errors="surrogateescape") as archive:
        members = archive.getmembers()
        assert [(one.name.encode("utf-8", "surrogateescape"), one.mode, one.uid, one.gid, one.mtime) for one in members] == [
            (path, *attributes[:4]) for path in (name, b"l" + name)]


def test_the_budget_bounds_entries_names_and_bytes(monkeypatch):
    from certify.foreign import limits

    monkeypatch.setattr(limits, "MAX_ENTRIES", 10)
    with pytest.raises(Fault, match="more than 10 entries"):
        list(reader(tar(*(entry(f"{index}") for index in range(11)))))
    monkeypatch.setattr(limits, "MAX_NAMES", 1 << 20)
    monkeypatch.setattr(limits, "MAX_ENTRIES", 1 << 20)
    with pytest.raises(Fault, match="names in the layers"):
        list(reader(tar(*(entry("/".join(["x" * 200] * 19) + f"/{index}") for index in range(300)))))
    small = Budget(1 << 10)
    with pytest.raises(Fault, match="more than 4096 MiB"):
        for _ in range(5):
            small.unpacked(1 << 30)
    large = Budget(100 << 30)
    large.unpacked(64 << 30)
    with pytest.raises(Fault, match="more than 65536 MiB"):
        large.unpacked(1)


def test_a_header_that_claims_gigabytes_takes_no_memory():
    info = tarfile.TarInfo("x")
    info.type, info.size = b"x", 8 << 30
    with pytest.raises(Fault, match="a header of 8589934592 bytes"):
        list(reader(info.tobuf(tarfile.GNU_FORMAT)))


def test_a_tar_ends_where_all_agree_that_it_ends():
    whole = tar(entry("x", b"1"))[:1024]
    assert [one.path for one in reader(whole)] == [b"x"]
    assert [one.path for one in reader(whole + bytes(1024) + b"rest of a tape")] == [b"x"]
    with pytest.raises(Fault, match="goes on after its end"):
        list(reader(whole + bytes(512) + whole))
    with pytest.raises(Fault, match="ends in the middle"):
        list(reader(whole + bytes(512)))


def test_a_folder_that_sqfstar_would_take_minutes_for_is_refused_at_once(monkeypatch):
    monkeypatch.setattr(packing, "_COMPARISONS", 100 ** 2 + 10)
    merged = Merged()
    merged.add(0, reader(tar(*(entry(f"d/{index}") for index in range(100)))))
    packing._require_quick(merged)
    merged.add(1, reader(tar(entry("d/last"))))
    with pytest.raises(Fault, match="/d: a folder with 101 entries") as caught:
        packing._require_quick(merged)
    assert "mksquashfs" in caught.value.hint


def test_links_upon_links_are_not_followed_for_ever(monkeypatch):
    """Links of a thousand steps each, one upon the other, on the way to each of many entries."""
    monkeypatch.setattr("certify.foreign.merged._MAX_STEPS", 500_000)
    merged = Merged()
    links = [entry(f"l{index}", kind=tarfile.SYMTYPE, link="x/../" * 600 + f"l{index + 1}") for index in range(39)]
    merged.add(0, reader(tar(folder("x"), *links, folder("l39"))))
    merged.add(1, reader(tar(entry("l0/first"))))
    assert (b"l39/first", headers.FILE) in [(path, node.kind) for path, node in merged.walk()]
    with pytest.raises(Fault, match="leads in circles"):
        merged.add(2, reader(tar(*(entry(f"l0/{index}") for index in range(1000)))))
