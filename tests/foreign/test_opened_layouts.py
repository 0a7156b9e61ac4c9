"""OCI layouts, opened as an image's checks get them: merged by nobody, packed by the real sqfstar."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile

import pytest
from oci_images import OCI, device, entry, folder, hard, link, tar, zstd

from builder.errors import Error, Fault, UsageError

PLAIN, ZSTD = f"{OCI}.layer.v1.tar", f"{OCI}.layer.v1.tar+zstd"
RAW = b"\x01\x00\x00\x02\x00\x20" + bytes(14)        # cap_net_raw=ep, as linux/capability.h lays it out


def tagged(made, tag):
    return made | {"annotations": {"org.opencontainers.image.ref.name": tag}}


def refused(look, word, kind=Fault):
    with pytest.raises(kind) as caught:
        look(word)
    assert type(caught.value) is kind
    return caught.value.message, caught.value.hint


def test_later_layers_win_and_all_compressions_are_read(look, image):
    seen = look(image(tar(entry("etc/a", b"1", mode=0o600), entry("etc/b", b"1")), (zstd(tar(entry("./etc/b", b"22"))), ZSTD),
                      (tar(entry("/etc/c", b"333", mode=0o4755)), PLAIN)))
    assert (seen["etc/a"], seen["etc/b"], seen["etc/c"]) == (b"1", b"22", b"333")
    assert seen.paths == {"etc", "etc/a", "etc/b", "etc/c"}
    assert "-rw------- 0/0" in seen.listing
    assert "-rwsr-xr-x 0/0" in seen.listing


def test_whiteouts_and_opaque_folders_hide_what_is_below_and_not_what_comes_with_them(look, image):
    lower = tar(entry("gone/f"), entry("kept/old"), entry("kept/also"), entry("one"), entry("two"))
    upper = tar(entry("kept/new", b"n"), entry("kept/.wh..wh..opq"), entry(".wh.gone"), entry("one", b"anew"), entry(".wh.one"),
                entry(".wh.never"), entry(".wh..wh.plnk"), entry("none/.wh.x"))
    seen = look(image(lower, upper))
    assert seen.paths == {"kept", "kept/new", "one", "two"}
    assert seen["one"] == b"anew"


def test_a_hard_link_keeps_its_content_where_its_target_is_hidden(look, image):
    lower = tar(entry("a", b"first" * 1000, mode=0o755), hard("sub/b", "./a"), hard("c", "a"), entry("d", b"d"))
    seen = look(image(lower, tar(entry(".wh.a"), entry("c", b"other"), hard("e", "d"))))
    assert (seen["sub/b"], seen["c"], seen["e"]) == (b"first" * 1000, b"other", b"d")
    assert (seen.tree / "d").stat().st_ino == (seen.tree / "e").stat().st_ino
    assert os.access(seen.tree / "sub/b", os.X_OK)


def test_of_equal_names_in_one_layer_the_last_wins(look, image):
    seen = look(image(tar(entry("x", b"1"), link("y", "x"), folder("z"), entry("z/in"), entry("x", b"22"), entry("y", b"y"),
                          entry("z", b"z"))))
    assert (seen.paths, seen["x"], seen["y"], seen["z"]) == ({"x", "y", "z"}, b"22", b"y", b"z")


def test_links_on_the_way_are_followed_inside_the_image_and_never_outside(look, image, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    seen = look(image(tar(folder("usr/lib"), link("lib", "usr/lib"), link("out", str(outside)), link("up", "../../../../up2")),
                      tar(entry("lib/a", b"a"), entry("out/b", b"b"), entry("up/c", b"c"))))
    assert list(outside.iterdir()) == []
    assert (seen["usr/lib/a"], seen[f"{outside}"[1:] + "/b"], seen["up2/c"]) == (b"a", b"b", b"c")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can unpack a device")
def test_owners_devices_and_capabilities_are_kept(look, image):
    seen = look(image(tar(entry("bin/ping", b"p", mode=0o755, uid=3_000_000, gid=7,
                                pax_headers={"SCHILY.xattr.security.capability": RAW.decode("latin-1")}),
                          hard("bin/ping6", "bin/ping"), device("dev/null", 1, 3), entry("fifo", kind=tarfile.FIFOTYPE))))
    assert "-rwxr-xr-x 3000000/7 " in seen.listing
    assert re.search(r"^crw-r--r-- 0/0 +1, +3 ", seen.listing, re.MULTILINE)
    assert os.getxattr(seen.tree / "bin/ping6", "security.capability") == RAW


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's layers are read by themselves")
def test_for_root_the_layers_are_read_and_packed_by_nobody(look, image):
    assert look(image(tar(entry("x")))).listing.startswith("drwxr-xr-x 65534/")     # sqfstar says who ran it


def test_names_may_be_long_and_any_bytes(look, image):
    names = [os.fsdecode(b"a\xff\nb"), "/".join(["d" * 200] * 12), " lead", "-dash", "back\\slash*?[", "n\u00e4me"]
    seen = look(image(tar(*(entry(name, name.encode("utf-8", "surrogateescape")) for name in names), link("l", "x" * 3000))))
    assert {name: seen[name] for name in names} == {name: os.fsencode(name) for name in names}
    assert str((seen.tree / "l").readlink()) == "x" * 3000


def test_sparse_files_are_what_they_are(look, image, tmp_path):
    (tmp_path / "holes").write_bytes(b"")
    with (tmp_path / "holes").open("r+b") as file:
        for index in range(30):
            file.seek(index * 200_000)
            file.write(b"data%d" % index)
        file.truncate(7_000_000)
    for form in (["--format=gnu"], *(["--format=pax", f"--sparse-version={version}"] for version in ("0.0", "0.1", "1.0"))):
        made = subprocess.run(["tar", *form, "--sparse", "-c", "-C", str(tmp_path), "holes"], stdout=subprocess.PIPE).stdout
        assert len(made) < 500_000
        assert look(image(made))["holes"] == (tmp_path / "holes").read_bytes(), form
        for blob in (tmp_path / "layout" / "blobs" / "sha256").iterdir():
            blob.unlink()


def test_the_settings_and_labels_are_those_of_the_configuration(look, image):
    seen = look(image(tar(entry("x")), Env=["PATH=/opt/bin:/bin", "LD_LIBRARY_PATH=/x", "NONE", "E=a=b", "Z=\ud800"], Cmd=["-v"],
                      Entrypoint=["/bin/tool"], WorkingDir="/work", Labels={"org.opencontainers.image.title": "t", "n": 1}))
    assert seen.config.environment == {"PATH": "/opt/bin:/bin", "LD_LIBRARY_PATH": "/x", "E": "a=b"}
    assert (seen.config.entrypoint, seen.config.workdir) == (("/bin/tool", "-v"), "/work")
    assert seen.labels == {"org.opencontainers.image.title": "t"}
    assert type(seen.config).from_json(seen.config.to_json()) == seen.config


def test_a_layer_that_is_not_what_its_digest_says_is_refused_whatever_else_is_wrong_with_it(look, image, layout):
    for broken in (lambda data: data[:-1] + bytes([data[-1] ^ 1]), lambda data: data[:30] + b"\xff" * 9 + data[39:]):
        word = image(tar(entry("x", b"0123456789" * 50)))
        index = json.loads((layout.path / "index.json").read_text())
        manifest = json.loads(layout.file(index["manifests"][0]["digest"]).read_bytes())
        blob = layout.file(manifest["layers"][0]["digest"])
        before = blob.read_bytes()
        blob.write_bytes(broken(before))
        assert "are others" in refused(look, word)[0]
        blob.write_bytes(before + b"x")
        assert "its manifest says" in refused(look, word)[0]
        blob.unlink()
        blob.symlink_to("/etc/passwd")
        assert "sha256" in refused(look, word)[0]
        blob.unlink()
        assert "No such file" in refused(look, word)[0]


@pytest.mark.parametrize(("layers", "said"), [
    ([b"no tar at all" * 100], "not a whole tar"),
    ([tar(entry("a", b"x" * 5000))[:2000]], "ends in the middle"),
    ([tar(entry("../../etc/passwd", b"x"))], "climbs out"),
    ([tar(hard("a", "../b"))], "climbs out"),
    ([tar(hard("a", "b"))], "is no file"),
    ([tar(folder("b"), hard("a", "b"))], "is no file"),
    ([tar(link("a", "b"), link("b", "a"), entry("a/x"))], "in circles"),
    ([tar(entry("d" * 256))], "can have this name"),
    ([tar(entry("x", kind=b"Q"))], "unknown kind"),
    ([(b"\x1f\x8b\x08\x00" + b"\x55" * 500, PLAIN)], "cannot be unpacked"),
    ([(b"\x28\xb5\x2f\xfd" + b"\x55" * 500, PLAIN)], "cannot be unpacked"),
], ids=["garbage", "cut", "climbing", "climbing-link", "link-to-nothing", "link-to-folder", "circle", "long-name", "unknown",
        "broken-gzip", "broken-zstd"])
def test_layers_that_are_broken_or_lie_are_refused(look, image, layers, said, monkeypatch):
    monkeypatch.setattr("oci_images.unpacked", lambda data: data)       # it need not be able to unpack them
    message, hint = refused(look, image(*layers))
    assert said in message
    assert "layout" in message
    assert hint


def test_a_bomb_is_refused_before_it_is_written(look, image, monkeypatch):
    """A sparse header of a few bytes claims a file of 60 GiB."""
    info, _ = entry("bomb", pax_headers={"GNU.sparse.size": str(60 << 30), "GNU.sparse.map": "0,0", "GNU.sparse.numblocks": "1"})
    assert "MiB when unpacked" in refused(look, image(tar((info, b""))))[0]


def test_an_image_is_chosen_by_its_tag_and_otherwise_has_to_be_the_only_one(look, layout):
    images = [tagged(layout.image(tar(entry(name, name.encode()))), name) for name in ("one", "two")]
    other = layout.image(tar(entry("x")), architecture="sparc64")
    (layout.path / "index.json").write_text(json.dumps({"manifests": [*images, tagged(layout.index(other), "far")]}))
    word = f"oci:{layout.path}"
    assert look(f"{word}:two")["two"] == b"two"
    assert look(f"{word}@{images[0]['digest']}")["one"] == b"one"
    message, hint = refused(look, word, UsageError)
    assert message.endswith("has 3 images")
    assert "far, one, two" in hint
    assert "no image with the tag three" in refused(look, f"{word}:three", UsageError)[0]
    assert "only for linux/sparc64" in refused(look, f"{word}:far")[0]
    assert "sparc64" in refused(look, f"{word}@{other['digest']}")[0]
    assert "No such file" in refused(look, f"{word}@sha256:{'0' * 64}")[0]


def test_of_an_index_of_several_machines_this_ones_image_is_taken(look, layout):
    images = [layout.image(tar(entry("x", b"far")), architecture="sparc64"), layout.image(tar(entry("x", b"near")))]
    (layout.path / "index.json").write_text(json.dumps({"manifests": [layout.index(*images)]}))
    assert look(f"oci:{layout.path}")["x"] == b"near"
    (layout.path / "index.json").write_text(json.dumps({"manifests": images}))
    assert look(f"oci:{layout.path}")["x"] == b"near"


def test_an_index_that_is_none_is_told(look, layout):
    for text in ("", "[]", "{}", '{"manifests": 1}', '{"manifests": [1]}', '{"manifests": [{"digest": "md5:x"}]}', "[" * 100_000):
        (layout.path / "index.json").write_text(text)
        refused(look, f"oci:{layout.path}")
    (layout.path / "index.json").write_text('{"manifests": []}')
    assert "has no images" in refused(look, f"oci:{layout.path}", UsageError)[0]


def test_a_missing_sqfstar_is_named_with_its_package(look, image, monkeypatch):
    word = image(tar(entry("x")))
    monkeypatch.setattr("builder.process.which", lambda tool: None)
    with pytest.raises(Error) as caught:
        look(word)
    assert "sqfstar" in caught.value.message
    assert "squashfs-tools" in caught.value.hint
