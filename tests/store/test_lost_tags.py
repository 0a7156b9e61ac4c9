"""Tags that were lost are made again from certificates, access records and the log; what cannot be known is not guessed."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace

import pytest

from builder.errors import Error
from builder.recipe.model import Access
from certify.reference import Reference
from certify.seen import Seen
from certify.store import fsck, guards, log, quarantine, tags
from certify.store.desk import Desk
from certify.store.fsck import Kind
from certify.store.untag import untag
from certify.trust import Trust
from certify.verify import verify_reference

HOST = "linux/amd64"
ONE, TWO, THREE = (hashlib.sha256(one).hexdigest() for one in (b"image one", b"image two", b"image three"))
PRIVATE = Access(users=(20001,), groups=(30001,))


@pytest.fixture
def full(world):
    """Three revisions of two versions, the first one public; the second was certified before it."""
    world.later(hours=2).publish()
    world.later(hours=1).publish(b"image two", world.config("1.1"), access=PRIVATE)
    world.later(hours=3).publish(b"image three", world.config("1.1", revision=2), access=PRIVATE)
    return world.later(hours=4)


def left(world, *, but=("blobs", "certs", "access", "log")):
    """What a backup brings back, at another place, with modes and ACLs lost."""
    copy = world.folder / "restored"
    for name in but:
        if (world.store.root / name).exists():
            shutil.copytree(world.store.root / name, copy / name, copy_function=shutil.copyfile)
    return replace(world, store=fsck.reopened(copy))


def repaired(world, seen=None, signer=None):
    """As the command does it; gives what was made and what failed."""
    desk = Desk(store=world.store, signer=signer or world.signer, trust=world.trust, now=world.now)
    with world.store.locked():
        made, failed = fsck.restore(desk, seen.numbers if seen else {})
        fsck.mend(world.store, fsck.check(world.store, world.trust, now=world.now).problems, world.trust, world.now)
    return made, failed


def problems(world, **more):
    return fsck.check(world.store, world.trust, now=world.now, **more).problems


def lost(world):
    return {one.where: one.error for one in problems(world) if one.kind is Kind.TAG_LOST}


def records(world, name="tool"):
    return tags.read_all(world.store, name, world.trust)


def meant(world):
    return {tag: (one.target, one.index, dict(one.images)) for tag, one in records(world).items()}


def proven(world, text, **more):
    return verify_reference(world.store, Reference.parse(text), world.trust, now=world.now, **{"platform": HOST, **more})


@pytest.mark.parametrize("log_too", [True, False], ids=["with the log", "without the log"])
def test_blobs_certificates_and_access_records_are_a_backup(full, log_too):
    before, number = meant(full), records(full)["latest"].number
    with Seen.load(full.store.root, full.folder / "seen.json", None) as seen:
        proven(full, "tool", seen=seen)
    world = left(full, but=("blobs", "certs", "access", *(("log",) if log_too else ())))
    made, failed = repaired(world, replace(seen, numbers=seen.fresh))
    assert failed == []
    assert sorted(made) == sorted(f"tool:{tag} -> {target}" for tag, (target, _, _) in before.items())
    assert meant(world) == before
    assert {one.number for one in records(world).values()} == {max(number, 7 if log_too else 0) + (0 if log_too else 1)}
    assert [one for one in problems(world, deep=True) if one.error] == []
    for name in ("index.json", f"images/{ONE}.meta", f"images/{TWO}.meta", f"images/{THREE}.squashfs"):
        assert (world.store.root / name).read_bytes() == (full.store.root / name).read_bytes()
    for path in [full.store.tag("tool", "1.1"), full.store.tag("tool", "latest"), full.store.tags("tool"), full.store.blob(TWO)]:
        assert guards.of(world.store.root / path.relative_to(full.store.root)) == guards.of(path), path
    assert proven(world, "tool", seen=replace(seen, numbers=seen.fresh)).digest == THREE


def test_a_log_that_was_made_anew_serves_the_next_time_as_well(full):
    before = meant(full)
    world = left(full, but=("blobs", "certs", "access"))
    repaired(world)
    shutil.rmtree(world.store.tags("tool"))
    assert set(lost(world)) == {"tags/tool/1.0-1", "tags/tool/1.1-1", "tags/tool/1.1-2"}
    assert repaired(world)[1] == []
    assert meant(world) == before


def test_what_is_lost_is_not_called_garbage(full):
    shutil.rmtree(full.store.tags("tool"))
    (full.store.image(ONE)).unlink()
    assert {one.kind for one in problems(full)} >= {Kind.TAG_LOST}
    assert not {Kind.UNREACHED, Kind.UNFINISHED} & {one.kind for one in problems(full)}


def test_the_next_publish_goes_on_from_there(full):
    world = left(full)
    repaired(world)
    number = records(world)["latest"].number
    world.publish(b"image four", world.config("1.2"), widen=True)
    assert records(world)["latest"].number == number + 1
    assert proven(world, "tool").entry.tag == "1.2-1"
    assert [one for one in problems(world) if one.error] == []


def test_an_older_tag_comes_back_without_moving_what_stands(full):
    before = meant(full)
    for tag in ("1.0-1", "1.0"):
        full.store.tag("tool", tag).unlink()
    assert lost(full) == {"tags/tool/1.0-1": True}
    made, _ = repaired(full)
    assert sorted(made) == ["tool:1.0 -> 1.0-1", "tool:1.0-1 -> 1.0-1"]
    assert meant(full) == before
    new = records(full)
    assert {tag for tag, one in new.items() if one.number == new["latest"].number} == {"latest", "1.0-1", "1.0"}
    assert proven(full, "tool").digest == THREE


def test_latest_alone_comes_back(full):
    before = meant(full)
    full.store.tag("tool", "latest").unlink()
    assert lost(full) == {"tags/tool/latest": True}
    assert repaired(full) == (["tool:latest -> 1.1-2"], [])
    assert meant(full) == before


def test_what_was_untagged_stays_so_while_there_is_a_log(full):
    untag(full.store, "tool", "1.0-1", signer=full.signer, trust=full.trust, now=full.now)
    assert lost(full) == {}
    shutil.rmtree(full.store.tags("tool"))
    repaired(full)
    assert set(records(full)) == {"1.1-1", "1.1-2", "1.1", "latest"}
    world = left(full, but=("blobs", "certs", "access"))
    repaired(world)
    assert "1.0-1" in records(world)            # nobody can know it any more


def test_both_platforms_come_back(world):
    world.publish()
    other = world.config(platform="linux/arm64")
    world.publish(b"image two", other)
    before = meant(world)
    shutil.rmtree(world.store.tags("tool"))
    repaired(world)
    assert meant(world) == before
    assert proven(world, "tool", platform="linux/arm64").digest == TWO


@pytest.mark.parametrize("odd", ["stranger", "broken", "link"])
def test_a_tag_that_is_not_believed_goes_to_quarantine(full, odd):
    before, path = meant(full), full.store.tag("tool", "1.0-1")
    record = records(full)["1.0-1"]
    path.unlink()
    if odd == "stranger":
        path.write_bytes(full.stranger.sign(tags.PAYLOAD_TYPE, record.to_payload()).to_json())
    elif odd == "broken":
        path.write_bytes(b"{}")
    else:
        path.symlink_to(full.store.tag("tool", "1.1-1"))
    repaired(full)
    assert meant(full) == before
    assert [one.kind for one in quarantine.items(full.store)] == [quarantine.Kind.PLANTED]


def test_whoever_removes_the_newest_gets_no_older_one_its_name(full):
    """With the log, a repair does not finish a rollback that somebody began."""
    shutil.rmtree(full.store.tags("tool"))
    shutil.rmtree(full.store.certs(THREE))
    made, failed = repaired(full)
    assert made == []
    assert "tool:1.1-2 was published after all that is left" in dict(failed)["tool"]
    assert records(full) == {}


def test_a_key_that_may_not_sign_tags_makes_none(full):
    shutil.rmtree(full.store.tags("tool"))
    entries = log.numbers(full.store)
    made, failed = repaired(full, signer=full.stranger)
    assert made == []
    assert "may not sign as tag" in failed[0][1]
    assert records(full) == {}
    assert log.numbers(full.store) == entries


def test_images_that_nobody_vouches_for_get_no_tag(full, keys):
    shutil.rmtree(full.store.tags("tool"))
    stranger = replace(full, trust=Trust.load(keys / "stranger.pub"))
    assert lost(stranger) == {}
    assert repaired(replace(stranger, signer=full.stranger)) == ([], [])
    assert records(full) == {}


def test_the_log_tells_of_it(full):
    shutil.rmtree(full.store.tags("tool"))
    last = log.numbers(full.store)[-1]
    repaired(full)
    told = [line.record.event for line in log.read(full.store, full.trust) if line.number > last]
    assert [(one.name, one.tag, one.digest) for one in told] == [
        ("tool", "1.0-1", ONE), ("tool", "1.1-1", TWO), ("tool", "1.1-2", THREE)]
    assert all("made again from its certificate" in one.detail for one in told)


def test_what_is_no_store_is_not_made_one(tmp_path):
    (tmp_path / "certs").mkdir()
    with pytest.raises(Error, match="no store here"):
        fsck.reopened(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["certs"]
    (tmp_path / "blobs").mkdir()
    (tmp_path / "access").mkdir()
    (tmp_path / "blobs/sha256").symlink_to(tmp_path)
    with pytest.raises(Error, match="no store here"):
        fsck.reopened(tmp_path)
    (tmp_path / "blobs/sha256").unlink()
    (tmp_path / "blobs/sha256").mkdir()
    (tmp_path / "tags").symlink_to("/tmp")
    with pytest.raises(Error, match="tags is not a folder"):
        fsck.reopened(tmp_path)
    (tmp_path / "format").write_bytes(b"certify-store 2\n")
    with pytest.raises(Error, match="not known here"):
        fsck.reopened(tmp_path)


def test_the_command_tells_what_a_key_mends_and_does_it(full, keys, monkeypatch, capsys):
    from certify.cli import main

    def certify(*words):
        monkeypatch.setattr("sys.argv", ["certify", "store", "fsck", *map(str, words)])
        code = main._code()
        return code, *capsys.readouterr()

    monkeypatch.delenv("CERTIFY_KEY", raising=False)
    monkeypatch.setenv("CERTIFY_SEEN", str(full.folder / "seen.json"))
    for name, value in (("STORE", full.store.root), ("TRUST", keys / "site.pub")):
        monkeypatch.setenv(f"CERTIFY_{name}", str(value))
    before = meant(full)
    for name in ("tags", "images"):
        shutil.rmtree(full.store.root / name)
    for name in ("index.json", "format", "oci-layout"):
        (full.store.root / name).unlink()
    code, out, err = certify()
    assert (code, out) == (3, "")
    assert "no store here" in err
    code, out, err = certify("--repair")
    assert code == 1
    assert out.splitlines()[-1].endswith("3 with a --key that may sign tags")
    code, out, err = certify("--repair", "--key", keys / "site")
    assert (code, out.splitlines()[-1]) == (0, "1 names with 6 tags: all is well")
    assert "note: made again: tool:latest -> 1.1-2" in err
    assert meant(full) == before
