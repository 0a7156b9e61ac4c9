"""A certificate's life on a real image: two signers, publishing, revoking, expiring, renewing; each by the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import small_images
from conftest import COMMAND

from builder import key
from builder.recipe import load

RECIPE = """\
schema: 1
name: tool
version: "1.0"
summary: A tool
license: MIT
access: public
base: {debian: bookworm}
env: {PATH: "/usr/bin:/bin"}
tests: [{name: speaks, run: "test \\"$(cat /opt/word)\\" = hello"}]
"""
CI = ["certificate", "tag", "access", "revocation"]


@pytest.fixture(scope="module")
def root():
    with tempfile.TemporaryDirectory(prefix="certify-test-") as folder:
        yield small_images.tree(Path(folder) / "root")


class Place:
    """A folder with keys, a trust that wants a human's approval, a recipe, and a build of it."""

    def __init__(self, folder, root):
        self.folder, self.out = folder, folder / "out"
        folder.chmod(0o755)
        for name in ("ci", "human", "shop", "new"):
            self("key", "generate", folder / name)
        self.trust(2, ci=CI, human=["approver"])
        (folder / "recipes/tool").mkdir(parents=True)
        (folder / "recipes/tool/recipe.yaml").write_text(RECIPE)
        self.build(root)

    def trust(self, threshold, **roles):
        entries = [{"name": name, "roles": of, "public": (self.folder / f"{name}.pub").read_text()} for name, of in roles.items()]
        (self.folder / "trust.json").write_text(json.dumps({"version": 1, "threshold": threshold, "keys": entries}))

    def build(self, root):
        tree = self.folder / "tree"
        shutil.copytree(root, tree, symlinks=True)
        (tree / ".certify").mkdir()
        (tree / ".certify/image.json").write_text(key.config(load(self.folder / "recipes/tool")[1]).to_json())
        (tree / "opt/word").write_text("hello\n")
        self.out.mkdir()
        subprocess.run(["mksquashfs", tree, self.out / "image.squashfs", "-all-root", "-quiet", "-no-progress", "-comp", "lz4"],
                       check=True, capture_output=True)

    def __call__(self, *words, check=0, by="ci", **more):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "CERTIFY_STORE": str(self.folder / "store"),
               "CERTIFY_TRUST": str(self.folder / "trust.json"), "CERTIFY_KEY": str(self.folder / by), **more}
        done = subprocess.run([*COMMAND, *map(str, words)], env=env, cwd=self.folder, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        assert done.returncode == check, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def proof(self, check=0):
        return json.loads(self("verify", "tool", "--format", "json", check=check).partition("\nerror:")[0])["results"][0]

    def meta(self):
        return list((self.folder / "store/images").glob("*.meta"))


@pytest.fixture
def place(root):
    with tempfile.TemporaryDirectory(prefix="certify-test-") as folder:
        yield Place(Path(folder), root)


def published(place):
    place("attest", place.out)
    assert "signed by 1 of the trusted keys, needed: 2" in place("publish", place.out, check=1)
    assert "certified by 2 keys" in place("attest", place.out, "--add", by="human")
    place("publish", place.out)


def test_two_signers_then_revoked_then_renewed_by_two(place):
    published(place)
    first = place.proof()
    assert first["proven"]
    assert [step["number"] for step in first["steps"]] == list(range(1, len(first["steps"]) + 1))
    details = {step["title"]: step["detail"] for step in first["steps"]}
    assert details["the certificate is signed by those trusted"].startswith("ci, human; serial ")
    assert "builder: ci; tester: ci" in details["the evidence is complete"]
    serial = first["certificate"]["serial"]

    assert "out of the runtime's sight" in place("revoke", "certificate", serial, "--reason", "wrong tests")
    assert place.meta() == []
    refused = place.proof(check=1)
    assert (refused["proven"], refused["steps"][-1]["ok"]) == (False, False)
    assert "wrong tests" in refused["error"]

    assert "needed: 2" in place("renew", "tool", check=1)           # one alone cannot
    shutil.rmtree(place.folder / "recipes")                         # nor is the recipe needed
    place("renew", "tool", "--out", place.folder / "again")
    assert "needed: 2" in place("renew", "tool", "--from", place.folder / "again", check=1)
    (place.folder / "recipes/tool").mkdir(parents=True)
    (place.folder / "recipes/tool/recipe.yaml").write_text(RECIPE)
    place("attest", place.folder / "again", "--add", by="human")
    place("renew", "tool", "--from", place.folder / "again")

    second = place.proof()
    assert (second["proven"], second["certificate"]["renews"]) == (True, serial)
    assert len(place.meta()) == 1
    certs = next((place.folder / "store/certs").iterdir())
    assert (certs / f"former-{serial}.dsse.json").is_file()
    assert place("run", "tool", "--", "cat", "/opt/word") == "hello\n"


def test_what_a_stolen_key_certified_comes_back_by_another(place):
    place.trust(1, ci=["certificate"], new=["certificate"], shop=["tag", "access", "revocation"])
    place("attest", place.out)
    place("publish", place.out, by="shop")
    place("revoke", "key", place.folder / "ci.pub", "--reason", "stolen", by="shop")
    assert "not ci, revoked: stolen" in place("verify", "tool", check=1)
    assert place.meta() == []
    assert "--recipe" in place("renew", "tool", by="new", check=1)      # nobody believes who said what its tests are
    place("renew", "tool", "--recipe", "recipes/tool", by="new")
    assert place.proof()["proven"]
    assert len(place.meta()) == 1


def test_a_policy_that_got_stricter_is_asked_and_a_waiver_permits(place):
    everything = [*CI, "approver"]
    place.trust(1, ci=everything)
    place("attest", place.out)
    place("publish", place.out)
    found = json.JSONDecoder().raw_decode(place("check", place.out, "--format", "json"))[0]["results"]
    codes = sorted({one["code"] for one in found if "code" in one})
    policy = place.folder / "policy.toml"
    policy.write_text("[severity]\n" + "".join(f'{code} = "error"\n' for code in codes))
    assert codes, "this image has findings"
    assert f"is not certified: {len(found)} error(s)" in place("renew", "tool", "--policy", policy, check=1)
    waivers = "".join(f'[[waivers]]\ncode = "{code}"\nowner = "alice"\nreason = "known"\nuntil = 2126-01-01\n' for code in codes)
    policy.write_text(policy.read_text() + waivers)
    place("renew", "tool", "--policy", policy)
    step = next(one for one in place.proof()["steps"] if one["title"] == "what is wrong with the image is permitted")
    assert f"{codes[0]} until 2126-01-01, alice: known" in step["detail"]


def test_damaged_bytes_and_revoked_images_are_not_renewed(place):
    everything = [*CI, "approver"]
    place.trust(1, ci=everything)
    place("attest", place.out)
    place("publish", place.out)
    place("revoke", "image", "tool", "--reason", "backdoor")
    assert "tool:1.0-1 was revoked: backdoor" in place("renew", "tool", check=1)
    digest = next((place.folder / "store/certs").iterdir()).name
    place("revoke", "lift", f"sha256:{digest}", "--reason", "a mistake")
    assert place.meta() == []                       # it comes back by an examination, not by itself
    place("renew", "tool")
    assert len(place.meta()) == 1
    assert place.proof()["proven"]
    image = place.folder / "store/images" / f"{digest}.squashfs"
    image.chmod(0o644)
    with image.open("ab") as file:
        file.write(b"\0")
    assert "not the bytes of its name" in place("renew", "tool", check=1)
