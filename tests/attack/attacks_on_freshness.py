"""Attacks by what was once good: older records, expired and revoked certificates, lists that are held back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta

import naive
from attack_table import Try, attack, elsewhere
from ours import ONE, PRIVATE, TWO, certificate, key_of, memory, overwrite, proven, public, refused, remember, sound, two, verify

from certify import revoke as revoking
from certify.dsse import Envelope
from certify.revocation import PAYLOAD_TYPE, Revoked
from certify.revoke import Change
from certify.store import log, quarantine
from certify.store.tags import PAYLOAD_TYPE as TAG_TYPE
from certify.trust import REVOCATION, Trust

THEME = "revocation and freshness"


@attack(THEME, fools=naive.digest_of, refused="an older record was put back")
def an_older_tag_record_put_back(world):
    """Puts back the record by which ``latest`` meant the version before."""
    world.publish()
    latest = world.store.tag("tool", "latest")
    old = latest.read_bytes()
    two(world)
    ours = proven(world)
    overwrite(latest, old)
    return Try(lambda: naive.digest_of(world.store, "tool") == ONE, ours)


@attack(THEME, fools=naive.digest_of, refused="seen before was")
def a_whole_store_put_back(world):
    """Puts back all of an older store, with a hole in its image: every record is genuine."""
    world.publish()
    shutil.copytree(world.store.root, world.folder / "before")
    two(world)
    remember(world)
    shutil.rmtree(world.store.root)
    shutil.copytree(world.folder / "before", world.store.root)
    return Try(lambda: naive.digest_of(world.store, "tool") == ONE, lambda: verify(world, seen=memory(world)))


@attack(THEME, fools=naive.digest_of, refused="was made for tool:1.0-1")
def a_tag_record_under_another_tag(world):
    """Copies the record of one tag to another."""
    world.publish()
    two(world)
    ours = proven(world, "tool:1.1-1")
    overwrite(world.store.tag("tool", "1.1-1"), world.store.tag("tool", "1.0-1").read_bytes())
    return Try(lambda: naive.digest_of(world.store, "tool", "1.1-1") == ONE, ours)


@attack(THEME, fools=naive.digest_of, refused="was made for tool:latest")
def a_tag_record_replayed_to_another_name(world):
    """Makes another name lead to an image, by a record that is signed for this one."""
    world.publish()
    shutil.copytree(world.store.tags("tool"), world.store.tags("trusted-tool"))
    return Try(lambda: naive.digest_of(world.store, "trusted-tool") == ONE, lambda: verify(world, "trusted-tool"))


@attack(THEME, fools=naive.fields, refused="tag: signed by 0 of the trusted keys")
def a_tag_record_by_a_stranger(world):
    """Signs a record of their own for ``latest``, with a higher number."""
    world.publish()
    two(world)
    ours = proven(world)
    old = verify(world, "tool:1.0-1").entry.record
    forged = replace(old, tag="latest", number=99)
    overwrite(world.store.tag("tool", "latest"), world.stranger.sign(TAG_TYPE, forged.to_payload()).to_json())
    return Try(lambda: naive.fields(world.store.tag("tool", "latest"))["number"] == 99, ours)


@attack(THEME, fools=naive.by_index_json, harmless="finds the image by the signed tag")
def index_json_leads_to_another_image(world):
    """Edits index.json, which names the public images for other tools."""
    world.publish()
    two(world)
    ours = proven(world)
    _lead_back(world)
    return Try(lambda: naive.by_index_json(world.store, "tool:latest") == ONE, lambda: ours().digest != TWO)


@attack(THEME, fools=naive.by_index_json, refused="does not say what the tags of public images say")
def index_json_names_what_is_not_there(world):
    """Has index.json lead other tools to an older image, and hopes that nobody looks."""
    world.publish()
    two(world)
    ours = sound(world)
    _lead_back(world)
    return Try(lambda: naive.by_index_json(world.store, "tool:1.1-1") == ONE, ours)


@attack(THEME, fools=naive.fields, refused="an older one was put back")
def an_older_access_record_put_back(world):
    """Puts back the access record of when the image was public."""
    world.publish()
    old = world.store.access(ONE).read_bytes()
    world.publish(access=PRIVATE)
    ours = proven(world)
    overwrite(world.store.access(ONE), old)
    return Try(lambda: naive.fields(world.store.access(ONE))["access"] == "public", ours)


@attack(THEME, fools=naive.fields, refused="was made for sha256:")
def the_access_record_of_another_image(world):
    """Puts the access record of a public image in the place of a private one's."""
    world.publish()
    two(world, access=PRIVATE)
    ours = proven(world)
    overwrite(world.store.access(TWO), world.store.access(ONE).read_bytes())
    return Try(lambda: naive.fields(world.store.access(TWO))["access"] == "public", ours)


@attack(THEME, fools=naive.certificate_alone, refused="the certificate expired at")
def an_expired_certificate(world):
    """Goes on with an image whose certificate has ended."""
    world.publish()
    proven(world)
    return Try(lambda: naive.certificate_alone(world.store, ONE), lambda: verify(world, now=world.now + timedelta(days=800)))


@attack(THEME, fools=naive.in_force, refused="the certificate is valid only from")
def a_clock_set_back(world):
    """Sets a node's clock back to when the certificate did not exist."""
    world.publish()
    proven(world)
    then = world.now - timedelta(days=2000)
    return Try(lambda: naive.in_force(certificate(world), then), lambda: verify(world, now=then))


@attack(THEME, fools=naive.certificate_alone, refused="the image was revoked: backdoor")
def a_revoked_image(world):
    """Goes on with an image that was revoked."""
    world.publish()
    ours = proven(world)
    _revoke(world, images={ONE: "backdoor"})
    return Try(lambda: naive.certificate_alone(world.store, ONE), ours)


@attack(THEME, fools=naive.certificate_alone, refused="the certificate was revoked: wrong tests")
def a_revoked_certificate(world):
    """Goes on with a certificate that was revoked."""
    world.publish()
    ours = proven(world)
    _revoke(world, serials={verify(world).certificate.serial: "wrong tests"})
    return Try(lambda: naive.certificate_alone(world.store, ONE), ours)


@attack(THEME, fools=naive.signed_by_one, refused="revoked: site: stolen")
def a_revoked_key(world):
    """Has stolen a key, and signs with it after it was revoked."""
    officer = _officer(world)
    world.publish()
    ours = proven(world)
    _revoke(world, signer=officer, keys={world.signer.keyid: "stolen"})
    return Try(lambda: naive.signed_by_one(certificate(world), public(world)), ours)


@attack(THEME, fools=naive.newest_list, refused="revoked: site: a list that was seen before says so")
def a_stolen_key_that_takes_its_revocation_back(world):
    """Signs a newer list with the revoked key itself, which is not on it."""
    officer = _officer(world)
    world.publish()
    _revoke(world, signer=officer, keys={world.signer.keyid: "stolen"})
    with memory(world) as seen:
        refused(lambda: verify(world, seen=seen))        # whoever looks once remembers the key
    forged = world.signer.sign(PAYLOAD_TYPE, Revoked(number=2, issued=world.now).to_payload()).to_json()
    overwrite(world.store.revoked, forged)
    return Try(lambda: naive.newest_list(world.store.revoked, public(world), 1), lambda: verify(world, seen=memory(world)))


@attack(THEME, fools=naive.revoked, refused="revocation: signed by 0 of the trusted keys")
def a_list_by_a_stranger(world):
    """Replaces the list of what was revoked by an empty one of their own."""
    world.publish()
    _revoke(world, serials={"1" * 32: "x"})
    ours = proven(world)
    empty = world.stranger.sign(PAYLOAD_TYPE, Revoked(number=9, issued=world.now).to_payload())
    overwrite(world.store.revoked, empty.to_json())
    return Try(lambda: naive.revoked(world.store.revoked, ONE) is False, ours)


@attack(THEME, fools=naive.revoked, refused="not valid JSON")
def a_list_that_cannot_be_read(world):
    """Damages the list of what was revoked."""
    world.publish()
    _revoke(world, serials={"1" * 32: "x"})
    ours = proven(world)
    overwrite(world.store.revoked, b"")
    return Try(lambda: naive.revoked(world.store.revoked, ONE) is False, ours)


@attack(THEME, fools=naive.revoked, refused="the list of what was revoked is gone")
def a_list_taken_away(world):
    """Removes the list of what was revoked."""
    world.publish()
    _revoke(world, serials={"1" * 32: "x"})
    remember(world)
    world.store.revoked.unlink()
    return Try(lambda: naive.revoked(world.store.revoked, ONE) is False, lambda: verify(world, seen=memory(world)))


@attack(THEME, fools=naive.revoked, refused="an older one was put back")
def an_older_list_put_back(world):
    """Puts back the list from before an image was on it."""
    world.publish()
    _revoke(world, serials={"1" * 32: "x"})
    old = world.store.revoked.read_bytes()
    _revoke(world, images={ONE: "backdoor"})
    with memory(world) as seen:
        refused(lambda: verify(world, seen=seen))
    overwrite(world.store.revoked, old)
    return Try(lambda: naive.revoked(world.store.revoked, ONE) is False, lambda: verify(world, seen=memory(world)))


@attack(THEME, fools=naive.revoked, refused="nobody knows what was revoked since")
def a_list_that_is_held_back(world):
    """Serves an old list for ever, to nodes that have never seen another."""
    world.publish()
    _revoke(world, expires=world.now + timedelta(days=7))
    proven(world)
    return Try(lambda: naive.revoked(world.store.revoked, ONE) is False, lambda: verify(world, now=world.now + timedelta(days=8)))


@attack(THEME, fools=naive.runtime_admits, refused="can still be started under the runtime")
def a_revoked_image_shown_to_the_runtime_again(world):
    """Brings the .meta of a revoked image back, from where it was hidden: the runtime reads no certificates."""
    world.publish()
    ours = sound(world)
    _revoke(world, images={ONE: "backdoor"})
    hidden = quarantine.hidden(world.store, ONE).path / "images" / f"{ONE}.meta"
    shutil.copy(hidden, world.store.meta(ONE))
    return Try(lambda: naive.runtime_admits(world.store.meta(ONE).read_bytes(), 20002), ours)


@attack(THEME, fools=naive.Log, refused="the log was cut off")
def a_log_cut_off(world):
    """Removes the last records of the log, so that nobody learns what was published."""
    world.publish()
    ours, plain = sound(world), naive.Log(world.folder / "log.txt")
    plain.append("published tool:1.0")
    plain.append("published a back door")
    plain.path.write_text(plain.path.read_text().splitlines(keepends=True)[0])
    log.path_of(world.store, log.numbers(world.store)[-1]).unlink()
    return Try(lambda: plain.sound() and "back door" not in plain.path.read_text(), ours)


@attack(THEME, fools=naive.Log, refused="it does not follow from the record before it")
def a_record_of_the_log_exchanged(world):
    """Replaces a record of the log by another one that was signed as well."""
    world.publish()
    two(world)
    ours, plain = sound(world), naive.Log(world.folder / "log.txt")
    plain.append("published a back door")
    plain.path.write_text("published tool:1.0\n")
    path = log.path_of(world.store, 2)
    record = Envelope.from_json(path.read_bytes())
    changed = record.payload.replace(b'"by":"', b'"by":"not ')
    overwrite(path, world.signer.sign(record.payload_type, changed).to_json())
    return Try(plain.sound, ours)


elsewhere(THEME, "an older store, and somebody who runs its image", "Puts all of it back; the user ran the newer image before.",
          "seen before was", "tests/attack/test_rolled_back.py::test_run_remembers_and_refuses_what_is_older")
elsewhere(THEME, "an older store, and somebody who publishes to it", "Puts it back, for the next publish to make it look new.",
          "refused before anything is built", "tests/attack/test_rolled_back.py::test_ship_refuses_before_it_builds_anything")
elsewhere(THEME, "a rollback that a repair finishes", "Removes all tags, and the newest image's certificate, and waits for fsck.",
          "no older image gets the name",
          "tests/store/test_lost_tags.py::test_whoever_removes_the_newest_gets_no_older_one_its_name")
elsewhere(THEME, "a packed verifier that says otherwise", "Hopes that compute nodes are content with less.", "both say the same",
          "tests/verifier/test_node_verifier.py::test_both_say_no_to_the_same_bytes_and_lists")


def _lead_back(world):
    """Other tools find the older image under the newer one's names."""
    first, second = (verify(world, f"tool:{tag}").entry.record.index for tag in ("1.0-1", "1.1-1"))
    overwrite(world.store.index_json, world.store.index_json.read_bytes().replace(second.encode(), first.encode()))


def _revoke(world, signer=None, **change):
    return revoking.revoke(world.store, Change(**change), signer=signer or world.signer, trust=world.trust, now=world.now)


def _officer(world):
    """A second key that may only revoke."""
    world.trust = Trust(keys=(*world.trust.keys, key_of(world.stranger, "officer", REVOCATION)))
    return world.stranger
