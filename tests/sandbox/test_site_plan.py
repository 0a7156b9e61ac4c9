"""What a user of the site sees of an image: the table of what is hidden, replaced or dropped, line by line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import Fault
from certify import site as sites
from certify.sandbox import module, plan
from certify.sandbox.environment import Changes
from certify.sandbox.identity import ORDINARY, Group, Identity
from certify.sandbox.module import Module

LIMIT = 5_242_880


def at(made, path):
    """What stands at a path of a plan: its kind and content; None if nothing does."""
    found = [(place.kind, place.content) for place in made.places if place.path == path]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(("path", "kind"), [
    ("/proc", "proc"), ("/sys", "folder"), ("/dev", "dev"), ("/tmp", "scratch"), ("/var/tmp", "scratch"),
    ("/var/run", "folder"), ("/var/spool", "folder"), ("/var/empty", "folder"), ("/opt/udiImage", "folder"),
    ("/etc/udiImage", "folder"), ("/etc/ssh", "folder"),
])
@pytest.mark.parametrize("image", ["folder", "file", "->/run"])
def test_a_path_of_the_runtime_hides_the_images(planned, entry, path, kind, image):
    assert at(planned(entry(path, image)), path) == (kind, "")
    assert at(planned(), path) == (kind, "")


@pytest.mark.parametrize("path", [
    "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/shadow", "/etc/host.conf", "/etc/hosts", "/etc/resolv.conf",
    "/etc/mtab", "/etc/group.orig", "/var/hostsfile", "/var/shifterConfig.json"])
@pytest.mark.parametrize("image", ["file", "folder", "->/etc/other"])
def test_a_file_of_the_runtime_replaces_the_images(planned, entry, path, image):
    assert at(planned(entry(path, image)), path)[0] == ("link" if path == "/etc/mtab" else "text")


def test_the_users_are_the_caller_and_nobody_else(planned):
    made = planned(identity=Identity(uid=1001, gid=100, name="ada", home="/home/ada"))
    assert at(made, "/etc/passwd") == ("text", "ada:x:1001:100::/home/ada:/bin/sh\n")
    assert at(made, "/etc/group") == ("text", "ada:x:100:ada\n")
    assert at(made, "/etc/group.orig") == ("text", "ada:x:100:\n")
    assert at(made, "/etc/shadow") == ("text", "")


@pytest.mark.parametrize("path", ["/home", "/global", "/scratch", "/cvmfs"])
def test_a_mount_of_the_site_hides_the_images_folder(planned, entry, path):
    assert at(planned(entry(path)), path) == ("folder", "")
    assert at(planned(entry(path), mounts=[path]), path) == ("host", path)


@pytest.mark.parametrize(("mount", "hidden"), [
    ("/opt/app", ["/opt/app"]), ("/opt/app/data", ["/opt/app"]), ("/var/opt/cray", ["/var/opt"]),
    ("/etc/opt/cray", ["/etc/opt"]), ("/usr/local/site", ["/usr"]), ("/global/cfs/cdirs", ["/global"])])
def test_a_mount_deeper_inside_hides_the_folders_above_it(planned, site, entry, mount, hidden):
    made = planned(*map(entry, hidden), site=replace(site, site_mounts=(mount,)))
    assert [at(made, path) for path in hidden] == [("folder", "")] * len(hidden)
    assert at(made, mount) == ("folder", "")


@pytest.mark.parametrize("mounts", [("/scratch", "/scratch/fast"), ("/scratch/fast", "/scratch")])
def test_a_mount_on_the_way_to_another_stays_a_mount(planned, site, mounts):
    made = planned(site=replace(site, site_mounts=mounts), mounts=mounts)
    assert [at(made, path) for path in mounts] == [("host", path) for path in mounts]


@pytest.mark.parametrize(("mount", "above", "kind"), [("/dev/hugepages", "/dev", "dev"), ("/tmp/site", "/tmp", "scratch")])
def test_a_mount_below_the_runtimes_own_folder_leaves_that_as_it_is(planned, site, mount, above, kind):
    made = planned(site=replace(site, site_mounts=(mount,)))
    assert at(made, above) == (kind, "")


def test_the_users_home_on_a_mount_that_is_not_there_is_scratch(planned):
    assert at(planned(), "/home/user") == ("scratch", "")
    assert at(planned(mounts=["/home"]), "/home/user") is None


@pytest.mark.parametrize("folder", ["/", "/etc/", "/opt/", "/var/"])
@pytest.mark.parametrize(("name", "stays"), [
    ("tool", True), ("A-z_0.9:+", True), ("with space", False), ("a\nb", False), ("tool\n", False), ("é", False), ("a@b", False),
    ("~", False), ("\udcff", False), ("a,b", False)])
def test_a_name_with_another_character_is_dropped(planned, entry, folder, name, stays):
    for kind in ("folder", "file", "->x"):
        assert (at(planned(entry(folder + name, kind)), folder + name) is not None) is stays


@pytest.mark.parametrize(("path", "kind", "size", "stays"), [
    ("/etc/big", "file", LIMIT - 1, True), ("/etc/big", "file", LIMIT, False), ("/etc/big", "file", LIMIT + 1, False),
    ("/opt/big", "file", LIMIT, True), ("/var/big", "file", LIMIT, True), ("/big", "file", LIMIT, True),
    ("/etc/folder", "folder", 0, True), ("/etc/link", "->/opt/big", 0, True)])
def test_files_of_5_mib_directly_in_etc_are_dropped(planned, entry, path, kind, size, stays):
    assert (at(planned(entry(path, kind, size)), path) is not None) is stays


@pytest.mark.parametrize("path", ["/x", "/etc/x", "/opt/x", "/var/x"])
def test_sockets_fifos_and_devices_are_dropped(planned, entry, path):
    assert at(planned(entry(path, "special")), path) is None


@pytest.mark.parametrize("path", ["/x", "/etc/x", "/opt/x", "/var/x"])
@pytest.mark.parametrize("kind", ["folder", "file"])
def test_all_else_is_the_images(planned, entry, path, kind):
    assert at(planned(entry(path, kind)), path) == ("image", path)


@pytest.mark.parametrize("target", ["usr/bin", "/opt/elsewhere", "../../x"])
def test_a_link_of_the_image_stays_a_link(planned, entry, target):
    assert at(planned(entry("/bin", f"->{target}")), "/bin") == ("link", target)


@pytest.mark.parametrize("path", ["/opt", "/var", "/etc"])
@pytest.mark.parametrize("target", ["/root", "/", "usr/opt", "../opt"])
def test_a_link_instead_of_a_rebuilt_folder_is_refused(planned, entry, path, target):
    with pytest.raises(Fault, match=f"^{path} is a link to {target}: the runtime would read the host's folder as root"):
        planned(entry(path, f"->{target}"))


@pytest.mark.parametrize("path", ["/opt", "/var", "/etc"])
def test_the_rebuilt_folders_are_made_anew_and_never_the_images(planned, entry, path):
    assert at(planned(entry(path)), path) == ("folder", "")
    assert at(planned(), path) == ("folder", "")


def test_parents_come_before_what_lies_in_them(planned, entry):
    made = planned(*map(entry, ["/etc/x", "/opt-x", "/opt/x", "/usr", "/var/lib"]))
    paths = [place.path for place in made.places]
    assert len(paths) == len(set(paths))
    for path in paths:
        parent = path.rpartition("/")[0]
        assert parent not in paths or paths.index(parent) < paths.index(path)


def test_a_plan_carries_what_is_run_by_whom_and_where(planned):
    made = planned(command=["a", "b"], workdir="/scratch/x", mounts=["/scratch"], terminal=True)
    assert (made.command, made.workdir, made.identity) == (("a", "b"), "/scratch/x", ORDINARY)
    assert (made.network, made.terminal, planned().network, planned().terminal) == (True, True, False, False)


MPICH = Module(name="mpich", copied="/site/mpich", mounts={"/var/opt/cray": "/site/cray"},
               changes=Changes(who="the site's module mpich", prepend={"LD_LIBRARY_PATH": "/opt/udiImage/modules/mpich/lib64"}))


def test_a_module_brings_its_libraries_its_mounts_and_its_part_of_the_environment(planned, entry, config):
    config = replace(config, environment={"LD_LIBRARY_PATH": "/opt/own/lib"})
    made = planned(entry("/opt/udiImage"), entry("/var/opt"), config=config, modules=[MPICH], host={"LD_LIBRARY_PATH": "/host"},
                   mounts=["/site/mpich", "/site/cray"])
    assert at(made, "/opt/udiImage/modules/mpich") == ("library", "/site/mpich")
    assert at(made, "/var/opt") == ("folder", "")
    assert at(made, "/var/opt/cray") == ("host", "/site/cray")
    assert made.environment["LD_LIBRARY_PATH"] == "/opt/udiImage/modules/mpich/lib64:/opt/own/lib"
    assert at(planned(), "/opt/udiImage/modules") == ("folder", "")
    assert at(planned(modules=[MPICH]), "/opt/udiImage/modules/mpich") == ("folder", "")


def test_a_mount_of_another_folder_and_one_that_is_read_only(planned, site):
    site = replace(site, site_mounts=("/data", "/apps"), mount_sources={"/data": "/lustre/data"}, mount_flags={"/apps": ["ro"]})
    made = planned(site=site, mounts=["/lustre/data", "/apps"])
    assert (at(made, "/data"), at(made, "/apps")) == (("host", "/lustre/data"), ("library", "/apps"))


def test_the_modules_of_a_site_are_those_that_it_gives_to_everybody(planned):
    cray = sites.load("cray-example")
    mpich, gpu = module.active(cray)
    assert (mpich.name, mpich.folder) == ("mpich", "/opt/udiImage/modules/mpich")
    assert gpu.read_only == {"/opt/udiImage/modules/gpu/lib64"}
    made = planned(site=cray, modules=[mpich, gpu], host={"LOADEDMODULES": "x"})
    assert made.environment["LD_LIBRARY_PATH"].startswith("/opt/udiImage/modules/gpu/lib64:/opt/udiImage/modules/mpich/lib64")
    assert made.environment["PATH"] == "/opt/udiImage/modules/gpu/bin:/opt/tool/bin:/opt/udiImage/bin"
    assert "LOADEDMODULES" not in made.environment


def test_groups_are_the_callers_and_root_has_none_of_them(planned):
    groups = (Group(gid=20, name="astro"), Group(gid=0, name="root"))
    made = planned(identity=Identity(uid=1, gid=2, name="ada", home="/", group="users", groups=groups))
    assert at(made, "/etc/group") == ("text", "users:x:2:\nastro:x:20:\n")


def test_the_list_of_mounts_is_the_kernels(planned, entry):
    assert at(planned(entry("/etc/mtab", "file")), "/etc/mtab") == ("link", "/proc/mounts")


def test_what_everybody_may_write_in_etc_is_a_copy(planned, entry):
    made = planned(entry("/etc/drop", writable=("/etc/drop/in",)), entry("/etc/file", "file", writable=("/etc/file",)))
    assert (at(made, "/etc/drop"), at(made, "/etc/drop/in")) == (("image", "/etc/drop"), ("copy", "/etc/drop/in"))
    assert at(made, "/etc/file") == ("copy", "/etc/file")


def test_every_place_and_every_loss_has_its_reason(planned, entry):
    made = planned(entry("/usr"), entry("/a b"), entry("/etc/big", "file", LIMIT), entry("/home"), entry("/x", "special"),
                   entry("/opt"))
    assert all(place.why for place in made.places)
    assert [one.path for one in made.dropped] == ["/a b", "/etc/big", "/home", "/x"]
    assert len({one.why for one in made.dropped}) == 4


ENTRIES = st.lists(st.tuples(st.sampled_from(["/", "/etc/", "/opt/", "/var/"]),
                             st.sampled_from(["run", "tmp", "passwd", "app", "x", "home", "a b", "ssh"]),
                             st.sampled_from(["folder", "file", "special"])), unique_by=lambda one: one[:2])


@given(ENTRIES)
def test_whatever_the_image_holds_the_sites_own_places_are_the_same(planned_once, entries):
    empty, made = planned_once([]), planned_once(entries)
    own = {place.path: place for place in empty.places}
    assert {place.path: place for place in made.places if place.path in own} == own
    assert all(place.kind == "image" and place.content == place.path for place in made.places if place.path not in own)


@pytest.fixture(scope="module")
def planned_once(site):
    from builder.image import ImageConfig
    from certify.sandbox.levels import Entry
    from certify.sandbox.machine import Machine

    config = ImageConfig(name="tool", version="1", revision=1, platform="linux/amd64", environment={})

    def make(entries):
        made = [Entry(path=folder + name, kind=kind) for folder, name, kind in entries]
        return plan.make(site, made, config, ORDINARY, ("sh",), machine=Machine(environment={}))
    return make
