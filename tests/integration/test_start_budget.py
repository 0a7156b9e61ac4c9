"""The budget of a start on real images: measured the same again, exceeded, signed by two, published and renewed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import small_images
from test_signers_and_renewals import RECIPE, Place
from tools import needs

pytestmark = [pytest.mark.integration, needs("squashfuse_ll", "mksquashfs", "bwrap")]

COMMAND = (sys.executable, "-c", "from certify.cli.main import entry; entry()")
FEW, MANY = "cat /opt/files/1 > /dev/null", "cat /opt/files/* > /dev/null"


@pytest.fixture(scope="module")
def place():
    with tempfile.TemporaryDirectory(prefix="certify-budget-") as top:
        folder = Path(top)
        root = small_images.tree(folder / "root")
        (root / "opt/files").mkdir()
        for number in range(200):
            (root / f"opt/files/{number}").write_bytes(os.urandom(9000))
        (folder / "place").mkdir()
        folder.chmod(0o755)
        yield Place(folder / "place", root)


@pytest.fixture
def check(place):
    def run(budget, user=0, code=0):
        write(place, budget)
        prefix = ("/usr/bin/setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups")
        done = subprocess.run([*prefix, *COMMAND, "check", str(place.out), "--recipe", "recipes/tool", "--format", "json"],
                              cwd=place.folder, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)["start"]
    return run


def write(place, budget):
    (place.folder / "recipes/tool/recipe.yaml").write_text(RECIPE + f"budget: {budget}\n")


def test_what_is_read_is_the_same_again_and_for_everybody_and_grows_with_the_files(check):
    few, again, many = (check(f"{{run: '{run}', requests: 100000}}", user)["measured"]
                        for run, user in ((FEW, 0), (FEW, 61001), (MANY, 0)))
    assert few["requests"] == again["requests"]
    assert few["bytes"] == again["bytes"]
    assert few["requests"] + 2 * 199 <= many["requests"]        # each is looked up and read, at least
    assert few["bytes"] + 199 * 9000 <= many["bytes"] < few["bytes"] + 10 * 199 * 9000
    assert few["empty"] > 0


def test_more_than_the_budget_is_the_images_fault(place):
    write(place, f"{{run: '{MANY}', requests: 100, bytes: 100 kB}}")
    refused = place("attest", place.out, check=1)
    assert "over the budget: the start makes" in refused
    assert "is not certified: the start reads" in refused
    assert not (place.out / "certs").exists()


def test_a_start_that_fails_is_no_start(place):
    write(place, "{run: 'echo no luck >&2; exit 7', requests: 100000}")
    said = place("check", place.out, check=1)
    assert "over the budget: the start that the budget is for ended with exit code 7\n  | no luck\n" in said


def test_two_signers_certify_it_and_it_is_renewed_without_its_recipe(place):
    write(place, "{seconds: 60, requests: 100000}")         # of the first test
    place("attest", place.out)
    assert "certified by 2 keys" in place("attest", place.out, "--add", by="human")
    place("publish", place.out)
    first = place.proof()["certificate"]
    results = next((place.out / "certs").glob("test-result*.json"))
    assert len(json.loads(results.read_text())["signatures"]) == 2
    (place.folder / "recipes/tool/recipe.yaml").unlink()
    place.trust(1, ci=["certificate", "tag", "access", "revocation"], human=["approver"])
    place("renew", "tool")
    second = place.proof()["certificate"]
    assert second["renews"] == first["serial"]
    assert second["start"]["requests"] == first["start"]["requests"] > 0


def test_where_nothing_can_be_measured_the_rest_is_told_and_nothing_is_certified(place):
    """A machine without a FUSE that can be opened: a socket, which nobody can open, stands in its place."""
    write(place, "{requests: 100000}")
    with socket.socket(socket.AF_UNIX) as nothing:
        nothing.bind(str(place.folder / "nothing"))
    script = 'mount --bind nothing /dev/fuse && exec "$@"'

    def run(*words):
        env = {"PATH": os.environ["PATH"], "HOME": str(place.folder), "CERTIFY_KEY": str(place.folder / "ci")}
        return subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", *COMMAND, *map(str, words)], cwd=place.folder,
                              env=env, capture_output=True, text=True, check=False)

    done = run("check", place.out)
    assert (done.returncode, "start: not measured: " in done.stdout) == (0, True), done.stderr
    refused = run("attest", place.out)
    assert refused.returncode == 3
    assert "the budget of tool:1.0-1 cannot be judged" in refused.stderr
