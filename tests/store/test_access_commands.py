"""certify store access and certify store show, as they are typed: what they print, and how they end."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest

from builder.recipe.model import Access
from certify.cli import main
from certify.store import about, holds, quarantine
from certify.store.access import Principal, Realm

ONE = hashlib.sha256(b"image one").hexdigest()


@pytest.fixture
def site(world, keys, monkeypatch):
    """A store of today with a private image, named in the environment as users have it."""
    for name, value in (("STORE", world.store.root), ("TRUST", keys / "site.pub"), ("KEY", keys / "site")):
        monkeypatch.setenv(f"CERTIFY_{name}", str(value))
    world.now = datetime.now(UTC)
    world.publish(access=Access(users=(20001, "daemon"), groups=(30001,)))
    return world


@pytest.fixture
def certify(monkeypatch, capsys):
    """Run a command line: its exit code, what it prints, and what it says beside that."""
    def run(*words):
        monkeypatch.setattr("sys.argv", ["certify", "store", *map(str, words)])
        code = main._code()
        said = capsys.readouterr()
        return code, said.out, said.err
    return run


def test_access_is_shown_with_names_and_numbers(site, certify):
    line = "tool:1.0-1  linux/amd64  users daemon (1), 20001; groups 30001  number 1\n"
    assert certify("access", "show", "tool") == (0, line, "")
    [one] = json.loads(certify("access", "show", "tool", "--format", "json")[1])["results"]
    assert (one["digest"], one["number"]) == (f"sha256:{ONE}", 1)
    assert one["access"] == {"public": False, "users": [{"id": 1, "name": "daemon"}, {"id": 20001, "name": None}],
                             "groups": [{"id": 30001, "name": None}]}


def test_access_is_added_and_removed(site, certify):
    code, out, err = certify("access", "add", "tool", "--user", "bin", "--user", "20002", "--group", "30002")
    assert (code, err) == (0, "")
    assert out == "tool:1.0-1  linux/amd64  users daemon (1), bin (2), 20001, 20002; groups 30001, 30002  number 2\n"
    code, out, err = certify("access", "remove", "tool", "--user", "daemon", "--user", "20002", "--user", "77")
    assert (code, out) == (0, "tool:1.0-1  linux/amd64  users bin (2), 20001; groups 30001, 30002  number 3\n")
    assert err == "note: user 77 was not listed for tool:1.0-1  linux/amd64\n"
    code, out, _ = certify("access", "add", "tool", "--user", "bin", "--format", "json")
    [one] = json.loads(out)["results"]
    assert (one["changed"], one["number"], one["before"]) == (False, 3, one["access"])


@pytest.mark.parametrize(("words", "code", "said"), [
    (("add", "tool"), 2, "nobody is named"), (("set", "tool", "--public", "--user", "5"), 2, "not both"),
    (("add", "tool", "--user", ""), 2, "not a name or number"), (("add", "tool", "--user", "\x1b[2J"), 2, "not a name or number"),
    (("add", "tool", "--user", "0"), 1, "ids are from 1"), (("add", "tool", "--user", "4294967295"), 1, "ids are from 1"),
    (("set", "tool", "--public"), 1, "--widen"),
    (("remove", "tool", "--user", "1", "--user", "20001", "--group", "30001"), 1, "nobody would be left"),
    (("add", "gone", "--user", "5"), 1, "no such image"), (("show", "gone"), 1, "no such image"),
    (("add", "../x", "--user", "5"), 1, "not a name"), (("set", "tool", "--user", "no-such-account"), 1, "no user"),
], ids=str)
def test_what_cannot_be_is_said_in_a_line(site, certify, words, code, said):
    found = certify("access", *words)
    assert (found[0], found[1]) == (code, "")
    assert said in found[2]
    assert "Traceback" not in found[2]


def test_an_image_that_is_hidden_is_changed_and_told(site, certify):
    with site.store.locked():
        quarantine.hide(site.store, ONE, "tool:1.0-1: a hole", site.now)
    code, _, err = certify("access", "add", "tool", "--user", "bin")
    assert (code, err) == (0, "note: tool:1.0-1  linux/amd64 stays out of the runtime's sight: tool:1.0-1: a hole\n")
    assert not site.store.meta(ONE).exists()
    assert "does not see it: tool:1.0-1: a hole" in certify("show", "tool")[1]


def test_show_tells_all_about_an_image(site, certify):
    with site.store.locked():
        holds.pin(site.store, ONE, now=site.now, reason="a paper")
    code, out, err = certify("show", "tool")
    assert (code, err) == (0, "")
    for line in (f"  reference    tool:1.0-1@sha256:{ONE}", "  tags         1.0, 1.0-1, latest",
                 "  access       users daemon (1), 20001;", "  signers      certificate: site; builder: site; tester: site",
                 "  held         pin by", "  runtime      sees it", f"  Shifter      shifter --image=id:{ONE}",
                 "  Charliecloud ch-run", "  Apptainer", "  podman-hpc"):
        assert f"\n{line}" in out
    [one] = json.loads(certify("show", "tool", "--format", "json")[1])["results"]
    assert (one["tags"], one["in_sight"], one["problems"]) == (["1.0", "1.0-1", "latest"], True, [])
    assert one["held"][0]["reason"] == "a paper"
    assert one["signers"]["certificate"] == ["site"]


def test_show_warns_of_an_image_that_should_not_be_used(site, certify, keys, monkeypatch):
    site.later(days=-400).publish(b"image old", site.config("0.9"), access=Access(users=(20001,)))
    code, out, _ = certify("show", "tool:0.9")
    assert (code, "  problem      expired at" in out) == (1, True)
    monkeypatch.setenv("CERTIFY_TRUST", str(keys / "stranger.pub"))
    code, out, _ = certify("show", "tool:1.0")
    assert code == 1
    assert "  problem      certificate: signed by 0 of the trusted keys" in out
    assert "  signers      not checked, or not believed" in out


def test_an_account_that_is_anothers_by_now_is_told():
    realm = Realm(users=(Principal(id=1, name="gone"), Principal(id=2, name="bin"), Principal(id=20001, name="nobody-here")))
    assert list(about.renamed(realm)) == ["the user 1 was gone when access was granted, and is daemon on this machine"]
