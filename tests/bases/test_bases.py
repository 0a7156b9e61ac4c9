"""Bases from registries, OCI layouts, tars and folders, with the real tools; most of them hostile."""

from __future__ import annotations

import os
import tarfile

import pytest

from builder.bases import image
from tests.bases.conftest import LOWER, MERGED, PLAIN, UPPER, ZSTD, digests, listing
from tests.integration.oci_images import OCI, device, entry, folder, tar, zstd


def test_the_layers_of_an_image_are_shown_as_they_were_meant(bench, layout):
    made = layout.image(tar(*LOWER), tar(*UPPER))
    foundation = bench.local(made)
    assert bench.seen(foundation) == MERGED
    assert foundation.layers == tuple(image.layer_key(one) for one in digests(layout, made))
    assert foundation.materials == ({"uri": f"oci:layout@{made['digest']}", "sha256": made["digest"].removeprefix("sha256:")},)


@pytest.mark.parametrize("packed", [(tar(*LOWER), PLAIN), (zstd(tar(*LOWER)), ZSTD), (tar(*LOWER), f"{OCI}.layer.v1.tar+gzip")])
def test_a_layer_is_read_by_what_it_is_packed_with(bench, layout, packed):
    assert bench.seen(bench.local(layout.image(packed, tar(*UPPER)))) == MERGED


def test_owners_and_modes_are_kept_whatever_the_callers_umask(bench, layout):
    made = layout.image(tar(folder("home", 0o1777), entry("home/x", mode=0o4750, uid=1234, gid=99999),
                            entry("implied/y", mode=0o666)))
    before = os.umask(0o077)
    try:
        top = bench.layers.tree(bench.local(made).layers[0])
    finally:
        os.umask(before)
    status = [(top / name).stat() for name in ("home/x", "home", "implied", "implied/y", "")]
    assert [f"{one.st_mode & 0o7777:o} {one.st_uid} {one.st_gid}" for one in status] == \
        ["4750 1234 99999", "1777 0 0", "755 0 0", "666 0 0", "755 0 0"]
    assert status[1].st_mtime == 1_700_000_000


def test_images_share_layers_and_a_second_time_nothing_is_unpacked(bench, layout):
    first = bench.local(layout.image(tar(*LOWER), tar(*UPPER)))
    bench.lines.clear()
    assert bench.local(layout.image(tar(*LOWER), tar(*UPPER))) == first
    assert bench.lines == []
    other = bench.local(layout.image(tar(*LOWER), tar(entry("more"))))
    assert other.layers[0] == first.layers[0]
    assert sum("unpacking" in line for line in bench.lines) == 1


def test_a_layer_that_is_there_twice_counts_once_and_an_opaque_top_hides_all_below(bench, layout):
    twice = bench.local(layout.image(tar(*UPPER), tar(*LOWER), tar(*UPPER)))
    assert len(twice.layers) == 2
    assert bench.seen(twice) == MERGED
    fresh = bench.local(layout.image(tar(*LOWER), tar(entry(".wh..wh..opq"), entry("only", b"x"))))
    assert bench.seen(fresh) == {"only": "x"}


def test_a_folder_in_the_place_of_one_that_is_hidden_begins_empty(bench, layout):
    made = layout.image(tar(*LOWER), tar(entry(".wh.old"), folder("old"), entry("old/z", b"z"), entry("etc/.wh.one"),
                                         entry("etc/one", b"!")))
    seen = bench.seen(bench.local(made))
    assert {path: said for path, said in seen.items() if path.startswith(("old", "etc"))} == \
        {"old": "folder", "old/z": "z", "etc": "folder", "etc/one": "!", "etc/two": "2"}


def test_names_are_bytes(bench, layout):
    name = b"\xff\n\x1b[0m".decode("utf-8", "surrogateescape")
    lower, upper = tar(entry(f"a/{name}", b"1"), entry("a/b")), tar(entry(f"a/.wh.{name}"), entry(f".wh.{name}"))
    assert bench.seen(bench.local(layout.image(lower, upper))) == {"a": "folder", "a/b": ""}


def test_devices_are_dropped_before_whiteouts_are_made(bench, layout):
    hostile = tar(folder("etc"), device("etc/one"), device("sda", 8, 0, tarfile.BLKTYPE), device(".wh.kept"),
                  device("etc/.wh.two"))
    foundation = bench.local(layout.image(tar(*LOWER), hostile))
    assert listing(bench.layers.tree(foundation.layers[1])) == {"etc": "folder"}
    seen = bench.seen(foundation)
    assert (seen["etc/one"], seen["etc/two"], seen["kept/c"]) == ("1", "2", "c")


def test_a_layer_cannot_bring_attributes_of_the_kernel(bench, layout):
    names = ("trusted.overlay.opaque", "trusted.overlay.redirect", "security.capability", "user.x", "system.posix_acl_access")
    pax = {f"SCHILY.xattr.{name}": "y" for name in names}
    made = layout.image(tar(*LOWER), tar(folder("etc", pax_headers=pax), entry("etc/x", pax_headers=pax)))
    foundation = bench.local(made)
    top = bench.layers.tree(foundation.layers[1])
    assert [os.listxattr(path) for path in (top, top / "etc", top / "etc/x")] == [[], [], []]
    assert bench.seen(foundation)["etc/one"] == "1"


def test_settings_are_inherited_or_told(bench, layout):
    made = layout.image(tar(*LOWER), Env=["A=1", "PATH=/x:/bin", "LD_LIBRARY_PATH=/opt/mpi", "B C=1", "D=two\nlines", "E=\\"],
                        User="nobody", OnBuild=["RUN make"], Volumes={"/data": {}})
    foundation = bench.local(made)
    assert foundation.environment == {"A": "1", "PATH": "/x:/bin"}
    assert [word for word in ("LD_LIBRARY_PATH=/opt/mpi", "B C", "two\\nlines", "E=\\", "nobody", "RUN make", "/data")
            if not any(word in note for note in foundation.notes)] == []
    assert len(foundation.notes) == 7
