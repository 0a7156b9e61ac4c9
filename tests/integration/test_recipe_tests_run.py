"""Tests of recipes on a squashfs, as root and as an ordinary user: what is told, in which order, and that all of it ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from small_images import tree

from tests.texts import BARE

NAP = "976431"      # marks the processes of these tests for whoever looks for them from outside
COMMAND = (sys.executable, "-c", "from certify.cli.main import entry; entry()")


@pytest.fixture(scope="module")
def image():
    with tempfile.TemporaryDirectory(prefix="certify-tests-") as top:
        folder = Path(top)
        folder.chmod(0o755)
        root = tree(folder / "tree")
        (root / "etc/open").mkdir()
        (root / "etc/open").chmod(0o777)
        subprocess.run(["mksquashfs", root, folder / "image.squashfs", "-all-root", "-noappend", "-quiet", "-no-progress",
                        "-no-xattrs", "-comp", "lz4"], check=True)
        (folder / "image.squashfs").chmod(0o644)
        yield folder


@pytest.fixture
def check(image):
    """What certify check says of the image's tests; its findings are others' concern."""
    def run(tests, user=0):
        (image / "recipe.yaml").write_text(BARE + "tests:\n" + tests)
        prefix = ("/usr/bin/setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups")
        done = subprocess.run([*prefix, *COMMAND, "check", str(image / "image.squashfs"), "--recipe", str(image / "recipe.yaml")],
                              env={"PATH": os.environ["PATH"]}, cwd="/", capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode in (0, 1), done.stderr
        return done
    return run


def stages(done):
    """The tests as they are told on standard error: name -> note, in order."""
    return re.findall(r"test: (.+?) +\d+\.\d s *(.*)$", done.stderr, re.MULTILINE)


def processes():
    return [entry for entry in Path("/proc").glob("[0-9]*/cmdline") if NAP in _text(entry)]


def _text(path):
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


ALL = rf"""
  - {{name: slow and fine, run: sleep 1; echo done, expect: {{text: done}}}}
  - {{name: fails, run: echo because; exit 4}}
  - {{name: refuses, run: "ls --no-such", expect: {{exit: 2, output: "^ls: .*no-such"}}}}
  - {{name: on a GPU, run: "true", needs: [gpu]}}
  - {{name: fetches, run: "true", needs: [network, mpi-launcher]}}
  - {{name: forks for ever, timeout: 2, run: "ulimit -u 300; bomb() {{ bomb | bomb & sleep {NAP}; }}; bomb; sleep {NAP}"}}
  - {{name: ignores, timeout: 2, run: "trap '' TERM INT HUP; while :; do sleep {NAP}; done"}}
  - {{name: leaves a daemon, run: "(trap '' HUP TERM; perl -e 'use POSIX; fork and exit; setsid(); sleep {NAP}') & echo left"}}
  - {{name: searched too long, run: "head -c 300 /dev/zero | tr '\\0' a; echo b", expect: {{output: "(a|a)*$X"}}}}
  - {{name: writes, run: "ls /etc/open; touch /etc/open/seen"}}
  - {{name: writes as well, run: "test -z \"$(ls /etc/open)\"; touch /etc/open/seen"}}
  - {{name: the last, run: test "$(id -u)" -ne 0}}
"""
NOTES = {
    "slow and fine": "", "fails": "FAILED, exit code 4", "refuses": "", "on a GPU": "skipped: needs gpu",
    "fetches": "skipped: needs network, mpi-launcher", "forks for ever": "FAILED, not over after 2 s",
    "ignores": "FAILED, not over after 2 s", "leaves a daemon": "",
    "searched too long": "FAILED, the search in its output came to no end", "writes": "", "writes as well": "", "the last": ""}


@pytest.mark.parametrize("user", [0, 61001])
def test_all_run_and_are_told_in_order_and_leave_nothing(check, user):
    begin = time.monotonic()
    done = check(ALL, user)
    found = stages(done)
    assert [name for name, _ in found] == list(NOTES), done.stderr
    assert {name: note for name, note in found if not note.startswith(NOTES[name]) or bool(note) != bool(NOTES[name])} == {}
    assert "test 'fails' failed with exit code 4: echo because; exit 4\n  | because\n" in done.stdout
    assert "test 'on a GPU' was skipped: needs gpu, which the simulated site does not have\n" in done.stdout
    assert done.returncode == 1
    assert time.monotonic() - begin < 60
    assert processes() == []


def test_an_examination_that_is_killed_leaves_no_test_behind(check, image):
    (image / "recipe.yaml").write_text(BARE + f"tests:\n  - run: sleep {NAP}\n  - run: sleep {NAP}\n")
    argv = [*COMMAND, "check", str(image / "image.squashfs"), "--recipe", str(image / "recipe.yaml")]
    process = subprocess.Popen(argv, env={"PATH": os.environ["PATH"]}, cwd="/", stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while not processes() and time.monotonic() < end:
        time.sleep(0.1)
    assert processes()
    process.kill()
    process.wait()
    end = time.monotonic() + 10
    while processes() and time.monotonic() < end:
        time.sleep(0.1)
    assert processes() == []
