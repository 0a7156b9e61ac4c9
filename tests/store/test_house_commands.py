"""The commands that keep a store in order, as they are typed: what they print, how they end, and what a stranger gets."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta

import pytest

from builder.errors import UsageError
from builder.recipe.model import Access
from certify.cli import main, moments
from certify.store import holds, list_images, log
from certify.store.memory import Memory

ONE = hashlib.sha256(b"image one").hexdigest()
TWO = hashlib.sha256(b"image two").hexdigest()
PRIVATE = Access(users=(20001,))


@pytest.fixture
def site(world, keys, monkeypatch, open_folder):
    """A store of today with a public and a private image, named in the environment as users have it."""
    for name, value in (("STORE", world.store.root), ("TRUST", keys / "site.pub"), ("KEY", keys / "site"),
                        ("CACHE", open_folder / "cache")):
        monkeypatch.setenv(f"CERTIFY_{name}", str(value))
    world.now = datetime.now(UTC)
    world.publish()
    world.publish(b"image two", world.config("1.1"), access=PRIVATE)
    return world


@pytest.fixture
def certify(monkeypatch, capsys):
    """Run a command line: its exit code, what it prints, and what it says beside that."""
    def run(*words):
        from certify.cli import program

        monkeypatch.setattr("sys.argv", ["certify", *map(str, words)])
        assert program is not None
        code = main._code()
        said = capsys.readouterr()
        return code, said.out, said.err
    return run


def results(text):
    return json.loads(text)["results"]


def test_fsck_says_what_is_wrong_and_mends_it(site, certify):
    assert certify("store", "fsck", "--deep") == (0, "1 names with 5 tags: all is well\n", "")
    site.store.meta(ONE).unlink()
    code, out, _ = certify("store", "fsck")
    assert code == 1
    assert f"error: images/{ONE}.meta: is missing: the runtime refuses the image [meta]\n" in out
    assert out.endswith("1 errors, 1 of them --repair mends without a key\n")
    code, out, _ = certify("store", "fsck", "--format", "json")
    assert (code, [(one["kind"], one["severity"], one["repairable"]) for one in results(out)]) == (1, [("meta", "error", True)])
    assert certify("store", "fsck", "--repair")[0] == 0
    assert certify("store", "fsck", "--least", "99")[0] == 1


def test_fsck_without_a_trust_says_so(site, certify, monkeypatch, tmp_path):
    from certify.cli import options

    monkeypatch.delenv("CERTIFY_TRUST")
    monkeypatch.setattr(options, "SYSTEM_TRUST", tmp_path / "none")
    code, _, err = certify("store", "fsck")
    assert (code, err) == (0, "note: signatures were not checked: name whom to believe with --trust\n")
    assert certify("store", "fsck", "--repair")[0] == 2


def test_gc_shows_and_does_nothing_unless_told(site, certify):
    shutil.rmtree(site.store.tags("tool"))
    code, out, _ = certify("store", "gc", "--grace", "0m")
    assert code == 0
    assert out.count("move") == 9           # two images with three documents each, and the last line
    assert "--apply does it" in out
    assert site.store.blob(ONE).exists()
    assert all(not one["done"] for one in results(certify("store", "gc", "--grace", "0m", "--format", "json")[1]))
    assert "changed lately" in certify("store", "gc")[1]
    assert "went to quarantine" in certify("store", "gc", "--grace", "0m", "--apply")[1]
    assert not site.store.blob(ONE).exists()
    code, out, _ = certify("store", "gc", "--bring-back", f"sha256:{ONE}")
    assert (code, str(site.store.blob(ONE)) in out) == (0, True)
    code, out, _ = certify("store", "gc", "--keep", "0m", "--apply")
    assert out.count("delete") == 7
    assert certify("store", "gc", "--grace", "soon")[0] == 2


def test_an_expired_image_is_hidden_and_told(site, certify, monkeypatch):
    site.later(days=-400).publish(b"image old", site.config("0.9"), widen=True)
    code, out, _ = certify("store", "expire", "--dry-run")
    assert (code, "tool:0.9-1  would be hidden: expired at" in out) == (0, True)
    assert certify("store", "fsck")[0] == 1
    assert "tool:0.9-1  hidden: expired at" in certify("store", "expire")[1]
    assert certify("store", "expire") == (0, "", "")
    assert certify("store", "fsck")[0] == 0


def test_pins_are_set_shown_and_taken_back(site, certify):
    assert certify("store", "pin", "tool:1.0", "--until", "30d", "--reason", "a paper")[0] == 0
    assert certify("store", "pin", "tool:1.0", "--job", "4711")[0] == 2
    assert certify("store", "pin", "tool:1.0", "--until", "2020-01-01")[0] == 2
    assert certify("store", "pin", f"sha256:{ONE}", "--job", "4711", "--until", "2d")[0] == 0
    shown = results(certify("store", "pins", "--format", "json")[1])
    assert [(one["digest"], one["job"], one["reason"]) for one in shown] == [
        (f"sha256:{ONE}", None, "a paper"), (f"sha256:{ONE}", "4711", "")]
    assert certify("store", "unpin", "tool:1.0")[0] == 0
    assert certify("store", "unpin", "tool:1.0")[0] == 1
    assert [one.holder for one in holds.read(site.store)] == ["4711"]


def test_the_log_is_shown_whole_or_of_one_image(site, certify):
    code, out, _ = certify("store", "log")
    assert (code, len(out.splitlines())) == (0, 4)
    assert f"publish tool:1.0-1 sha256:{ONE[:12]}: linux/amd64, certificate" in out
    assert len(results(certify("store", "log", "tool:1.1-1", "--format", "json")[1])) == 2
    log.path_of(site.store, 2).write_bytes(b"{}")
    code, _, err = certify("store", "log")
    assert code == 1
    assert "note: record 2: " in err
    assert "note: record 3: it does not follow from the record before it" in err


def test_export_and_import(site, certify, open_folder):
    assert certify("store", "export", "tool:1.1", open_folder / "x.tar")[0] == 0
    other = open_folder / "other"
    code, out, _ = certify("store", "import", open_folder / "x.tar", "--store", other)
    assert (code, out) == (0, f"tool:1.1-1@sha256:{TWO}  published\n")
    assert certify("store", "fsck", "--deep", "--store", other)[0] == 0
    assert certify("store", "export", "tool:1.1", open_folder / "x.tar")[0] == 3


def test_one_broken_image_is_a_note_of_ls(site, certify):
    path = site.store.certs(ONE) / "certificate.dsse.json"
    path.chmod(0o644)
    path.write_bytes(b"{\x1b[2J")
    code, out, err = certify("store", "ls")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["tool:1.1-1"]
    assert err.startswith(f"note: sha256:{ONE[:12]} is not listed: ")
    assert "\x1b" not in err


COMMANDS = [("fsck",), ("fsck", "--deep"), ("fsck", "--repair"), ("gc",), ("gc", "--apply"), ("gc", "--bring-back", ONE),
            ("log",), ("pins",), ("pin", "tool:1.0"), ("unpin", "tool:1.0"), ("expire",), ("expire", "--dry-run"),
            ("export", "tool:1.1", "{}/x"), ("untag", "tool:1.1-1")]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_stranger_learns_nothing_and_changes_nothing(site, open_folder, words, monkeypatch):
    """In a child that is an ordinary user: it may see the public image, and that a store is there."""
    holds.pin(site.store, TWO, now=site.now)
    keys = open_folder / "keys"
    shutil.copytree(os.path.dirname(os.environ["CERTIFY_TRUST"]), keys)  # noqa: PTH120
    for path in (keys, *keys.iterdir()):
        path.chmod(0o755)
    monkeypatch.setenv("CERTIFY_TRUST", str(keys / "site.pub"))
    before = {path: path.read_bytes() for path in site.store.root.rglob("*") if path.is_file()}
    told = open_folder / "told"
    told.mkdir()
    told.chmod(0o777)
    child = os.fork()
    if child == 0:
        code = 99
        try:
            for number in (1, 2):
                os.dup2(os.open(told / str(number), os.O_WRONLY | os.O_CREAT, 0o644), number)
            os.setgroups([])
            os.setgid(20002)
            os.setuid(20002)
            from certify.cli import program  # noqa: F401

            monkeypatch.setattr("sys.argv", ["certify", "store", *(word.format(told) for word in words)])
            monkeypatch.setattr("sys.stdout", os.fdopen(1, "w"))
            monkeypatch.setattr("sys.stderr", os.fdopen(2, "w"))
            code = main._code()
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = (told / "1").read_text() + (told / "2").read_text()
    assert code in (1, 3), said
    assert "Traceback" not in said
    assert "1.1-1" not in said
    assert TWO not in said
    assert "20001" not in said
    assert {path: path.read_bytes() for path in site.store.root.rglob("*") if path.is_file()} == before


def test_a_memory_gives_what_reading_gives_and_notices_every_change(site, open_folder):
    def ls():
        return list_images(site.store, memory=Memory(site.store, open_folder / "cache"))

    assert ls() == ls() == list_images(site.store)
    file = next((open_folder / "cache").iterdir())
    assert file.stat().st_mode & 0o777 == 0o600
    remembered = file.read_bytes()
    assert ls() == list_images(site.store)
    assert file.read_bytes() == remembered
    site.later(hours=1).publish(access=PRIVATE, envelopes=site.later(hours=1).envelopes(site.config(), ONE))
    assert [str(one.access) for one in ls()] == ["users 20001", "users 20001"]
    assert ls() == list_images(site.store)
    shutil.rmtree(site.store.certs(TWO))
    assert [one.digest for one in ls()] == [ONE]
    for broken in (b"", b"{", b"[]", b'{"version":1,"images":7}', b'{"version":2,"images":{}}', b'{"version":1}',
                   remembered.replace(b'"tool"', b"7,8"), remembered.replace(b"2027", b"nope"), b"[" * 100_000):
        file.write_bytes(broken)
        assert ls() == list_images(site.store)


def test_a_memory_of_somebody_else_is_not_read(site, open_folder):
    folder = open_folder / "cache"
    list_images(site.store, memory=Memory(site.store, folder))
    file = next(folder.iterdir())
    file.write_bytes(file.read_bytes().replace(b'"tool"', b'"evil"'))
    assert {one.name for one in list_images(site.store, memory=Memory(site.store, folder))} == {"evil"}
    os.chown(file, 20001, -1)
    assert {one.name for one in list_images(site.store, memory=Memory(site.store, folder))} == {"tool"}


def test_times_as_people_write_them():
    now = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
    assert moments.moment("2d", now) == now + timedelta(days=2)
    assert moments.moment("2026-12-24", now) == datetime(2026, 12, 24, tzinfo=UTC)
    assert moments.moment("2026-12-24T12:00:00+01:00", now) == datetime(2026, 12, 24, 11, tzinfo=UTC)
    for text in ("", "2", "d", "-1d", "tomorrow", "2026-12-24T12:00:00", "99999999d", "1y"):
        with pytest.raises(UsageError):
            moments.moment(text, now)
