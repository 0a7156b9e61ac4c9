"""Where a path leads in the sandbox, whether a program can run, where it starts; and why something stands at a path."""

from __future__ import annotations

import os
import stat
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builder.rootfs import Root
from certify.sandbox import levels, shown, view, why
from certify.sandbox.machine import TOPOLOGY, Machine


@pytest.fixture
def image(tmp_path):
    folder = tmp_path / "image"
    for path, mode in (("usr/bin/tool", 0o755), ("usr/bin/data", 0o644), ("opt/root-only", 0o700),
                       ("opt/udiImage/bin/hid", 0o755), ("etc/passwd", 0o644),
                       ("etc/drop/inner/file", 0o644), ("home/own", 0o644), ("srv/closed/in", 0o644)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
        (folder / path).chmod(mode)
    (folder / "srv/closed").chmod(0o700)
    (folder / "etc/drop/inner").chmod(0o777)
    (folder / "a b").mkdir()
    for path, target in (("bin", "usr/bin"), ("usr/bin/out", "/etc/passwd"), ("usr/bin/alias", "/bin/tool"), ("loop", "loop"),
                         ("usr/up", "../../../opt/../usr/bin"), ("etc/gone", "/nowhere")):
        (folder / path).symlink_to(target)
    return Root(folder)


@pytest.fixture
def made(planned, image):
    machine = Machine(environment={"LD_X": "1"}, open=True, folders=frozenset({"/scratch", "/tmp"}))
    return planned(*levels.read(image), machine=machine)


@pytest.mark.parametrize(("path", "leads", "place", "there"), [
    ("/", "/", None, True), ("/bin/tool", "/usr/bin/tool", "/usr", True), ("/usr/bin/alias", "/usr/bin/tool", "/usr", True),
    ("/usr/up/tool", "/usr/bin/tool", "/usr", True), ("/../bin/./tool", "/usr/bin/tool", "/usr", True),
    ("/usr/bin/out", "/etc/passwd", "/etc/passwd", True), ("/etc/passwd/x", "/etc/passwd/x", "/etc/passwd", False),
    ("/loop", "/loop", "/loop", False), ("/loop/x", "/loop/x", "/loop", False), ("/etc/gone", "/nowhere", None, False),
    ("/opt/udiImage/bin/hid", "/opt/udiImage/bin/hid", "/opt/udiImage", False), ("/home/own", "/home/own", "/home", False),
    ("/etc/drop/inner/file", "/etc/drop/inner/file", "/etc/drop/inner", True), ("/a b", "/a b", None, False),
    ("/scratch/mine/x", "/scratch/mine/x", "/scratch", None), ("/tmp/../bin", "/usr/bin", "/usr", True),
    ("/etc/mtab", "/proc/mounts", "/proc", None), ("/missing/deeper", "/missing/deeper", None, False)])
def test_a_path_leads_where_a_process_would_get(made, image, path, leads, place, there):
    found = view.follow(made, image, path)
    assert (found.path, found.place and found.place.path) == (leads, place)
    assert (None if found.mode is None else found.mode != 0) is there


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])      # a plan is never changed
@given(st.lists(st.sampled_from(["..", ".", "", "usr", "bin", "tool", "alias", "up", "etc", "passwd", "mtab", "opt", "scratch",
                                 "loop", "proc", "drop", "inner", "\udcff", "é"]), max_size=8).map("/".join))
def test_every_path_has_an_answer_without_links(world, path):
    made, image = world
    answer = why.explain(made, image, "/" + path)
    assert answer.leads_to.startswith("/")
    assert ".." not in answer.leads_to.split("/") or answer.stands is False
    assert answer.why
    if answer.stands:
        again = why.explain(made, image, answer.leads_to)
        assert (again.leads_to, again.links, again.why) == (answer.leads_to, (), answer.why)


@pytest.fixture
def world(made, image):
    return made, image


@pytest.mark.parametrize(("name", "code"), [
    ("tool", 0), ("/usr/bin/tool", 0), ("/bin/tool", 0), ("alias", 0), ("/scratch/my/tool", 0), ("bin/tool", 0),
    ("./bin/tool", 0),
    ("data", 126), ("/usr/bin/data", 126), ("/opt/root-only", 126), ("out", 126), ("/usr/bin", 126),
    ("root-only", 127), ("missing", 127), ("/missing", 127), ("/opt/udiImage/bin/hid", 127), ("usr", 126)])
def test_a_program_that_cannot_run_is_told_by_its_code(made, image, name, code):
    assert view.unusable(replace(made, command=(name,), environment={"PATH": "/nonexistent::/bin"}), image) == code


def test_a_program_is_looked_for_from_the_working_directory(made, image):
    assert view.unusable(replace(made, command=("./tool",), workdir="/bin"), image) == 0
    assert view.unusable(replace(made, command=("./tool",)), image) == 127
    assert view.unusable(replace(made, command=("tool",), environment={"PATH": ""}, workdir="/bin"), image) == 0
    assert view.unusable(replace(made, command=("tool",), environment={"PATH": "bin"}), image) == 0


@pytest.mark.parametrize(("wanted", "found"), [
    ("/", "/"), ("/usr", "/usr"), ("/bin", "/bin"), ("/usr/bin/tool", "/"), ("/root", "/"), ("/missing", "/"),
    ("/srv/closed", "/"),
    ("/var/empty", "/"), ("/opt/udiImage", "/opt/udiImage"), ("relative", "/"), ("", "/"), ("/opt/udiImage/bin", "/")])
def test_the_working_directory_is_kept_where_the_sandbox_has_it(made, image, wanted, found):
    assert view.workdir(made, image, wanted) == found


def test_a_working_directory_on_a_mount_is_asked_of_the_machine(planned, image, site, tmp_path):
    (tmp_path / "mine").mkdir()
    mount = str(tmp_path)
    made = planned(*levels.read(image), site=replace(site, site_mounts=(mount,)), mounts=[mount])
    assert view.workdir(made, image, mount) == ("/" if os.getuid() == 0 and not passable(tmp_path) else mount)
    assert view.workdir(made, image, f"{mount}/missing") == "/"
    isolated = planned(*levels.read(image), site=replace(site, site_mounts=(mount,)))
    assert view.workdir(isolated, image, f"{mount}/mine") == "/"


def passable(path):
    return all(one.stat().st_mode & stat.S_IXOTH for one in (path, *path.parents))


def test_scratch_is_a_place_to_start_in_and_what_was_in_it_outside_is_not_there(planned, image):
    made = planned(*levels.read(image))
    assert view.workdir(made, image, "/tmp") == "/tmp"
    assert view.workdir(made, image, "/tmp/of-the-host") == "/"


@pytest.mark.parametrize(("path", "stands", "reason", "hidden"), [
    ("/usr/bin/tool", True, "lies in /usr: a folder of the image, read-only", None),
    ("/etc/passwd", True, "written by the runtime at each start: the caller, and nobody else", "file"),
    ("/opt/udiImage/bin", False, "/opt/udiImage has nothing of that name: the runtime's own, empty here", "folder"),
    ("/a b", False, "the runtime drops names with such characters", "folder"),
    ("/a b/deeper", False, "the runtime drops names with such characters", None),
    ("/home/own", False, "/home has nothing of that name: mounted by the site; nothing of it is here", "file"),
    ("/scratch/x", None, "lies in /scratch: mounted by the site, from this machine", None),
    ("/nothing", False, "nothing of the image, the runtime or the site stands there", None)])
def test_an_answer_says_what_stands_why_and_what_is_hidden(made, image, path, stands, reason, hidden):
    answer = why.explain(made, image, path)
    assert (answer.stands, answer.why, answer.hidden) == (stands, reason, hidden)


def test_a_plan_as_plain_data_gives_every_place_and_variable_its_reason(made, image):
    plain = shown.as_json(made, image, None)
    assert [one["path"] for one in plain["places"]] == [place.path for place in made.places]
    assert all(one["why"] for one in (*plain["places"], *plain["dropped"], *plain["environment"], *plain["missing"]))
    assert {one["name"]: one["value"] for one in plain["environment"]} == dict(made.environment)
    assert [one["name"] for one in plain["missing"]] == ["LD_X"]
    writable = {one["path"] for one in plain["places"] if one["writable"]}
    assert writable == {"/dev", "/scratch", "/tmp", "/etc/drop/inner", "/home/user"}
    assert shown.as_json(made, image, "/bin")["leads_to"] == "/usr/bin"


def test_isolated_shows_processors_and_memory_of_the_machine_and_nothing_else(planned):
    made = planned(machine=Machine(environment={}, folders=frozenset({TOPOLOGY})))
    found = {place.path: place.kind for place in made.places if place.path.startswith("/sys")}
    assert found == {"/sys": "folder", "/sys/devices": "folder", TOPOLOGY: "library"}
    assert not {place.kind for place in made.places} & {"host", "devices"}


def test_the_machine_is_shown_as_the_runtime_does(planned):
    machine = Machine(environment={}, open=True, folders=frozenset({"/dev", "/sys", TOPOLOGY, "/tmp", "/home"}),
                      below_sys=("/sys/fs/cgroup",), files={"/etc/hosts": "10.0.0.1 login\n"})
    places = {place.path: place for place in planned(machine=machine).places}
    kinds = {path: places[path].kind for path in ("/dev", "/sys", "/sys/fs/cgroup", "/tmp", "/var/tmp", "/home", "/global")}
    assert kinds == {"/dev": "devices", "/sys": "library", "/sys/fs/cgroup": "blank", "/tmp": "host", "/var/tmp": "folder",
                     "/home": "host", "/global": "folder"}
    assert TOPOLOGY not in places
    assert places["/etc/hosts"].content == "10.0.0.1 login\n"


@pytest.mark.parametrize("mount", ["/tmp/site", "/dev/hugepages", "/proc/x", "/scratch/deep/er"])
def test_nothing_is_made_in_a_folder_of_the_machines(planned, site, mount):
    machine = Machine(environment={}, open=True, folders=frozenset({"/dev", "/tmp", "/scratch"}))
    made = planned(site=replace(site, site_mounts=("/scratch", mount)), machine=machine)
    assert mount not in {place.path for place in made.places}
