"""Bases from registries, OCI layouts, tars and folders, with the real tools; most of them hostile."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from oci_images import OCI, Layout, Server, device, entry, folder, hard, link, tar, zstd

from builder import overlay
from builder.bases import image, tree
from builder.errors import Error, Fault
from builder.layers import Layers
from builder.outside import Outside
from builder.recipe.model import ImageBase, TreeBase

PLAIN, ZSTD = f"{OCI}.layer.v1.tar", f"{OCI}.layer.v1.tar+zstd"


@dataclass
class Bench:
    """A cache, a recipe's folder, and what the site allows."""

    top: Path
    outside: Outside

    def __post_init__(self):
        self.layers = Layers(self.top / "layers")
        self.recipe, self.images, self.work = self.top / "recipe", self.top / "images", self.top / "work"
        for path in (self.layers.folder, self.recipe, self.work):
            path.mkdir()
        self.lines = []

    def image(self, reference):
        return image.provide(ImageBase(reference=reference), self.recipe, self.outside, self.layers, self.images, self.work,
                             self.lines.append)

    def tree(self, name):
        return tree.provide(TreeBase(tree=name), self.recipe, self.outside, self.layers, self.work, self.lines.append)

    def local(self, made):
        return self.image(f"oci:layout@{made['digest']}")

    def seen(self, foundation):
        """What stands in the layers, shown as one: path to content, link or kind."""
        shown, work = self.top / "shown", self.top / f"overlay-{os.urandom(4).hex()}"
        shown.mkdir(exist_ok=True)
        with overlay.mounted([self.layers.tree(key) for key in foundation.layers], shown, work):
            return listing(shown)


def listing(top):
    found = {}
    for path in sorted(top.rglob("*")):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            found[str(path.relative_to(top))] = f"-> {path.readlink()}"
        elif stat.S_ISREG(status.st_mode):
            found[str(path.relative_to(top))] = path.read_text()
        else:
            found[str(path.relative_to(top))] = "folder" if stat.S_ISDIR(status.st_mode) else "special"
    return found


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path, Outside())
    yield made
    subprocess.run(["rm", "-rf", "--one-file-system", str(tmp_path)], check=True)       # pytest cannot, where a tree is deep


@pytest.fixture
def layout(bench):
    return Layout(bench.recipe / "layout")


@pytest.fixture
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("registry"))
    yield made
    made.stop()


LOWER = (folder("./"), folder("etc"), entry("etc/one", b"1"), entry("etc/two", b"2"), folder("old"), entry("old/a", b"a"),
         folder("old/deep"), entry("old/deep/b", b"b"), folder("kept"), entry("kept/c", b"c"), folder("gone"),
         entry("gone/d", b"d"), link("link", "/etc/one"), hard("same", "etc/two"))
UPPER = (folder("etc"), entry("etc/.wh.one"), entry("etc/three", b"3"), folder("old"), entry("old/.wh..wh..opq"),
         entry("old/new", b"n"), entry(".wh.gone"), folder("kept"), entry("kept/.wh.never"), folder("own"), entry("own/.wh.x"))
MERGED = {"etc": "folder", "etc/two": "2", "etc/three": "3", "old": "folder", "old/new": "n", "kept": "folder", "kept/c": "c",
          "link": "-> /etc/one", "same": "2", "own": "folder"}


def test_the_layers_of_an_image_are_shown_as_they_were_meant(bench, layout):
    made = layout.image(tar(*LOWER), tar(*UPPER))
    foundation = bench.local(made)
    assert bench.seen(foundation) == MERGED
    assert foundation.layers == tuple(image.layer_key(one) for one in digests(layout, made))
    assert foundation.materials == ({"uri": f"oci:layout@{made['digest']}", "sha256": made["digest"].removeprefix("sha256:")},)


def digests(layout, made):
    return [one["digest"].removeprefix("sha256:") for one in json.loads(layout.file(made["digest"]).read_text())["layers"]]


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


@pytest.fixture
def neighbour(bench):
    """A folder of the machine that nothing may reach."""
    made = bench.top / "neighbour"
    made.mkdir()
    (made / "secret").write_text("secret")
    return made


ESCAPES = {
    "a link and a file through it": lambda out: (link("a", out), entry("a/planted", b"x")),
    "a link that climbs": lambda out: (link("a", "../" * 12 + out.lstrip("/")), entry("a/planted", b"x")),
    "links over links": lambda out: (folder("d"), link("d/up", ".."), link("a", "d/up/" * 12 + out.lstrip("/")),
                                     entry("a/planted")),
    "a folder that becomes a link": lambda out: (folder("a"), link("a", out), entry("a/planted", b"x")),
    "a name that climbs": lambda out: (entry("../" * 12 + f"{out.lstrip('/')}/planted", b"x"),),
    "a name with a climb in it": lambda out: (folder("a"), entry("a/" + "../" * 12 + f"{out.lstrip('/')}/planted", b"x")),
    "a hard link to a file outside": lambda out: (hard("a", f"{out}/secret"), entry("a", b"overwritten")),
    "a hard link that climbs": lambda out: (hard("a", "../" * 12 + f"{out.lstrip('/')}/secret"),),
    "a hard link through a link": lambda out: (link("l", out), hard("a", "l/secret"), entry("l/planted")),
    "a file over a link": lambda out: (link("a", f"{out}/secret"), entry("a", b"overwritten")),
    "a whiteout through a link": lambda out: (link("a", out), entry("a/.wh.secret")),
    "an absolute name": lambda out: (entry(f"{out}/planted", b"x"),),
}


@pytest.mark.parametrize("kind", ESCAPES)
def test_nothing_is_written_outside(bench, layout, neighbour, kind):
    made = layout.image(tar(*LOWER), tar(*ESCAPES[kind](str(neighbour))))
    try:
        foundation = bench.local(made)
    except Fault as fault:
        assert "cannot be unpacked" in fault.message
    else:
        assert "secret" not in [path.name for path in bench.layers.tree(foundation.layers[1]).rglob("secret")]
    assert listing(neighbour) == {"secret": "secret"}
    assert (neighbour / "secret").stat().st_nlink == 1


def test_what_a_deceived_tar_could_reach_is_empty(bench, layout, neighbour, monkeypatch):
    """Even a tar that believes every name stays in its own root."""
    from builder.bases import unpack
    argv = unpack.tar_argv
    monkeypatch.setattr(unpack, "tar_argv", lambda program: (*argv(program), "--absolute-names"))
    made = layout.image(tar(link("a", str(neighbour)), entry("a/planted"), entry(f"{neighbour}/planted"), entry("/usr/planted")))
    with pytest.raises(Fault):
        bench.local(made)
    assert listing(neighbour) == {"secret": "secret"}
    assert not Path("/usr/planted").exists()


@pytest.mark.parametrize("name", [".wh.", "a/.wh.", ".wh..", ".wh..."])
def test_a_whiteout_of_nothing_is_refused(bench, layout, name):
    with pytest.raises(Fault, match="whiteout"):
        bench.local(layout.image(tar(folder("a"), entry(name))))
    assert list(bench.layers.folder.iterdir()) == []


def test_a_whiteout_that_is_a_folder_is_refused_if_it_holds_something(bench, layout):
    with pytest.raises(Fault, match="whiteout"):
        bench.local(layout.image(tar(folder(".wh.a"), entry(".wh.a/b"))))


def test_a_tree_deeper_than_a_path_can_be_long_is_refused(bench, layout):
    deep = "/".join(["d" * 100] * 35)
    entries = [folder(deep), link("s", deep), folder(f"s/{deep}"), link("t", f"s/{deep}"), entry(f"t/{deep}/x")]
    with pytest.raises(Fault):
        bench.local(layout.image(tar(*entries)))
    assert list(bench.layers.folder.iterdir()) == []


def test_a_bomb_is_stopped(bench, layout, monkeypatch):
    from builder.bases import settle, unpack
    monkeypatch.setattr(unpack, "MAX_BYTES", 100 << 20)
    monkeypatch.setattr(settle, "MAX_BYTES", 50 << 20)
    files = [entry(f"f{number}", bytes(60 << 20)) for number in range(6)]
    with pytest.raises(Fault, match="when unpacked"):
        bench.local(layout.image(tar(*files)))
    with pytest.raises(Fault, match="cannot be unpacked: a file in it has more"):
        bench.local(layout.image(tar(entry("f", bytes(110 << 20)))))
    with pytest.raises(Fault, match="more than"):
        bench.local(layout.image(tar(files[0])))


def test_a_disk_that_gets_full_is_no_fault_of_the_image(bench, layout, monkeypatch):
    from builder.bases import unpack
    monkeypatch.setattr(unpack, "_RESERVE", 1 << 60)
    with pytest.raises(Error, match="disk") as caught:
        bench.local(layout.image(tar(entry("f", bytes(60 << 20)))))
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("harm", ["flipped", "cut", "longer", "missing", "a link", "a fifo"])
@pytest.mark.parametrize("part", ["layer", "config", "manifest"])
def test_a_layout_with_other_bytes_is_refused(bench, layout, part, harm):
    made = layout.image(tar(*LOWER))
    manifest = json.loads(layout.file(made["digest"]).read_text())
    path = layout.file({"layer": manifest["layers"][0], "config": manifest["config"], "manifest": made}[part]["digest"])
    data = path.read_bytes()
    path.unlink()
    if harm == "a link":
        (bench.top / "elsewhere").write_bytes(data)
        path.symlink_to(bench.top / "elsewhere")
    elif harm == "a fifo":
        os.mkfifo(path)
    elif harm != "missing":
        path.write_bytes({"flipped": data[:-1] + bytes([data[-1] ^ 1]), "cut": data[:-1], "longer": data + b" "}[harm])
    with pytest.raises(Fault) as caught:
        bench.local(made)
    assert caught.value.hint
    assert list(bench.layers.folder.iterdir()) == []
    assert path.name not in [kept.name for kept in bench.images.rglob("*")]


def test_a_layout_whose_folder_is_a_link_to_elsewhere_is_refused(bench, layout):
    made = layout.image(tar(*LOWER))
    (layout.path / "blobs").rename(bench.top / "blobs")
    (layout.path / "blobs").symlink_to(bench.top / "blobs")
    with pytest.raises(Fault, match="link"):
        bench.local(made)


def test_what_lies_broken_in_the_cache_is_fetched_again(bench, layout):
    made = layout.image(tar(*LOWER))
    first = bench.local(made)
    for path in (path for path in bench.images.rglob("*") if path.is_file()):
        path.write_bytes(b"broken")
    subprocess.run(["rm", "-rf", *bench.layers.folder.iterdir()], check=True)
    assert bench.local(made) == first
    assert bench.seen(first)["etc/one"] == "1"


def test_settings_are_inherited_or_told(bench, layout):
    made = layout.image(tar(*LOWER), Env=["A=1", "PATH=/x:/bin", "LD_LIBRARY_PATH=/opt/mpi", "B C=1", "D=two\nlines", "E=\\"],
                        User="nobody", OnBuild=["RUN make"], Volumes={"/data": {}})
    foundation = bench.local(made)
    assert foundation.environment == {"A": "1", "PATH": "/x:/bin"}
    assert [word for word in ("LD_LIBRARY_PATH=/opt/mpi", "B C", "two\\nlines", "E=\\", "nobody", "RUN make", "/data")
            if not any(word in note for note in foundation.notes)] == []
    assert len(foundation.notes) == 7


# Registries

@pytest.fixture
def served(bench, layout, server):
    """A reference to an image of the registry, and a bench that may use it."""
    made = layout.image(tar(*LOWER), tar(*UPPER), Env=["A=1"])
    layout.push(made, f"{server.host}/lab/base:1")
    bench.outside = Outside(registries=(f"{server.host}/lab",), plain_http=(server.host,))
    return f"{server.host}/lab/base:1@{made['digest']}"


def test_an_image_comes_from_a_registry_and_then_from_the_cache(bench, server, served):
    foundation = bench.image(served)
    assert bench.seen(foundation) == MERGED
    assert foundation.environment == {"A": "1"}
    assert foundation.materials == ({"uri": served, "sha256": served.rpartition(":")[2]},)
    server.stop()
    assert bench.image(served) == foundation
    subprocess.run(["rm", "-rf", *bench.layers.folder.iterdir()], check=True)
    assert bench.image(served) == foundation
    assert bench.seen(foundation) == MERGED


def test_an_image_of_dockers_kind_is_the_same_thing(bench, layout, server, served):
    made = layout.image(tar(*LOWER), tar(*UPPER), docker=True, Env=["A=1"], OnBuild=["RUN x"])
    layout.upload(made, server.host, "lab/docker")
    foundation = bench.image(f"{server.host}/lab/docker@{made['digest']}")
    assert bench.seen(foundation) == MERGED
    assert len(foundation.notes) == 1


@pytest.mark.parametrize("packed", [(tar(*LOWER), PLAIN), (zstd(tar(*LOWER)), ZSTD)])
def test_layers_come_as_they_are_packed(bench, layout, server, served, packed):
    made = layout.image(packed, tar(*UPPER))
    layout.upload(made, server.host, "lab/packed")
    assert bench.seen(bench.image(f"{server.host}/lab/packed@{made['digest']}")) == MERGED


def test_of_an_index_the_image_for_this_machine_is_taken(bench, layout, server, served):
    mine, other = layout.image(tar(*LOWER)), layout.image(tar(entry("other")), architecture="s390x")
    index = layout.index(other, mine)
    layout.push(index, f"{server.host}/lab/multi:1")
    assert bench.seen(bench.image(f"{server.host}/lab/multi@{index['digest']}"))["etc/one"] == "1"
    assert bench.seen(bench.local(index))["etc/one"] == "1"
    with pytest.raises(Fault, match="only for linux/s390x"):
        bench.local(layout.index(other))
    with pytest.raises(Fault, match="is for linux/s390x"):
        bench.local(other)


def test_a_layer_that_is_known_is_not_sent_again(bench, layout, server, served):
    bench.image(served)
    made = layout.image(tar(*LOWER), tar(entry("more", b"m")))
    layout.push(made, f"{server.host}/lab/more:1")
    server.blob(f"sha256:{digests(layout, made)[0]}").write_bytes(b"broken")
    bench.lines.clear()
    assert bench.seen(bench.image(f"{server.host}/lab/more@{made['digest']}"))["more"] == "m"
    assert sum("unpacking" in line for line in bench.lines) == 1


@pytest.mark.parametrize("part", ["layer", "config", "manifest"])
def test_a_registry_that_serves_other_bytes_is_refused(bench, layout, server, served, part):
    digest = served.rpartition("@")[2]
    manifest = json.loads(layout.file(digest).read_text())
    parts = {"layer": manifest["layers"][0]["digest"], "config": manifest["config"]["digest"], "manifest": digest}
    path = server.blob(parts[part])
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"os": "linux"', b'"os": "tinux"').replace(b'"size"', b'"siZe"') if part != "layer"
                     else data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(Error) as caught:
        bench.image(served)
    assert (server.host in caught.value.message, caught.value.exit_code) == (True, 1)
    assert caught.value.hint
    assert list(bench.layers.folder.iterdir()) == []


def test_what_a_registry_has_not_got_is_a_fault(bench, server, served):
    for reference in (f"{server.host}/lab/base@sha256:{'0' * 64}", f"{server.host}/lab/none@sha256:{'0' * 64}"):
        with pytest.raises(Fault) as caught:
            bench.image(reference)
        assert "still" in (caught.value.hint or "")


def test_a_registry_that_cannot_be_reached_is_no_fault_of_the_recipe(bench, server, served):
    server.stop()
    with pytest.raises(Error, match="cannot be fetched") as caught:
        bench.image(served)
    assert (caught.value.exit_code, "network" in caught.value.hint) == (3, True)


def test_without_leave_nothing_is_fetched_without_tls(bench, server, served):
    bench.outside = Outside(registries=(server.host,))
    with pytest.raises(Error, match="HTTPS") as caught:
        bench.image(served)
    assert "plain HTTP" in caught.value.hint


def test_the_policy_counts_even_for_what_is_in_the_cache(bench, server, served):
    bench.image(served)
    bench.outside = Outside(registries=("registry.example.org", f"{server.host}/la"), plain_http=(server.host,))
    with pytest.raises(Fault, match=r"only come from .*registry\.example\.org"):
        bench.image(served)


# Trees

def contents():
    return (folder("./bin"), entry("./bin/sh", b"sh", mode=0o755), folder("./dev"), device("./dev/null", 1, 3),
            entry("./.wh.x"), entry("./home", b"h", uid=7), link("./lib", "/usr/lib"))


TREE = {"bin": "folder", "bin/sh": "sh", "dev": "folder", ".wh.x": "", "home": "h", "lib": "-> /usr/lib"}


@pytest.mark.parametrize("pack", ["cat", "gzip", "xz", "zstd"])
def test_a_tree_comes_from_a_tar(bench, pack):
    argv = [pack] if pack == "cat" else [pack, "-c"]
    packed = subprocess.run(argv, input=tar(*contents()), capture_output=True, check=True).stdout
    (bench.recipe / "tree.tar").write_bytes(packed)
    foundation = bench.tree("tree.tar")
    assert bench.seen(foundation) == TREE
    assert (bench.layers.tree(foundation.layers[0]) / "home").stat().st_uid == 7
    bench.lines.clear()
    assert bench.tree("tree.tar") == foundation
    assert bench.lines == []


def test_a_tree_comes_from_a_folder_that_the_site_names(bench):
    source = bench.top / "chos"
    subprocess.run(["mkdir", "-p", source], check=True)
    subprocess.run(["tar", "-xp", "-C", source], input=tar(*contents()), check=True)
    os.setxattr(source / "bin", "trusted.overlay.opaque", b"y")
    bench.outside = Outside(trees={"sl7": source})
    foundation = bench.tree("sl7")
    made = bench.layers.tree(foundation.layers[0])
    assert listing(made) == bench.seen(foundation) == TREE
    assert os.listxattr(made / "bin") == []
    assert (made / "home").stat().st_uid == 7
    assert bench.tree("sl7") == foundation
    os.chown(source / "home", 8, 8)
    assert bench.tree("sl7") != foundation


def test_a_folder_and_its_key_do_not_depend_on_devices_or_times(bench):
    for name in ("one", "two"):
        (bench.recipe / name).mkdir()
        (bench.recipe / name / "f").write_text("x")
    os.mknod(bench.recipe / "two/node", stat.S_IFCHR, 0)
    os.utime(bench.recipe / "two/f", (1, 1))
    assert bench.tree("one").layers == bench.tree("two").layers


@pytest.mark.parametrize("kind", ESCAPES)
def test_a_tar_of_a_tree_writes_nothing_outside(bench, neighbour, kind):
    (bench.recipe / "tree.tar").write_bytes(tar(*ESCAPES[kind](str(neighbour))))
    try:
        bench.tree("tree.tar")
    except Fault as fault:
        assert "cannot be unpacked" in fault.message
    assert listing(neighbour) == {"secret": "secret"}


def test_a_tree_that_is_empty_broken_mounted_in_or_away_is_refused(bench, neighbour):
    (bench.recipe / "empty").mkdir()
    (bench.recipe / "broken.tar").write_bytes(b"no tar")
    (bench.recipe / "away").symlink_to(neighbour)
    os.mkfifo(bench.recipe / "fifo")
    (bench.recipe / "mounted/proc").mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", bench.recipe / "mounted/proc"], check=True)
    try:
        for name in ("empty", "broken.tar", "away", "missing", "../neighbour", str(neighbour), "fifo", "mounted"):
            with pytest.raises(Error) as caught:
                bench.tree(name)
            assert caught.value.hint
    finally:
        subprocess.run(["umount", bench.recipe / "mounted/proc"], check=True)
    assert list(bench.layers.folder.iterdir()) == []


def test_a_tree_that_changes_while_it_is_copied_is_refused(bench, monkeypatch):
    (bench.recipe / "tree").mkdir()
    (bench.recipe / "tree/f").write_text("before")
    argv = tree.copy

    def copied(source, target):
        (source / "f").write_text("after")
        return argv(source, target)

    monkeypatch.setattr(tree, "copy", copied)
    with pytest.raises(Fault, match="changed"):
        bench.tree("tree")
    assert list(bench.layers.folder.iterdir()) == []
