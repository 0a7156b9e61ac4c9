"""certify revoke and certify verify, as processes of their own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

ONE = hashlib.sha256(b"image one").hexdigest()


@pytest.fixture
def certify(world, keys):
    """The program with the small site's store, trust and key, and a home of its own; today."""
    world.now = datetime.now(UTC)
    world.publish()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CERTIFY_", "XDG_"))}
    env = {**kept, "HOME": str(world.folder / "home"), "CERTIFY_STORE": str(world.store.root), "CERTIFY_KEY": str(keys / "site"),
           "CERTIFY_TRUST": str(keys / "site.pub")}

    def call(*words, check=0, **more):
        done = subprocess.run([sys.executable, "-c", "from certify.cli.main import entry; entry()", *map(str, words)],
                              cwd=world.folder, env={**env, **more}, capture_output=True, text=True)
        assert done.returncode == check, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done
    return call


def test_an_image_is_revoked_and_lifted(certify, world):
    done = certify("revoke", "image", f"sha256:{ONE}", "--reason", "back\tdoor")
    assert done.stdout == f"list number 1  signed\nout of the runtime's sight  sha256:{ONE}\n"
    assert "was revoked: back" in certify("verify", f"sha256:{ONE}", check=1).stdout
    told, = json.loads(certify("revoke", "ls", "--format", "json").stdout)["results"]
    assert told == {"kind": "image", "id": ONE, "reason": "back\tdoor", "list": 1}
    assert certify("revoke", "lift", ONE, "--reason", "mistake").stdout == "list number 2  signed\n"
    assert certify("revoke", "ls").stdout.startswith("list number 2 of ")
    assert "not on the list" in certify("revoke", "lift", ONE, "--reason", "mistake", check=1).stderr


def test_a_list_with_an_end(certify):
    assert certify("revoke", "ls").stdout == "nothing was ever revoked here\n"
    certify("revoke", "refresh", "--days", "7")
    assert "good until" in certify("revoke", "ls").stdout
    assert "good until" in certify("verify", "tool").stdout


def test_what_a_user_saw_is_remembered_between_calls(certify, world):
    certify("revoke", "refresh")
    old = world.store.revoked.read_bytes()
    certify("revoke", "refresh")
    certify("verify", "tool")
    world.store.revoked.chmod(0o644)
    world.store.revoked.write_bytes(old)
    assert "seen before was 2" in certify("verify", "tool", check=1).stderr
    image = world.store.image(ONE)
    assert "seen before was 2" in certify("verify", image, check=1).stderr      # by its file, too
    assert "is proven" in certify("verify", image, HOME="/nonexistent").stdout      # who never looked cannot know
    assert (world.folder / "home/.local/state/certify/seen.json").is_file()


REMEMBER = """
import sys
from pathlib import Path
from certify.seen import Seen
seen = Seen.load(Path(sys.argv[1]), Path(sys.argv[2]), None)
seen.accept("a", 1, "a")
print(seen.numbers, seen.save())
"""


@pytest.mark.skipif(os.geteuid() != 0 and "CI" not in os.environ, reason="only root can be somebody else")
def test_a_home_of_somebody_else_is_no_memory_and_no_trouble(certify, world):
    certify("verify", "tool")
    home = world.folder / "home"
    home.chmod(0o700)
    somebody = ("setpriv", "--reuid", "20001", "--regid", "20001", "--clear-groups", sys.executable, "-c", REMEMBER)
    done = subprocess.run([*somebody, str(world.store.root), str(home / ".local/state/certify/seen.json")], capture_output=True,
                          text=True)
    assert done.stdout == "{} False\n", done.stderr


def test_a_proof_as_json(certify):
    told, = json.loads(certify("verify", "tool", "--format", "json").stdout)["results"]
    assert (told["proven"], told["digest"], told["certificate"]["profile"]) == (True, f"sha256:{ONE}", "shared")
    assert all(step["ok"] for step in told["steps"])
    certify("revoke", "image", "tool", "--reason", "x")
    failed = certify("verify", "tool", "--format", "json", check=1)
    told, = json.loads(failed.stdout)["results"]
    assert (told["proven"], told["steps"][-1]["ok"], told["steps"][-1]["title"]) == (
        False, False, "neither image nor certificate was revoked")
    assert told["error"] in failed.stderr


@pytest.mark.parametrize(("words", "code", "said"), [
    (("image", "tool"), 2, "reason"), (("image", "nothing", "--reason", "x"), 1, "no such image"),
    (("image", "tool", "--reason", ""), 2, "--reason is a line"),
    (("image", "tool", "--reason", "a\nb"), 2, "--reason is a line"),
    (("certificate", "12", "--reason", "x"), 2, "not a serial"), (("key", "/nowhere.pub", "--reason", "x"), 3, "No such file"),
    (("refresh", "--days", "0"), 2, "0")], ids=lambda one: " ".join(one) if isinstance(one, tuple) else None)
def test_wrong_uses_change_nothing(certify, world, words, code, said):
    assert said in certify("revoke", *words, check=code).stderr
    assert not world.store.revoked.exists()


def test_the_schemas_are_printed(certify):
    schema = json.loads(certify("schema", "--predicate", "certificate-1").stdout)
    assert schema["$id"] == "urn:certify:schema:certificate-1"
    assert "certificate-1" in certify("schema", "--predicate", "x", check=2).stderr
