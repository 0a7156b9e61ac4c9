"""A plan as bubblewrap's arguments, and the way into the namespace where they are used."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from builder.errors import Error, Fault
from builder.rootfs import Root
from certify.sandbox import bubblewrap, enter, identity, inside
from certify.sandbox.identity import ORDINARY, Identity
from certify.sandbox.plan import Place, Plan

SEALED = ("bwrap", "--unshare-all", "--new-session", "--die-with-parent", "--cap-drop", "ALL", "--clearenv")


def place(path, kind, content=""):
    return Place(path=path, kind=kind, why="", content=content)


def sketch(*places, **more):
    values = {"environment": {}, "identity": ORDINARY, "workdir": "/", "command": ("sh",), "network": False, **more}
    return Plan(places=places, **values)


def argv(made):
    return bubblewrap.argv(made, Path("/mnt/image"), Path("/mnt/texts"))


def test_a_whole_plan():
    made = sketch(
        place("/bin", "link", "usr/bin"), place("/dev", "dev"), place("/etc", "folder"), place("/etc/passwd", "text", "x"),
        place("/proc", "proc"), place("/scratch", "host", "/scratch"), place("/tmp", "scratch"), place("/usr", "image", "/usr"),
        environment={"B": "2", "A": "1 0"}, workdir="/scratch", command=("python3", "-c", "--"))
    assert argv(made) == (
        *SEALED, "--symlink", "usr/bin", "/bin", "--dev", "/dev", "--perms", "0755", "--dir", "/etc",
        "--ro-bind", "/mnt/texts/etc/passwd", "/etc/passwd", "--proc", "/proc", "--bind", "/scratch", "/scratch",
        "--perms", "1777", "--tmpfs", "/tmp", "--ro-bind", "/mnt/image/usr", "/usr", "--remount-ro", "/",
        "--setenv", "A", "1 0", "--setenv", "B", "2", "--chdir", "/scratch", "--", "python3", "-c", "--")


def test_without_network_nothing_is_shared_and_with_it_only_that():
    assert "--share-net" not in argv(sketch())
    assert argv(sketch(network=True))[:3] == ("bwrap", "--unshare-all", "--share-net")


def test_what_the_image_brings_is_never_writable():
    words = argv(sketch(place("/usr", "image", "/usr"), place("/opt/x", "image", "/opt/x")))
    assert "--bind" not in words
    assert words.count("--ro-bind") == 2


@pytest.mark.parametrize(("uid", "kind"), [
    (0, ("--pid", "--mount-proc")), (1000, ("--user", "--map-current-user", "--keep-caps"))])
def test_the_namespace_is_entered_as_root_or_through_one_of_the_users_own(monkeypatch, uid, kind):
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    assert enter._argv("/request") == (
        "unshare", *kind, "--mount", "--fork", "--kill-child", "--",
        sys.executable, "-sP", "-m", "certify.sandbox.inside", "/request")


def test_the_program_inside_sees_nothing_of_the_callers_environment(monkeypatch):
    monkeypatch.setenv("PYTHONSTARTUP", "/planted")
    assert set(enter._environment()) == {"LC_ALL", "TZ", "HOME", "PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}


@pytest.fixture
def says(tmp_path, monkeypatch, site):
    """What an examination gives where the part inside prints some lines."""
    for name in ("setpriv", "unshare", "bwrap", "squashfuse_ll"):
        (tmp_path / name).write_text(f"#!/bin/sh\ncat {tmp_path}/lines\nexit $(cat {tmp_path}/code)\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "image").touch()

    def examine(lines, code=0):
        (tmp_path / "lines").write_text(lines)
        (tmp_path / "code").write_text(str(code))
        events = []
        with (tmp_path / "image").open() as image:
            enter.examine(image.fileno(), site, checks=True, tests=[], on_event=events.append)
        return events
    return examine


def test_every_event_is_handed_over_in_its_order(says):
    assert says('{"event": "a"}\n{"event": "b", "x": 1}\n') == [{"event": "a"}, {"event": "b", "x": 1}]


@pytest.mark.parametrize(("code", "kind"), [(1, Fault), (3, Error)])
def test_an_error_inside_is_raised_outside_as_what_it_was(says, code, kind):
    with pytest.raises(Error, match=r"^why$") as caught:
        says(f'{{"event": "error", "message": "why", "hint": "do", "code": {code}}}\n', 125)
    assert type(caught.value) is kind
    assert caught.value.hint == "do"


@pytest.mark.parametrize("line", ["Traceback", "[]", "{}", '"event"', "null", "{"])
def test_what_is_no_event_is_told_only_if_the_examination_fails(says, line):
    assert says(f"{line}\n") == []
    with pytest.raises(Error, match="could not be examined"):
        says(f"{line}\n", 1)


@pytest.mark.parametrize("kind", ["missing", "link"])
def test_an_image_is_opened_for_good_and_not_through_a_link(tmp_path, kind):
    (tmp_path / "image").touch()
    (tmp_path / "link").symlink_to(tmp_path / "image")
    os.close(enter.opened(tmp_path / "image"))
    with pytest.raises(Error, match=kind):
        enter.opened(tmp_path / kind)


def test_root_is_nobody_special_at_a_site(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert identity.caller() == ORDINARY


def test_others_are_themselves_even_without_an_entry(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    monkeypatch.setattr(os, "getgid", lambda: 54322)
    assert identity.caller() == Identity(uid=54321, gid=54322, name="u54321", home="/")


@pytest.mark.parametrize(("uid", "words"), [
    (0, ("setpriv", "--reuid", "7", "--regid", "8", "--clear-groups", "--no-new-privs", "--inh-caps=-all",
         "--bounding-set=-all", "--")),
    (1000, ("setpriv", "--ambient-caps=-all", "--inh-caps=-all", "--no-new-privs", "--"))])
def test_a_program_gets_no_privilege(monkeypatch, uid, words):
    monkeypatch.setattr(os, "getuid", lambda: uid)
    assert inside._drop(Identity(uid=7, gid=8, name="x", home="/")) == words


@pytest.fixture
def image(tmp_path):
    folder = tmp_path / "image"
    for path, mode in (("usr/bin/tool", 0o755), ("usr/bin/data", 0o644), ("opt/root-only", 0o700)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
        (folder / path).chmod(mode)
    (folder / "bin").symlink_to("usr/bin")
    (folder / "usr/bin/out").symlink_to("/etc/passwd")
    (folder / "usr/bin/alias").symlink_to("/bin/tool")
    return Root(folder)


@pytest.mark.parametrize(("name", "code"), [
    ("tool", 0), ("/usr/bin/tool", 0), ("/bin/tool", 0), ("alias", 0), ("/scratch/my/tool", 0),
    ("data", 126), ("/usr/bin/data", 126), ("/opt/root-only", 126),
    ("root-only", 127), ("missing", 127), ("/missing", 127), ("out", 127), ("/scratchy/tool", 127)])
def test_a_program_that_cannot_run_is_told_by_its_code(image, name, code):
    made = sketch(command=(name,), environment={"PATH": "/nonexistent:/bin"})
    assert inside._unusable(image, made, ["/scratch"]) == code


@pytest.mark.parametrize(("wanted", "found"), [
    ("/scratch", "/scratch"), ("/scratch/a/b", "/scratch/a/b"), ("/scratchy", "/"), ("/root", "/"), ("/", "/")])
def test_the_working_folder_is_kept_only_on_a_mount_of_the_site(wanted, found):
    assert inside._workdir(wanted, ["/home", "/scratch"]) == found


def test_an_image_made_elsewhere_says_nothing_of_itself(image):
    assert inside._config(image).name == "unknown"


@pytest.mark.parametrize("plant", [
    lambda folder: (folder / ".certify").symlink_to("/etc"),
    lambda folder: [(folder / ".certify").mkdir(), (folder / ".certify/image.json").symlink_to("/etc/passwd")],
    lambda folder: [(folder / ".certify").mkdir(), os.mkfifo(folder / ".certify/image.json")],
    lambda folder: (folder / ".certify/image.json").mkdir(parents=True),
], ids=["link above", "link", "fifo", "folder"])
def test_a_planted_description_is_not_believed(image, plant):
    plant(image.folder)
    assert inside._config(image).name == "unknown"


def test_a_description_that_is_none_is_a_fault(image):
    (image.folder / ".certify").mkdir()
    (image.folder / ".certify/image.json").write_bytes(b"\xff{")
    with pytest.raises(Fault):
        inside._config(image)
