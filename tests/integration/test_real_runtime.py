"""Tests of recipes with the real Charliecloud, as root and as an ordinary user: what is told, and what the image cannot do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from small_images import tree
from tools import needs

from tests.texts import BARE

pytestmark = [pytest.mark.integration, needs("ch-run", "squashfuse_ll", "mksquashfs")]

NAP = "864319"      # marks the processes of these tests for whoever looks for them from outside
COMMAND = (sys.executable, "-c", "from certify.cli.main import entry; entry()")
IMAGE = '{"name": "tool", "version": "1", "revision": 1, "platform": "linux/amd64", "environment": {"OWN": "a $HOME b"}}'


def packed(root, target):
    subprocess.run(["mksquashfs", root, target, "-all-root", "-noappend", "-quiet", "-no-progress", "-no-xattrs", "-comp", "lz4"],
                   check=True)
    target.chmod(0o644)


@pytest.fixture(scope="module")
def images():
    """Two images: one with the places that the runtime mounts over, and a bare one."""
    with tempfile.TemporaryDirectory(prefix="certify-real-") as top:
        folder = Path(top)
        folder.chmod(0o755)
        root = tree(folder / "tree")
        packed(root, folder / "bare.squashfs")
        for name in ("dev", "proc", "sys", "tmp"):
            (root / name).mkdir()
        for name in ("passwd", "group", "hosts", "resolv.conf"):
            (root / "etc" / name).touch()
        (root / "opt/open").mkdir()
        (root / "opt/open").chmod(0o777)
        packed(root, folder / "whole.squashfs")
        yield folder


@pytest.fixture
def check(images):
    def run(tests, *words, user=0, image="whole", more=("--runtime", "charliecloud", "--real"), code=(0, 1)):
        (images / "recipe.yaml").write_text(BARE + f"env: {{OWN: a $HOME b}}\ntests:\n{tests}")
        prefix = ("/usr/bin/setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups")
        done = subprocess.run([*prefix, *COMMAND, "check", str(images / f"{image}.squashfs"), "--recipe",
                               str(images / "recipe.yaml"), *more, *words], cwd="/", env={"PATH": os.environ["PATH"]},
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        assert done.returncode in code, done.stderr
        assert "Traceback" not in done.stderr
        return done
    return run


def results(done):
    return {one["name"]: one for one in json.loads(done.stdout)["tests"]}


ALL = f"""
  - {{name: it is charliecloud, run: "test -n \\"$CH_RUNNING\\""}}
  - {{name: fails, run: echo because; exit 4}}
  - {{name: refuses, run: "ls --no-such", expect: {{exit: 2, output: "^ls: .*no-such"}}}}
  - {{name: fetches, run: "true", needs: [network]}}
  - {{name: with a library of the site, run: "true", host_libraries: [mpich]}}
  - {{name: never over, timeout: 1, run: "trap '' TERM INT HUP; while :; do sleep {NAP}; done"}}
  - {{name: leaves a daemon, run: "(trap '' HUP TERM; setsid sleep {NAP}) & echo left"}}
  - {{name: no network, run: "wc -l < /proc/net/dev", expect: {{output: "^3$"}}}}
  - {{name: no processes of others, run: "ls -d /proc/[0-9]* | wc -l", expect: {{output: "^[0-9]$"}}}}
  - {{name: an ordinary user, run: "test $(id -u) -ne 0; ! touch /opt/mine /opt/open/mine"}}
  - {{name: may write where all may, run: "for i in /tmp /dev/shm; do test -z \\"$(ls $i)\\"; touch $i/certify-{NAP}; done"}}
  - {{name: and so may the next, run: "for i in /tmp /dev/shm; do test -z \\"$(ls $i)\\"; touch $i/certify-{NAP}; done"}}
  - {{name: no terminals, run: "ls /dev/pts | wc -l", expect: {{output: "^0$"}}}}
"""
FAILURES = {"fails": "exit code 4", "never over": "not over after 1 s"}
SKIPPED = {"fetches", "with a library of the site"}


@pytest.mark.parametrize("user", [0, 61001])
def test_tests_run_under_the_real_runtime_and_reach_nothing_of_the_machine(check, user):
    done = check(ALL, "--format", "json", user=user)
    told = results(done)
    assert {name: one["failure"] for name, one in told.items() if one["failure"]} == FAILURES, done.stdout
    assert {name for name, one in told.items() if one["skipped"]} == SKIPPED
    assert re.fullmatch(r"charliecloud \d+\.\d+\S* \(real\)", json.loads(done.stdout)["runtime"])
    assert not [place for folder in ("/tmp", "/var/tmp", "/dev/shm") for place in Path(folder).glob(f"*{NAP}")]
    assert not [entry for entry in Path("/proc").glob("[0-9]*/cmdline") if NAP in _text(entry)]


def _text(path):
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


def test_what_the_runtime_cannot_start_passes_no_test_whatever_that_expects(check):
    done = check("  - {name: fails, run: exit 1, expect: {exit: 1}}\n  - run: 'true'\n", image="bare")
    assert done.returncode == 1
    assert done.stdout.count("did not start") == 2
    assert "can't bind: destination not found" in done.stdout
    assert "tests: 0 passed, 2 failed" in done.stdout


def test_a_private_image_is_mounted_for_the_runtime(check, images):
    """The ordinary user may not open the file, as at a site nobody may who is not of the group."""
    (images / "whole.squashfs").chmod(0o640)
    try:
        done = check("  - run: test -n \"$CH_RUNNING\"\n")
    finally:
        (images / "whole.squashfs").chmod(0o644)
    assert re.search(r"^runtime: charliecloud \S+ \(real\), where certify has mounted the image$", done.stdout, re.MULTILINE)
    assert "tests: 1 passed, 0 failed" in done.stdout


def test_the_simulated_runtime_and_the_real_one_agree_on_what_a_test_sees(check):
    asked = "  - {name: seen, run: 'echo $CH_RUNNING; pwd; id -u; echo $USER; ls -d /home /run /opt 2>&1 || exit 1'}\n"
    seen = [results(check(asked, "--format", "json", more=more))["seen"]
            for more in (("--runtime", "charliecloud"), ("--runtime", "charliecloud", "--real"))]
    assert seen[0]["output"].startswith("Weird Al")
    assert seen[0]["output"] == seen[1]["output"]
    assert seen[0]["code"] == seen[1]["code"] == 1


@pytest.mark.parametrize(("words", "said"), [
    (("--real",), "name it: --runtime charliecloud"), (("--runtime", "no-such"), "no such runtime is known"),
    (("--runtime", "apptainer", "--real"), "known: charliecloud")], ids=["alone", "unknown", "simulated"])
def test_a_runtime_that_cannot_be_meant_is_an_error_of_usage(check, words, said):
    assert said in check("  - run: 'true'\n", more=words, code=(2,)).stderr
