"""The simulated site against what is known of the runtime: each statement of the table is observed in the sandbox.

A row has the runtime's value. Where the simulation has another one, the row says so, and certify/sandbox/plan.py why; both are
checked, so that a deviation that comes or goes is seen. At least 99 of 100 observations must agree.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import tempfile
from pathlib import Path

import observing
import pytest
from runtime_table import ALICE, BOB, CLUB, HIDDEN, LEVELS, LIMIT, MARK, ODD, OURS, REPLACED, ROWS, SITE_FS
from small_images import Images, tree

from builder.recipe.model import Access


@pytest.fixture(scope="module")
def images():
    with tempfile.TemporaryDirectory(prefix="certify-simulation-") as top:
        Path(top).chmod(0o755)
        made = Images(Path(top))
        root = furnished(tree(Path(top) / "tree"))
        variables = {"BOTH": "image", "IMAGE_ONLY": "image", "EMPTY_IN_IMAGE": "", "SHIFTER_RUNTIME": "image", "LD_BIND_NOT": "1"}
        made.publish(root, "table", environment={"PATH": "/usr/bin:/bin", **variables},
                     entrypoint=("/usr/bin/env", "sh", "-c", "echo entered $0 $1"), workdir="/opt")
        made.publish(tree(Path(top) / "private"), "private", Access(users=(ALICE,)))
        made.publish(Path(top) / "private", "club", Access(groups=(CLUB,)))
        made.publish(linked(Path(top) / "private"), "linked")
        yield made


def furnished(root):
    """Everything that the table asks about."""
    for path in HIDDEN:
        write(root / path / "of-the-image")
    (root / "var/run").symlink_to("/run")
    for path in (*(f"etc/{name}" for name in (*REPLACED, "mtab")), "var/hostsfile", "var/shifterConfig.json", "usr/bin/ssh",
                 "etc/kept", "opt/tool/kept", "var/lib/kept", "etc/drop/inner/file", "usr/share/a b", "opt/open/file"):
        write(root / path)
    write(root / "etc/profile.d/own.sh", "export FROM_PROFILE=1\n")
    write(root / "root/.bashrc", "export FROM_PROFILE=1\n")
    for folder in LEVELS:
        for name in (*ODD, "A-z_0.9:+"):
            (root / folder / name).mkdir()
        special(root / folder)
        write(root / folder / "big", "x" * LIMIT)
    write(root / "etc/small", "x" * (LIMIT - 1))
    write(root / "etc/deep/big", "x" * LIMIT)
    os.mkfifo(root / "usr/share/fifo")
    (root / "etc/link").symlink_to("/nowhere")
    shutil.copy2(root / "usr/bin/id", root / "usr/bin/setuid-id")
    (root / "opt/closed").mkdir()
    write(root / "opt/tool/secret")
    for path, mode in (("etc/drop/inner", 0o777), ("opt/open", 0o777), ("usr/bin/setuid-id", 0o4755), ("opt/closed", 0o700),
                       ("opt/tool/secret", 0o600), ("opt", 0o775), ("etc", 0o777), ("var", 0o757)):
        (root / path).chmod(mode)
    return root


def linked(root):
    (root / "opt").rmdir()
    (root / "opt").symlink_to("/root/\x1b[2J")
    return root


def special(folder):
    os.mkfifo(folder / "fifo")
    os.mknod(folder / "device", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    with socket.socket(socket.AF_UNIX) as one:
        before = Path.cwd()
        os.chdir(folder)        # a socket's path has a limit
        one.bind("socket")
        os.chdir(before)


def write(path, text=OURS + "\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.chmod(0o644)
    path.write_text(text)


@pytest.fixture(scope="module")
def machine():
    """What the machine shows: marks in its folders, and a file system of the site."""
    marks = [Path(folder) / MARK for folder in ("/tmp", "/var/tmp", "/dev/shm")]
    for mark in marks:
        mark.write_text(MARK)
    here, fs = Path(f"/tmp/{MARK}.d"), Path(SITE_FS)
    here.mkdir()
    fs.mkdir()
    fs.chmod(0o1777)
    write(fs / "site-file", "of the site")
    write(fs / "for-the-club", "of the club")
    os.chown(fs / "for-the-club", 0, CLUB)
    (fs / "for-the-club").chmod(0o640)
    yield
    for mark in marks:
        mark.unlink()
    here.rmdir()
    shutil.rmtree(fs)


@pytest.fixture(scope="module")
def site(images):
    return images.site(site_mounts=[SITE_FS, "/home", "/global/cfs/cdirs", "/opt/app/data", "/var/opt/cray"],
                       environment={"SHIFTER_RUNTIME": "1", "BY_SITE": "site"})


@pytest.fixture(scope="module")
def observed(images, site, machine):
    """All observations, one run of the program for each scenario."""
    host = {"HOST_ONLY": "host", "BOTH": "host", "EMPTY_IN_IMAGE": "host", "LD_LIBRARY_PATH": "/x", "LD_PRELOAD": "",
            "LD_AUDIT": "", "TMPDIR": "/x", "GCONV_PATH": "/x", "TZDIR": "/x"}
    scenarios = {"run": {"user": ALICE, "groups": [CLUB], "cwd": f"/tmp/{MARK}.d", **host},
                 "root": {"HOME": "/root", "USER": "root"},
                 "elsewhere": {"user": ALICE, "cwd": "/etc/apt" if Path("/etc/apt").is_dir() else "/boot"},
                 "within": {"user": ALICE, "cwd": "/usr/share"}}
    found = {}
    for scenario, how in scenarios.items():
        asked = [row for row in ROWS if row.scenario == scenario]
        script = observing.script([row.command for row in asked], errors=False)
        done = images("--site", site, "table", "--", "sh", "-c", script, **how)
        found |= observing.answers(asked, done)
    return found


@pytest.mark.parametrize("row", ROWS, ids=[f"{number}-{one.scenario}" for number, one in enumerate(ROWS)])
def test_the_simulation_gives_what_the_runtime_gives(observed, row):
    assert observed[row].rstrip() == row.wanted.rstrip(), row.statement


def test_at_least_99_of_100_observations_agree(observed):
    agree = [row for row in ROWS if observed[row].rstrip() == row.value.rstrip()]
    other = [f"{row.statement}: {row.value!r} at the site, {observed[row]!r} here" for row in ROWS if row not in agree]
    assert len(ROWS) > 150
    assert len(agree) >= 0.99 * len(ROWS), other


@pytest.mark.parametrize(("words", "said"), [
    ((), ""), (("--", "sh", "-c", "echo plain"), "plain\n"),
    (("--entrypoint",), "entered sh\n"), (("--entrypoint", "--", "one", "two"), "entered one two\n")],
    ids=["a shell", "a command", "the entrypoint", "with arguments"])
def test_an_entrypoint_is_run_only_where_it_is_asked_for(images, words, said):
    assert images(*words[:1], "table", *words[1:], user=ALICE, check=0).stdout == said


def test_the_images_working_directory_is_not_used_and_another_can_be_asked_for(images):
    assert images("table", "--", "pwd", user=ALICE, check=0).stdout == "/\n"
    assert images("--workdir", "/opt", "table", "--", "pwd", user=ALICE, check=0).stdout == "/opt\n"
    assert images("--workdir", "/missing", "table", "--", "pwd", user=ALICE, check=0).stdout == "/\n"


def test_an_image_without_an_entrypoint_has_none_to_run(images):
    assert "no entrypoint" in images("--entrypoint", "private", user=ALICE, check=125).stderr


@pytest.mark.parametrize(("image", "user", "groups", "code"), [
    ("private", ALICE, [], 0), ("private", BOB, [], 125), ("private", BOB, [ALICE], 125), ("club", CLUB, [], 0),
    ("club", BOB, [CLUB], 0), ("club", BOB, [], 125)])
def test_access_is_granted_by_uid_and_by_any_gid(images, image, user, groups, code):
    images(image, "--", "true", user=user, groups=groups, check=code)


def test_a_link_instead_of_a_rebuilt_folder_is_refused(images):
    for user in (0, ALICE):
        assert "/opt is a link to /root/\\x1b[2J:" in images("linked", "--", "true", user=user, check=125).stderr


def test_plan_and_why_tell_what_a_run_shows(images, site, machine):
    plan = images("--site", site, "--plan", "table", user=ALICE, groups=[CLUB], HOST_ONLY="host", TMPDIR="/x", check=0).stdout
    for line in ("/opt/app/data ", "mounted by the site; nothing of it is here", "TMPDIR ", "HOST_ONLY=host ",
                 "the runtime drops names with such characters", "/a\\nb "):
        assert line in plan
    for path, said in (("/opt/app/of-the-image", "nothing"), ("/bin/bash", "/usr/bin/bash"), ("/etc/passwd", "hidden"),
                       ("/etc/big", "5242880 bytes or more"), (f"{SITE_FS}/site-file", "mounted by the site, from this machine")):
        assert said in images("--site", site, "--why", path, "table", user=ALICE, check=0).stdout
    [answer] = json.loads(images("--why", "/bin", "--format", "json", "table", check=0).stdout)["results"]
    assert (answer["path"], answer["leads_to"], answer["links"]) == ("/bin", "/usr/bin", [["/bin", "usr/bin"]])
    assert "not a path" in images("--why", "etc", "table", check=125).stderr
