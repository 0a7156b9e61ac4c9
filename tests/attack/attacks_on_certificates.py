"""Attacks on certificates, and on those who read them."""

from __future__ import annotations

from dataclasses import replace

import naive
from attack_table import Try, attack
from ours import ONE, TWO, certificate, edited, key_of, overwrite, proven, public, rewritten, signed_by, two, verify

from certify import site as sites
from certify.certificate import issue
from certify.dsse import Envelope
from certify.statement import TEST_RESULT
from certify.trust import BUILDER, TESTER, Trust

THEME = "certificates and signatures"


@attack(THEME, fools=naive.certificate_alone, refused="certified is sha256")
def a_flipped_byte(world):
    """Changes one byte of a published image."""
    world.publish()
    ours = proven(world)
    overwrite(world.store.blob(ONE), b"image onf")
    return Try(lambda: naive.certificate_alone(world.store, ONE) and naive.sha256(world.store.image(ONE)) != ONE, ours)


@attack(THEME, fools=naive.fields, refused="signed by 0 of the trusted keys")
def an_edited_payload(world):
    """Edits the certificate and leaves the signature as it is."""
    world.publish()
    ours = proven(world)
    edited(certificate(world), lambda payload: payload.replace(b'"warnings":1', b'"warnings":0'))
    return Try(lambda: naive.fields(certificate(world))["predicate"]["verdict"]["warnings"] == 0, ours)


@attack(THEME, fools=naive.payload_alone, refused="signed by 0 of the trusted keys")
def a_swapped_payload_type(world):
    """Presents something signed as something else, by changing its type."""
    world.publish()
    ours, key = proven(world), naive.PlainKey()
    notes = {**key.sign("text/notes", b'{"images": {}}'), "payloadType": "list-of-the-revoked"}
    rewritten(world.store.access(ONE), lambda one: one.update(payloadType="application/vnd.certify.access.v2+json"))
    return Try(lambda: naive.payload_alone(key, notes) == "list-of-the-revoked", ours)


@attack(THEME, fools=naive.signed_by_one, refused="not 'application/vnd.certify.access.v1+json'")
def one_record_in_place_of_another(world):
    """Puts a tag record, signed as it should be, where the access record belongs."""
    world.publish()
    ours, access = proven(world), world.store.access(ONE)
    overwrite(access, world.store.tag("tool", "latest").read_bytes())
    return Try(lambda: naive.signed_by_one(access, public(world)), ours)


@attack(THEME, fools=naive.no_bad_signature, refused="signed by 0 of the trusted keys")
def signatures_stripped(world):
    """Takes all signatures off the certificate, and edits it."""
    world.publish()
    ours = proven(world)
    rewritten(certificate(world), lambda one: one.update(signatures=[]))
    return Try(lambda: naive.no_bad_signature(certificate(world), public(world)), ours)


@attack(THEME, fools=naive.signed_by_one, refused="signed by 1 of the trusted keys, needed: 2")
def fewer_signatures_than_the_threshold(world):
    """Has one of two signers, where two must agree, and needs the other no more."""
    world.publish()
    world.trust = replace(world.trust, threshold=2, keys=(*world.trust.keys, key_of(world.stranger, "second")))
    keys = {**public(world), world.stranger.keyid: world.stranger.public_pem}
    _both(world)
    ours = proven(world)
    rewritten(certificate(world), lambda one: one.update(signatures=one["signatures"][:1]))
    return Try(lambda: naive.signed_by_one(certificate(world), keys), ours)


@attack(THEME, fools=naive.count_of_ids, refused="2 trusted keys must sign a certificate")
def one_key_under_two_ids(world):
    """Is trusted with one key, and has it listed under two names: one signature is a threshold of two."""
    world.publish()
    proven(world)
    twice = (world.trust.keys[0], replace(world.trust.keys[0], name="another"))
    world.trust = Trust(keys=twice, threshold=2)
    keys = {one.name: world.signer.public_pem for one in twice}
    return Try(lambda: naive.count_of_ids(certificate(world), keys) == 2, lambda: verify(world))


@attack(THEME, fools=naive.key_in_envelope, refused="signed by 0 of the trusted keys")
def an_unknown_key_under_a_trusted_id(world):
    """Signs with a key of their own, and writes the id of a trusted one to it."""
    world.publish()
    ours = proven(world)
    signed_by(certificate(world), world.stranger)
    rewritten(certificate(world), lambda one: one["signatures"][0].update(keyid=world.signer.keyid,
                                                                         public=world.stranger.public_pem.decode()))
    return Try(lambda: naive.key_in_envelope(certificate(world), public(world)), ours)


@attack(THEME, fools=naive.keys_beside, refused="signed by 0 of the trusted keys")
def a_key_that_the_store_brings_along(world):
    """Signs with a key of their own, and puts that into the store for those who look for it there."""
    world.publish()
    ours = proven(world)
    signed_by(certificate(world), world.stranger)
    (world.store.root / "site.pub").write_bytes(world.stranger.public_pem)
    return Try(lambda: naive.keys_beside(world.store.root, certificate(world)), ours)


@attack(THEME, fools=naive.first_key_wins, refused="twice in one object")
def duplicate_keys_in_json(world):
    """Writes a second payload before the signed one: some readers take the first, some the last."""
    world.publish()
    ours, path = proven(world), certificate(world)
    good = path.read_bytes()
    overwrite(path, good.replace(b'{"payload":', b'{"payload":"RVZJTA==","payload":', 1))
    return Try(lambda: naive.signed_by_one(path, public(world))
               and naive.first_key_wins(path.read_bytes())["payload"] == "RVZJTA==", ours)


@attack(THEME, fools=naive.any_certificate, refused="it is about sha256:")
def the_certificate_of_another_image(world):
    """Puts the good certificate of one image into the folder of another."""
    world.publish()
    two(world)
    ours = proven(world, "tool:1.0")
    for one in world.store.certs(ONE).iterdir():
        one.unlink()
    for one in world.store.certs(TWO).iterdir():
        (world.store.certs(ONE) / one.name).write_bytes(one.read_bytes())
    return Try(lambda: naive.any_certificate(world.store, ONE), ours)


@attack(THEME, fools=naive.anybody_trusted, refused="tester: signed by 0 of the trusted keys")
def a_builder_that_signs_test_results(world):
    """May sign how an image was built, and signs that its tests passed, with a forged predicateType."""
    world.trust = replace(world.trust, keys=(*world.trust.keys, key_of(world.stranger, "builder", BUILDER)))
    *others, results = world.envelopes(world.config(), ONE)
    world.publish(envelopes=[*others, results])         # with the tester's own word it is fine
    forged = world.stranger.sign(results.payload_type, results.payload)
    path = world.folder / "forged.dsse.json"
    path.write_bytes(forged.to_json())
    return Try(lambda: naive.anybody_trusted(path, {world.stranger.keyid: world.stranger.public_pem}),
               lambda: world.publish(envelopes=[*others, forged]))


@attack(THEME, fools=naive.anybody_trusted, refused="certificate: signed by 0 of the trusted keys")
def a_tester_that_certifies(world):
    """May sign findings, and signs a certificate."""
    world.trust = replace(world.trust, keys=(*world.trust.keys, key_of(world.stranger, "tester", TESTER)))
    world.publish()
    ours = proven(world)
    signed_by(certificate(world), world.stranger)
    return Try(lambda: naive.anybody_trusted(certificate(world), {world.stranger.keyid: world.stranger.public_pem}), ours)


@attack(THEME, fools=naive.certificate_alone, refused="evidence is missing")
def evidence_left_out(world):
    """Removes the findings that the certificate rests on."""
    world.publish()
    ours = proven(world)
    next(world.store.certs(ONE).glob("findings-*")).unlink()
    return Try(lambda: naive.certificate_alone(world.store, ONE), ours)


@attack(THEME, fools=naive.certificate_alone, refused="tests failed")
def evidence_that_speaks_against_its_certificate(world):
    """Has a certificate issued over test results that say FAILED."""
    config = world.config()
    failed = [replace(one, predicate={"result": "FAILED"}) if one.predicate_type == TEST_RESULT else one
              for one in world.statements(config, ONE)[1:]]
    issued = issue(config=config, digest=ONE, evidence=failed, errors=0, warnings=0, tests=2, now=world.now, site=sites.load())
    world.publish()
    overwrite(certificate(world), world.signer.sign_statement(issued).to_json())
    envelopes = [world.signer.sign_statement(one) for one in (issued, *failed)]
    return Try(lambda: naive.certificate_alone(world.store, ONE), lambda: world.publish(envelopes=envelopes))


@attack(THEME, fools=naive.all_of_it, refused="is larger than")
def a_huge_envelope(world):
    """Makes the certificate so large that whoever reads it has no memory left."""
    world.publish()
    ours, path = proven(world), certificate(world)
    good = path.read_bytes()
    overwrite(path, b" " * (33 << 20) + good)
    return Try(lambda: naive.all_of_it(path)["payloadType"] != "" and path.stat().st_size > 32 << 20, ours)


@attack(THEME, fools=naive.all_of_it, refused="nested deeper than 64 levels")
def json_nested_without_an_end(world):
    """Nests JSON so deep that the reader of it ends in a traceback."""
    world.publish()
    ours, path = proven(world), certificate(world)
    overwrite(path, b"[" * 100_000)
    return Try(lambda: _crashes(lambda: naive.all_of_it(path)), ours)


@attack(THEME, fools=naive.root_hash_beside, refused="certified is sha256")
def a_hash_tree_of_other_bytes(world):
    """Replaces an image, and the root of its hash tree with it."""
    world.publish()
    ours, image = proven(world), world.store.image(ONE)
    overwrite(world.store.blob(ONE), b"evil one!")
    root = world.folder / "image.root"
    root.write_bytes(naive.root_of(image))
    return Try(lambda: naive.root_hash_beside(image, root), ours)


@attack(THEME, fools=naive.first_platform, refused="has no image for linux/arm64")
def the_image_of_another_platform(world):
    """Waits for a node of another platform to take what there is."""
    world.publish()
    index = verify(world).entry.record.index
    return Try(lambda: naive.first_platform(world.store, index) == ONE, lambda: verify(world, platform="linux/arm64"))


@attack(THEME, fools=naive.first_platform, refused="other bytes than its name says")
def a_platform_swapped_in_the_index(world):
    """Edits the OCI index of a tag, so that it leads another platform to this image."""
    world.publish()
    index = verify(world).entry.record.index
    ours = proven(world)
    overwrite(world.store.blob(index), world.store.blob(index).read_bytes().replace(b"amd64", b"arm64"))
    return Try(lambda: naive.first_platform(world.store, index) == ONE, ours)


def _crashes(function):
    try:
        function()
    except RecursionError:
        return True
    return False


def _both(world):
    """The second signer's word on each statement that the store has."""
    for path in world.store.certs(ONE).iterdir():
        envelope = Envelope.from_json(path.read_bytes())
        overwrite(path, world.stranger.add(envelope).to_json())
