"""A plan as bubblewrap's arguments, and the way into the namespace where they are used."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from builder import process
from builder.errors import Error, Fault
from builder.rootfs import Root
from certify.sandbox import bubblewrap, enter, identity, inside, terminal
from certify.sandbox.enter import Look
from certify.sandbox.identity import ORDINARY, Group, Identity
from certify.sandbox.plan import Place, Plan

SEALED = ("--unshare-all", "--new-session", "--die-with-parent", "--cap-drop", "ALL", "--clearenv")


def place(path, kind, content="", **more):
    return Place(path=path, kind=kind, why="", content=content, **more)


def sketch(*places, **more):
    values = {"environment": {}, "identity": ORDINARY, "workdir": "/", "command": ("sh",), "network": False, **more}
    return Plan(places=places, **values)


def options(made):
    return bubblewrap.options(made, Path("/mnt/image"), Path("/mnt/texts"))


def test_a_whole_plan():
    made = sketch(
        place("/bin", "link", "usr/bin"), place("/dev", "dev"), place("/etc", "folder"), place("/etc/passwd", "text", "x"),
        place("/proc", "proc"), place("/scratch", "host", "/scratch"), place("/tmp", "scratch", mode=0o1777),
        place("/usr", "image", "/usr"),
        environment={"B": "2", "A": "1 0"}, workdir="/scratch", command=("python3", "-c", "--"))
    assert options(made) == (
        *SEALED, "--symlink", "usr/bin", "/bin",
        "--dev", "/dev", "--perms", "1777", "--size", "1073741824", "--tmpfs", "/dev/shm", "--remount-ro", "/dev",
        "--perms", "0755", "--dir", "/etc",
        "--ro-bind", "/mnt/texts/etc/passwd", "/etc/passwd", "--proc", "/proc", "--bind", "/scratch", "/scratch",
        "--perms", "1777", "--size", "1073741824", "--tmpfs", "/tmp", "--ro-bind", "/mnt/image/usr", "/usr", "--remount-ro", "/",
        "--setenv", "A", "1 0", "--setenv", "B", "2", "--chdir", "/scratch")


def test_the_command_is_no_option():
    assert options(sketch(command=("--share-net", "--bind", "/", "/"))) == options(sketch())


def test_without_network_nothing_is_shared_and_with_it_all_but_users_and_processes():
    assert options(sketch())[0] == "--unshare-all"
    shared = options(sketch(network=True))
    assert shared[:2] == ("--unshare-user", "--unshare-pid")
    assert not [word for word in shared[2:] if "share" in word]


def test_only_a_program_that_keeps_its_terminal_has_no_session_of_its_own():
    assert "--new-session" in options(sketch())
    assert "--new-session" not in options(sketch(terminal=True))


@pytest.mark.parametrize(("kind", "words"), [
    ("library", ("--ro-bind", "/x", "/sys")), ("devices", ("--dev-bind", "/x", "/sys")),
    ("copy", ("--bind", "/mnt/texts/sys", "/sys")), ("blank", ("--tmpfs", "/sys", "--remount-ro", "/sys")),
    ("completed", ("--ro-bind", "/mnt/texts/.root", "/sys")), ("writable", ("--bind", "/mnt/texts/.root", "/sys"))])
def test_each_kind_of_place_has_its_own_bind(kind, words):
    assert options(sketch(place("/sys", kind, "/x")))[len(SEALED):][:len(words)] == words


def test_a_closed_folder_is_closed():
    assert options(sketch(place("/var/empty", "folder", mode=0)))[len(SEALED):][:4] == ("--perms", "0000", "--dir", "/var/empty")


def test_what_the_image_brings_is_never_writable():
    words = options(sketch(place("/usr", "image", "/usr"), place("/opt/x", "image", "/opt/x")))
    assert "--bind" not in words
    assert words.count("--ro-bind") == 2


@pytest.fixture
def texts(tmp_path, monkeypatch):
    monkeypatch.setattr(inside, "_TEXTS", tmp_path / "texts")
    return tmp_path / "texts"


def test_the_sandbox_reads_its_options_from_a_file_and_its_command_line_tells_none(texts):
    secrets = {"TOKEN": "s3cret", "EMPTY": "", "LINES": "a\nb --bind / /", "BYTES": os.fsdecode(b"\xff")}
    made = sketch(place("/etc/passwd", "text", "me"), environment=secrets, command=("sh", "-c", "--"))
    with inside._bwrap(made) as (argv, (handle,)):
        assert argv == ("bwrap", "--args", str(handle), "--", "sh", "-c", "--")
        told = os.read(handle, 1 << 20).split(b"\0")
        assert tuple(map(os.fsdecode, told)) == bubblewrap.options(made, Path("/mnt/image"), texts)
        assert (texts / "etc/passwd").read_text() == "me"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(handle)


def test_the_file_of_options_is_gone_after_an_exception_too(texts):
    with pytest.raises(ZeroDivisionError), inside._bwrap(sketch()) as (_, (handle,)):
        raise ZeroDivisionError
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(handle)


@pytest.mark.integration
def test_a_real_sandbox_has_its_environment_and_shows_it_on_no_command_line(texts):
    merged = [path for name in ("bin", "lib", "lib64") if (path := Path("/", name)).is_symlink()]
    system = [place(str(path), "link", str(path.readlink())) for path in merged]
    script = "printf '%s|%s|' \"$TOKEN\" \"$LINES\"; cat /proc/[0-9]*/cmdline | tr '\\0' ' '; echo \"|$(ls /proc/1/fd | xargs)\""
    made = sketch(*system, place("/proc", "proc"), place("/usr", "host", "/usr"), command=("sh", "-c", script),
                  environment={"TOKEN": "s3cret", "LINES": "a\nb", "PATH": "/usr/bin"})
    with inside._bwrap(made) as (argv, (handle,)):
        token, lines, shown, handles = process.run(argv, pass_fds=(handle,)).stdout.split("|", 3)
        assert (token, lines) == ("s3cret", "a\nb")
        assert f"bwrap --args {handle} -- sh -c" in shown
        assert "s3cret" not in shown
        assert str(handle) not in handles.split()


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


ALL = Look()


@pytest.fixture
def says(tmp_path, monkeypatch, site):
    """What an examination gives where the part inside prints some lines."""
    for name in ("setpriv", "unshare", "bwrap", "squashfuse_ll"):
        (tmp_path / name).write_text(f"#!/bin/sh\ncat {tmp_path}/lines\nexit $(cat {tmp_path}/code)\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "image").touch()

    def examine(lines, code=0, *, look=ALL, tests=()):
        (tmp_path / "lines").write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
        (tmp_path / "code").write_text(str(code))
        events = []
        with (tmp_path / "image").open() as image:
            enter.examine(image.fileno(), site, look=look, tests=tests, on_event=events.append)
        return events
    return examine


CONFIG, CHECKED, CONTENTS, LIBRARIES, END = ({"event": kind} for kind in ("config", "checked", "contents", "libraries", "end"))
FINDING = {"event": "finding", "code": "PRM304"}
ONE, TWO = ({"event": "test", "name": name, "run": run, "code": 0} for name, run in (("a", "x"), ("b", "y")))
WHOLE = [CONFIG, FINDING, FINDING, CHECKED, CONTENTS, ONE, TWO, END]
LOOKED = [CONFIG, CHECKED, CONTENTS]
TESTS = [{"name": "a", "run": "x"}, {"name": "b", "run": "y"}]


def test_every_event_is_handed_over_in_its_order(says):
    assert says(WHOLE, tests=TESTS) == WHOLE[:-1]


def test_what_the_loader_would_load_is_told_alone(says):
    assert says([CONFIG, LIBRARIES, END], look=Look(libraries="/bin/sh")) == [CONFIG, LIBRARIES]


def test_what_an_image_is_made_of_is_told_without_any_check(says):
    assert says([CONFIG, CONTENTS, END], look=Look(contents=True)) == [CONFIG, CONTENTS]


def test_an_examination_without_checks_and_tests_is_whole_without_their_events(says):
    assert says([CONFIG, END], look=None) == [CONFIG]


@pytest.mark.parametrize(("code", "kind"), [(1, Fault), (3, Error)])
@pytest.mark.parametrize("before", [[], [CONFIG, CHECKED]])
def test_an_error_inside_is_raised_outside_as_what_it_was(says, before, code, kind):
    with pytest.raises(Error, match=r"^why$") as caught:
        says([*before, {"event": "error", "message": "why", "hint": "do", "code": code}], 125)
    assert type(caught.value) is kind
    assert caught.value.hint == "do"


@pytest.mark.parametrize("line", ["Traceback", "[]", "{}", '"event"', "null", "{", "", "[" * 100_000])
@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize("place", [0, 3, 8])
def test_what_is_no_event_fails_the_examination_and_is_told(says, line, code, place):
    with pytest.raises(Error, match="could not be examined: ") as caught:
        says([*WHOLE[:place], line, *WHOLE[place:]], code, tests=TESTS)
    assert type(caught.value) is Error
    assert caught.value.message.endswith(line)


@pytest.mark.parametrize("code", [1, 125, 137])
def test_an_examination_that_ends_badly_counts_for_nothing(says, code):
    with pytest.raises(Error, match="could not be examined"):
        says(WHOLE, code, tests=TESTS)


def without(*missing):
    return [event for event in WHOLE if event not in missing]


@pytest.mark.parametrize("lines", [
    [], [CONFIG], without(CONFIG), without(CHECKED), without(CONTENTS), without(END),
    without(ONE), without(TWO), without(ONE, TWO),
    [*WHOLE, ONE], [*WHOLE[:-1], ONE, END], [*LOOKED, ONE, ONE, END], [*LOOKED, TWO, ONE, END],
    [*LOOKED, ONE, {**TWO, "run": "true"}, END], [*LOOKED, ONE, {**TWO, "name": "c"}, END],
    [CONFIG, ONE, TWO, CHECKED, CONTENTS, END], [CHECKED, CONTENTS, CONFIG, ONE, TWO, END],
    [CONFIG, *WHOLE], [CHECKED, *WHOLE], [*WHOLE, END],
    [END, *WHOLE], [*WHOLE[:3], END, *WHOLE[3:]], [*WHOLE[:3], {"event": "odd"}, *WHOLE[3:]], [*WHOLE, *WHOLE],
], ids=["nothing", "config only", "no config", "no checked", "no contents", "no end", "no first test", "no last test", "no test",
        "test after the end", "one test more", "one test twice", "tests reordered", "other command", "other name",
        "checked last", "config late", "two configs", "checked twice", "two ends", "end first", "end early", "unknown event",
        "all twice"])
def test_an_examination_of_which_not_all_arrived_and_nothing_else_counts_for_nothing(says, lines):
    with pytest.raises(Error, match="could not be examined") as caught:
        says(lines, tests=TESTS)
    assert type(caught.value) is Error


@pytest.mark.parametrize(("lines", "look", "tests"), [
    ([*LOOKED, END], None, []), ([CONFIG, END], Look(), []), ([*LOOKED, ONE, END], Look(), []),
    ([*LOOKED, END], Look(libraries="/x"), []), ([CONFIG, LIBRARIES, END], Look(), []),
    ([*LOOKED, END], Look(contents=True), []), ([CONFIG, CONTENTS, END], Look(), []), ([CONFIG, END], Look(contents=True), [])])
def test_results_that_were_not_asked_for_are_no_results(says, lines, look, tests):
    with pytest.raises(Error, match="could not be examined"):
        says(lines, look=look, tests=tests)


@pytest.mark.parametrize("size", [40_000, 400_000])
def test_a_long_event_arrives_whole(says, size):
    config, test = {**CONFIG, "text": "é" * size}, {**ONE, "output": "x" * size}
    assert says([config, CHECKED, CONTENTS, test, TWO, END], tests=TESTS) == [config, CHECKED, CONTENTS, test, TWO]


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
    monkeypatch.setattr(os, "getgroups", lambda: [54323, 0, 54322])
    assert identity.caller() == Identity(uid=54321, gid=54322, name="u54321", home="/", group="g54322",
                                         groups=(Group(gid=54323, name="g54323"),))


def test_an_identity_is_the_same_after_a_way_as_plain_data():
    ada = Identity(uid=1, gid=2, name="ada", home="/home/ada", group="staff", groups=(Group(gid=3, name="astro"),))
    assert Identity.from_plain(json.loads(json.dumps(asdict(ada)))) == ada
    assert [one.name for one in ada.memberships] == ["staff", "astro"]


def test_root_keeps_its_own_home_and_name_for_itself(monkeypatch):
    variables = {"HOME": "/root", "USER": "root", "LOGNAME": "root", "MAIL": "/var/mail/root", "SHELL": "/bin/zsh", "A": "1"}
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert identity.environment(variables) == variables
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert identity.environment(variables) == {"A": "1"}


@pytest.mark.parametrize(("uid", "words"), [
    (0, ("setpriv", "--reuid", "7", "--regid", "8", "--clear-groups", "--no-new-privs", "--inh-caps=-all",
         "--bounding-set=-all", "--")),
    (1000, ("setpriv", "--ambient-caps=-all", "--inh-caps=-all", "--no-new-privs", "--"))])
def test_a_program_gets_no_privilege(monkeypatch, uid, words):
    monkeypatch.setattr(os, "getuid", lambda: uid)
    assert inside._drop(Identity(uid=7, gid=8, name="x", home="/")) == words


def test_root_gives_a_user_all_of_their_groups_and_no_other(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 0)
    words = inside._drop(Identity(uid=7, gid=8, name="x", home="/", groups=(Group(gid=9, name="a"), Group(gid=10, name="b"))))
    assert words[5:7] == ("--groups", "9,10")
    assert "--clear-groups" not in words


def test_a_request_is_in_memory_alone_and_can_be_read_from_its_beginning():
    with enter._request({"kind": "é\ud800"}) as handle:
        assert json.loads(Path(enter._name(handle)).read_text()) == {"kind": "é\ud800"}
        assert Path(enter._name(handle)).readlink().name.startswith("memfd:")
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(handle)


def test_a_sandbox_with_a_terminal_is_filtered_and_one_without_has_a_session(texts, monkeypatch):
    with inside._bwrap(sketch(terminal=True)) as (argv, handles):
        assert argv[:5] == ("bwrap", "--args", str(handles[0]), "--seccomp", str(handles[1]))
        assert "--new-session" not in os.read(handles[0], 1 << 20).decode().split("\0")
        assert os.read(handles[1], 1 << 20) == terminal.guard(os.uname().machine)
    monkeypatch.setattr(terminal, "guard", lambda machine: None)
    with inside._bwrap(sketch(terminal=True)) as (_, (handle,)):
        assert "--new-session" in os.read(handle, 1 << 20).decode().split("\0")


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
