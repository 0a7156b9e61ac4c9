"""Runtimes that show an image's root as it is: what is mounted over it, what has no place there, and who the program is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import Fault
from builder.image import ImageConfig
from builder.rootfs import Root
from certify import site as sites
from certify.sandbox import bubblewrap, levels, plan, view, whole, why
from certify.sandbox.identity import ORDINARY, Group, Identity
from certify.sandbox.levels import Entry
from certify.sandbox.machine import TOPOLOGY, Machine

OTHERS = ("charliecloud", "podman-hpc", "apptainer")
ADA = Identity(uid=1001, gid=100, name="ada", home="/home/ada", real_name="Ada L.", group="users",
               groups=(Group(gid=20, name="astro"),))


@pytest.fixture
def image(tmp_path):
    """An image with a place for everything that ch-run mounts."""
    folder = tmp_path / "image"
    for path in ("proc", "sys", "dev", "tmp", "etc", "usr/bin", "home/own", "a b"):
        (folder / path).mkdir(parents=True)
    for path in ("passwd", "group", "hosts"):
        (folder / "etc" / path).write_text("root:x:0:0::/root:/bin/sh")
    (folder / "usr/bin/tool").write_text("")
    (folder / "usr/bin/tool").chmod(0o700)
    return Root(folder)


@pytest.fixture
def made(image):
    def make(name, identity=ORDINARY, config=None, **machine):
        config = config or ImageConfig(name="t", version="1", revision=1, platform="linux/amd64", environment={})
        seen = Machine(environment=machine.pop("host", {}), **machine)
        return plan.of(image, sites.load(name), config, identity, ("tool",), machine=seen)
    return make


def at(made, path):
    """The kind of what stands at a path; None if nothing is mounted there."""
    found = [place.kind for place in made.places if place.path == path]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(("name", "kind"), [("charliecloud", "image"), ("podman-hpc", "writable"), ("apptainer", "completed")])
def test_the_root_is_the_images_and_comes_first(made, name, kind):
    places = made(name).places
    assert (places[0].path, places[0].kind) == ("/", kind)
    assert not {"/usr", "/opt", "/etc", "/a b"} & {place.path for place in places}
    assert all(place.why for place in places)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_in_the_image_is_shown_through_the_root(made, image, name):
    one = made(name)
    assert view.follow(one, image, "/a b").mode
    assert why.explain(one, image, "/usr/bin/tool").place == "/"
    assert why.explain(one, image, "/usr/bin/tool").writable is (name == "podman-hpc")
    assert why.explain(one, image, "/").leads_to == "/"
    assert why.explain(one, image, "/missing").stands is False


def test_ch_run_leaves_out_what_has_no_place(made):
    one = made("charliecloud", open=True, folders=frozenset({"/etc/resolv.conf", "/etc/hosts", "/tmp"}))
    assert (at(one, "/etc/hosts"), at(one, "/etc/resolv.conf"), at(one, "/tmp")) == ("library", None, "host")
    assert [(gone.path, "nothing there to mount over" in gone.why) for gone in one.dropped] == [("/etc/resolv.conf", True)]


@pytest.mark.parametrize("path", ["dev", "tmp", "proc", "sys", "etc/passwd", "etc/group"])
def test_ch_run_does_not_start_without_a_place_that_it_needs(made, image, path):
    place = image.folder / path
    place.rmdir() if place.is_dir() else place.unlink()
    with pytest.raises(Fault, match=f"the image has no /{path}: charliecloud mounts over it") as caught:
        made("charliecloud")
    assert caught.value.hint
    assert made("podman-hpc")
    assert made("apptainer")


def test_others_make_the_places_that_are_missing(made, image):
    (image.folder / "dev").rmdir()
    one = made("apptainer", open=True, folders=frozenset({"/dev", "/var/tmp", "/etc/localtime"}))
    assert one.lacking == {"/dev": "folder", "/var/tmp": "folder", "/etc/localtime": "file", "/.singularity.d/libs": "folder"}
    assert (at(one, "/dev"), at(one, "/etc/localtime")) == ("devices", "library")


@pytest.mark.parametrize(("path", "kind", "wanted"), [("tmp", "file", "folder"), ("etc/passwd", "folder", "file"),
                                                      ("dev", "loop", "folder"), ("etc/group", "loop", "file")])
def test_a_mount_that_the_kernel_refuses_is_a_fault(made, image, path, kind, wanted):
    place = image.folder / path
    place.rmdir() if place.is_dir() else place.unlink()
    {"file": place.touch, "folder": place.mkdir, "loop": lambda: place.symlink_to(place.name)}[kind]()
    with pytest.raises(Fault, match=f"mounts a {wanted} over it"):
        made("charliecloud")


@pytest.mark.parametrize(("target", "leads"), [("/aside", "/aside"), ("../../../aside", "/aside"), ("deep/er", "/etc/deep/er"),
                                               (".", "/etc"), ("../usr/./bin/../x", "/usr/x")])
def test_links_lead_into_the_image_whatever_they_say(image, target, leads):
    (image.folder / "etc/link").symlink_to(target)
    [entry] = levels.points(image, ["/etc/link"])
    assert (entry.leads, entry.absolute) == (leads, target.startswith("/"))


def test_a_mount_follows_the_images_links_and_ch_run_refuses_absolute_ones(made, image):
    (image.folder / "etc/hosts").unlink()
    (image.folder / "etc/hosts").symlink_to("/run/hosts")
    assert (at(made("podman-hpc"), "/run/hosts"), at(made("podman-hpc"), "/etc/hosts")) == ("text", None)
    with pytest.raises(Fault, match="absolute link"):
        made("charliecloud")
    (image.folder / "etc/hosts").unlink()
    (image.folder / "etc/hosts").symlink_to("group")
    assert at(made("charliecloud"), "/etc/group") == "text"


STEPS = st.lists(st.sampled_from(["..", ".", "etc", "link", "loop", "up", "x", "usr", ""]), max_size=6).map("/".join)


@given(STEPS, STEPS)
def test_no_path_and_no_link_leaves_the_image(tmp_path_factory, path, target):
    folder = tmp_path_factory.mktemp("root")
    (folder / "etc").mkdir()
    for name, to in (("link", target or "."), ("loop", "loop"), ("up", "/../../..")):
        (folder / "etc" / name).symlink_to(to)
    [entry] = levels.points(Root(folder), ["/" + path])
    assert entry.leads.startswith("/")
    assert ".." not in entry.leads.split("/")


def test_isolated_shows_nothing_of_the_machine(made):
    for name in OTHERS:
        one = made(name, folders=frozenset({TOPOLOGY}))
        assert {place.path for place in one.places if place.kind in ("host", "devices", "library")} == {TOPOLOGY}
        assert (at(one, "/sys"), at(one, "/dev")) == ("blank", "dev")
        words = " ".join(bubblewrap.options(one, Path("/i"), Path("/t")))
        assert words.index("--tmpfs /sys ") < words.index(f" {TOPOLOGY} ") < words.index("--remount-ro /sys")


@pytest.mark.parametrize(("name", "users", "groups"), [
    ("charliecloud", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\nada:x:1001:100:Ada L.:/:/bin/sh\n",
     "root:x:0:\nnogroup:x:65534:\nusers:x:100:\n"),
    ("apptainer", "root:x:0:0::/root:/bin/sh\nada:x:1001:100::/home/ada:/bin/sh\n",
     "root:x:0:0::/root:/bin/sh\nusers:x:100:\nastro:x:20:\n"), ("podman-hpc", None, None)])
def test_who_is_known(made, name, users, groups):
    found = {place.path: place.content for place in made(name, ADA).places if place.kind == "text"}
    assert (found.get("/etc/passwd"), found.get("/etc/group")) == (users, groups)


def test_a_user_without_a_name_is_charlie(made):
    found = {place.path: place.content for place in made("charliecloud", replace(ADA, name="u1001", group="g100")).places}
    assert found["/etc/passwd"].endswith("charlie:x:1001:100:Charlie:/:/bin/sh\n")
    assert found["/etc/group"].endswith("charliegroup:x:100:\n")


def test_apptainer_adds_to_files_that_are_there_and_makes_none(made, image):
    (image.folder / "etc/passwd").unlink()
    assert at(made("apptainer"), "/etc/passwd") is None
    (image.folder / "etc/passwd").write_text("")
    assert {place.content for place in made("apptainer", ADA).places if place.path == "/etc/passwd"} == {
        "ada:x:1001:100::/home/ada:/bin/sh\n"}


CONFIG = ImageConfig(name="t", version="1", revision=1, platform="linux/amd64",
                     environment={"PATH": "/opt:/bin/", "X": "image", "E": ""})
HOST = {"PATH": "/usr/bin", "X": "host", "E": "host", "LD_LIBRARY_PATH": "/x", "TMPDIR": "/x", "PS1": "$", "HOME": "/h"}


@pytest.mark.parametrize(("name", "wanted"), [
    ("charliecloud", {"PATH": "/usr/bin:/bin", "X": "host", "E": "host", "LD_LIBRARY_PATH": "/x", "TMPDIR": None, "PS1": "$",
                      "HOME": "/h", "CH_RUNNING": "Weird Al Yankovic"}),
    ("podman-hpc", {"PATH": "/opt:/bin/", "X": "image", "E": "", "LD_LIBRARY_PATH": None, "TMPDIR": None, "PS1": None,
                    "HOME": "/root", "USER": None, "container": "podman", "TERM": "xterm"}),
    ("apptainer", {"PATH": "/opt:/bin/:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin", "X": "image", "E": "",
                   "LD_LIBRARY_PATH": "/.singularity.d/libs", "TMPDIR": "/x", "PS1": None, "HOME": "/h"})])
def test_the_environment_is_each_runtimes_own(made, name, wanted):
    one = made(name, config=CONFIG, host=HOST)
    assert {key: one.environment.get(key) for key in wanted} == wanted
    assert set(one.missing) == {key for key in HOST if key not in one.environment} - {"TMPDIR"} | (
        {"TMPDIR"} if name == "podman-hpc" else set())
    assert set(one.missing.values()) <= {"the runtime does not pass it on"}
    assert all(one.origins[key] for key in one.environment)


def test_a_path_that_nobody_sets_is_completed_only_where_it_has_a_default(made):
    assert "PATH" not in made("charliecloud").environment
    assert made("charliecloud", host={"PATH": ""}).environment["PATH"] == ":/bin"
    assert made("apptainer").environment["PATH"] == made("podman-hpc").environment["PATH"]


def test_the_folder_of_tmp_can_be_told_by_a_variable(made):
    told = {place.path: place for place in made("charliecloud", open=True, folders=frozenset({"/scratch"}),
                                                host={"TMPDIR": "/scratch"}).places}
    assert (told["/tmp"].kind, told["/tmp"].content) == ("host", "/scratch")


def test_root_in_a_namespace_has_what_the_profile_says_and_nobody_else_has_anything(made):
    one = made("podman-hpc", ADA)
    assert (one.ids, one.as_root, one.unguarded) == ((0, 0), True, True)
    assert one.capabilities == sites.load("podman-hpc").capabilities
    for name in ("charliecloud", "apptainer", "shifter"):
        assert (made(name, ADA).ids, made(name, ADA).capabilities) == ((1001, 100), ())


def test_what_runs_where_no_permissions_count(made, image):
    codes = {name: view.unusable(replace(made(name), command=("/usr/bin/tool",)), image) for name in OTHERS}
    assert codes == {"charliecloud": 0, "podman-hpc": 0, "apptainer": view.NOT_EXECUTABLE}


@given(st.sets(st.sampled_from(["/a", "/a/b", "/a/b/c", "/b", "/b/c"])), st.sets(st.sampled_from(["/a", "/a/b", "/b", "/b/c"])))
def test_what_lies_in_a_mount_needs_no_place_of_the_images(mounts, image):
    site = replace(sites.load("charliecloud"), runtime_owned=(), replaced_files=(), site_mounts=tuple(mounts))
    taken = {path: plan.Place(path=path, kind="blank", why="x") for path in mounts}
    known = [Entry(path=path, kind="folder" if path in image else "missing", leads=path) for path in taken]
    places, dropped = whole.fitted(site, known, taken)
    shown = {place.path for place in places} - {"/"}
    assert shown | {one.path for one in dropped} == mounts
    for path in shown:
        assert path in image or any(path.startswith(above + "/") for above in shown)
