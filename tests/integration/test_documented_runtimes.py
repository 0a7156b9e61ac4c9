"""The simulated podman-hpc and Apptainer against what their documentation says: each statement is observed in the sandbox.

What is knowingly different stands in certify/sandbox/whole.py. Links at the places where something is mounted are looked at
as well: they lead nowhere but into the image.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import observing
import pytest
from documented_runtimes import ALICE, CLUB, MARK, OURS, ROWS
from small_images import Images, tree

from builder.image import ImageConfig
from certify import site as sites
from certify.sandbox import enter

RUNTIMES = ("podman-hpc", "apptainer")
HOST = {"HOST_ONLY": "host", "BOTH": "host", "LD_LIBRARY_PATH": "/x", "SLURM_JOB_ID": "7", "USER": "alice", "LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="module")
def images():
    with tempfile.TemporaryDirectory(prefix="certify-documented-") as top:
        Path(top).chmod(0o755)
        made, root = Images(Path(top)), tree(Path(top) / "tree")
        made.publish(root, "bare", environment={})
        variables = {"PATH": "/opt/tool:/usr/bin:/bin", "IMAGE_ONLY": "image", "BOTH": "image", "EMPTY": ""}
        made.publish(furnished(root), "full", environment=variables, entrypoint=("/usr/bin/env", "ENTERED=1"),
                     workdir="/opt/tool")
        for folder in ("proc", "sys", "dev"):
            (root / folder).mkdir()
        made.publish(root, "places", environment={"PATH": "/usr/bin", "IMAGE_ONLY": "image"})
        (root / "dev").rmdir()
        made.publish(linked(root), "linked", environment={"PATH": "/usr/bin"})
        yield made


def furnished(root):
    """Everything that the tables ask about."""
    for folder in ("tmp/of-the-image", "home/of-the-image", "opt/tool/sub", "opt/open", "a b"):
        (root / folder).mkdir(parents=True)
    for path in ("etc/hosts", "etc/hostname", "etc/resolv.conf", "etc/kept", "opt/tool/none"):
        (root / path).write_text(OURS + "\n")
    (root / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "opt/tool/none").chmod(0)
    (root / "opt/open").chmod(0o777)
    return root


def linked(root):
    """Links where things are mounted: out of the image, and to what is not there."""
    for path, target in (("etc/hosts", "../../../../../../etc/aside"), ("etc/resolv.conf", f"/var/{MARK}/resolv.conf"),
                         ("dev", "/opt/devices")):
        (root / path).unlink(missing_ok=True)
        (root / path).symlink_to(target)
    (root / "opt/devices").mkdir()
    return root


@pytest.fixture(scope="module")
def machine():
    """What of the machine is to be seen."""
    marks = [Path(folder) / MARK for folder in ("/tmp", "/var/tmp", "/dev/shm")]
    for mark in marks:
        mark.write_text(MARK + "\n")
    here = Path(f"/tmp/{MARK}.d")
    here.mkdir()
    here.chmod(0o1777)
    yield here
    for mark in marks:
        mark.unlink()
    shutil.rmtree(here)


@pytest.fixture(scope="module")
def observed(images, machine):
    """All observations, one run of the program for each runtime and image."""
    found = {}
    for runtime, image in ((runtime, image) for runtime in RUNTIMES for image in ("full", "bare")):
        asked = [row for row in ROWS if (row.runtime, row.image) == (runtime, image)]
        script = observing.script([row.command for row in asked])
        before = os.umask(0o027)
        try:
            done = images("--site", runtime, image, "--", "sh", "-c", script, user=ALICE, groups=[CLUB], cwd=machine,
                          XDG_STATE_HOME=str(machine), **HOST)
        finally:
            os.umask(before)
        found |= observing.answers(asked, done)
    return found


@pytest.mark.parametrize("row", ROWS, ids=[f"{number}-{one.runtime}" for number, one in enumerate(ROWS)])
def test_the_simulation_does_what_is_documented(observed, row):
    assert observed[row] == row.value, f"{row.statement} ({row.source})"


def test_every_statement_has_a_source_and_there_are_many_for_each():
    assert all(row.source and row.statement for row in ROWS)
    assert min(sum(row.runtime == runtime for row in ROWS) for runtime in RUNTIMES) >= 30


def test_what_podman_writes_goes_with_the_sandbox(images):
    for user in (ALICE, 0):
        done = images("--site", "podman-hpc", "full", "--", "sh", "-c", "ls /new; touch /new && id -u", user=user, check=0)
        assert done.stdout == "0\n"


def test_a_link_at_a_place_for_a_mount_leads_into_the_image(images, machine):
    asked = f"cat /etc/aside /etc/hosts; ls -d /opt/devices/null /var/{MARK}/resolv.conf"
    for runtime, user in ((runtime, user) for runtime in RUNTIMES for user in (ALICE, 0)):
        done = images("--site", runtime, "linked", "--", "sh", "-c", asked, user=user)
        assert done.stdout.endswith(f"/opt/devices/null\n/var/{MARK}/resolv.conf\n"), (runtime, user, done)
        assert done.stdout.count("localhost") >= 2
        assert OURS not in done.stdout
    assert not Path("/etc/aside").exists()
    assert not Path(f"/var/{MARK}").exists()


def test_charliecloud_does_not_start_where_a_place_is_missing_or_leads_out(images):
    assert "the image has no /dev" in images("--site", "charliecloud", "bare", "--", "true", user=ALICE, check=125).stderr
    assert "absolute link" in images("--site", "charliecloud", "linked", "--", "true", user=ALICE, check=125).stderr


def test_plan_and_why_tell_which_root_it_is(images):
    asked = {runtime: images("--site", runtime, "--plan", "--format", "json", "full", user=ALICE, check=0).stdout
             for runtime in RUNTIMES}
    plans = {runtime: json.loads(text)["results"][0] for runtime, text in asked.items()}
    tops = {runtime: (plan["places"][0]["path"], plan["places"][0]["writable"]) for runtime, plan in plans.items()}
    assert tops == {"podman-hpc": ("/", True), "apptainer": ("/", False)}
    assert (plans["podman-hpc"]["identity"]["uid"], plans["apptainer"]["identity"]["uid"]) == (0, ALICE)
    assert plans["podman-hpc"]["command"][0] == "/usr/bin/env"
    assert "CAP_DAC_OVERRIDE" in images("--site", "podman-hpc", "--plan", "full", user=ALICE, check=0).stdout
    said = images("--site", "apptainer", "--why", "/opt/tool/sub", "full", user=ALICE, check=0).stdout
    assert "the image's root as it is, read-only" in said


TRIES = [("who", "id -u"), ("write", "touch /new && echo written"), ("see", "sleep 0.3; test -e /new && echo seen || echo alone"),
         ("root", "cat /opt/tool/none && echo read"), ("env", 'echo "${IMAGE_ONLY-unset}"'),
         ("place", "touch /opt/open/x && echo yes")]
RESULTS = {"podman-hpc": ["0", "written", "alone", f"{OURS}\nread", "image", "yes"],
           "charliecloud": ["61234", None, "alone", f"{OURS}\nread", "unset", None],
           "apptainer": ["61234", None, "alone", None, "image", None]}


@pytest.mark.parametrize("site", RESULTS)
def test_a_recipes_tests_run_as_under_each_runtime_and_apart_from_each_other(images, site):
    [squashfs] = [path for path in (images.folder / "store/images").glob("*.squashfs") if config(path).name == "places"]
    handle, told = enter.opened(squashfs), []
    try:
        tests = [{"name": name, "run": run, "timeout": 60} for name, run in TRIES]
        enter.examine(handle, sites.load(site), look=None, tests=tests, on_event=told.append)
    finally:
        os.close(handle)
    results = [event for event in told if event["event"] == "test"]
    assert [one["output"].strip() if one["code"] == 0 else None for one in results] == RESULTS[site]


def config(squashfs):
    done = subprocess.run(["unsquashfs", "-cat", squashfs, ".certify/image.json"], capture_output=True, text=True, check=True)
    return ImageConfig.from_json(done.stdout)


@pytest.mark.parametrize(("site", "user"), [("podman-hpc", 0), ("charliecloud", ALICE)])
def test_kill_9_of_a_run_ends_all_of_it(images, leftovers, site, user):
    argv = images.argv("--site", site, "places", "--", "sh", "-c", "echo started; sleep 653", user=user)
    process = subprocess.Popen(argv, env=images.environment(), stdout=subprocess.PIPE, text=True, cwd="/")
    assert process.stdout.readline() == "started\n"
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while leftovers()["processes"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert leftovers() == {"mounts": [], "processes": []}
