"""Who may sign what: roles, thresholds, required approvers, and keys that were revoked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import process
from builder.errors import Error
from certify.dsse import Envelope
from certify.signing import Kind, Signer, generate
from certify.trust import APPROVER, BUILDER, CERTIFICATE, REVOCATION, TAG, TESTER, Trust, TrustedKey, Untrusted, keyid_of

EVERY = ("one", "two", "three")


@pytest.fixture
def trusted(tmp_path, keys):
    """Load a trust file of the keys with their roles: ``one="builder tester"``."""
    def load(threshold=1, require=None, **roles):
        entries = [{"name": name, "public": (keys / f"{name}.pub").read_text(), "roles": words.split()}
                   for name, words in roles.items()]
        more = {"require": require} if require else {}
        (tmp_path / "trust.json").write_text(json.dumps({"version": 1, "threshold": threshold, "keys": entries, **more}))
        return Trust.load(tmp_path / "trust.json")
    return load


@pytest.fixture
def signed(signers):
    def sign(*names, payload=b"x"):
        envelope = Envelope(payload_type="t", payload=payload, signatures=())
        for name in names:
            envelope = signers[name].add(envelope)
        return envelope
    return sign


def believed(trust, envelope, role):
    try:
        return bool(trust.check(envelope, role))
    except Untrusted:
        return False


@pytest.mark.parametrize(("role", "counts"), [
    ("certificate", {CERTIFICATE, BUILDER, TESTER}), ("approver", {CERTIFICATE, APPROVER}), ("builder", {BUILDER}),
    ("tester", {TESTER}), ("tag", {TAG}), ("revocation", {REVOCATION})])
def test_a_role_is_good_for_some_statements_only(trusted, signed, role, counts):
    trust, envelope = trusted(one=role, two="certificate approver builder tester tag access revocation"), signed("one")
    assert {one for one in (CERTIFICATE, BUILDER, TESTER, APPROVER, TAG, REVOCATION) if believed(trust, envelope, one)} == counts


def test_a_key_without_roles_has_them_all(keys, signed):
    trust = Trust.load(keys / "one.pub")
    assert all(believed(trust, signed("one"), role) for role in (CERTIFICATE, BUILDER, TESTER, TAG, REVOCATION))


def test_ci_alone_certifies_nothing_where_a_human_must_approve(trusted, signed):
    trust = trusted(2, {"approver": 1}, one="certificate", two="approver", three="certificate")
    for names, good in {("one",): False, ("two",): False, ("one", "three"): False, ("one", "two"): True, ("two", "one"): True,
                        EVERY: True}.items():
        assert believed(trust, signed(*names), CERTIFICATE) is good, names
    with pytest.raises(Untrusted, match="signed by 0 of the trusted approvers, needed: 1"):
        trust.check(signed("one", "three"), CERTIFICATE)


def test_more_than_one_tester_can_be_asked_for(trusted, signed):
    trust = trusted(1, {"tester": 2}, one="certificate", two="tester", three="builder")
    assert not believed(trust, signed("one"), TESTER)
    assert not believed(trust, signed("one", "three"), TESTER)
    assert believed(trust, signed("one", "two"), TESTER)


@pytest.mark.parametrize(("require", "said"), [
    ({"approver": 1}, "1 keys must sign as approver, only 0 could"),
    ({"builder": 2}, "2 keys must sign as builder, only 1 could"),
    ({"tag": 1}, "odd key: 'tag'"), ({"approver": 0}, "not a whole number"), ([], "not a JSON object"),
    ({"approver": True}, "not a whole number")], ids=str)
def test_what_nobody_could_fulfil_is_no_trust(tmp_path, keys, require, said):
    key = {"name": "ci", "public": (keys / "one.pub").read_text(), "roles": ["certificate"]}
    (tmp_path / "t").write_text(json.dumps({"version": 1, "threshold": 1, "require": require, "keys": [key]}))
    with pytest.raises(Error, match=said) as caught:
        Trust.load(tmp_path / "t")
    assert caught.value.exit_code == 3


@given(st.lists(st.sampled_from(EVERY), max_size=6), st.integers(1, 4), st.lists(st.sampled_from(EVERY), max_size=5))
def test_a_threshold_counts_distinct_keys_however_they_are_called_and_often_they_signed(signers, names, threshold, listed):
    keys = tuple(TrustedKey(name=f"name {number}", spki=_spki(signers[name])) for number, name in enumerate(listed))
    one = Envelope(payload_type="t", payload=b"x", signatures=())
    for name in names:      # each signs anew, and none of its signatures is taken off
        one = replace(one, signatures=one.signatures + signers[name].sign("t", b"x").signatures)
    good = len(set(names) & set(listed)) >= threshold
    assert believed(Trust(keys=keys, threshold=threshold), one, CERTIFICATE) is good


def _spki(signer):
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    return load_pem_public_key(signer.public_pem).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_one_key_written_in_two_ways_is_one(tmp_path, keys, signed):
    process.run(("openssl", "ec", "-pubin", "-in", str(keys / "one.pub"), "-conv_form", "compressed", "-out",
                 str(tmp_path / "short.pub")))
    (tmp_path / "long.pub").write_bytes((keys / "one.pub").read_bytes())
    assert (tmp_path / "short.pub").read_bytes() != (tmp_path / "long.pub").read_bytes()
    trust = Trust.load(tmp_path)
    assert len(trust.keys) == 2
    assert len(trust.of(CERTIFICATE)) == 1
    with pytest.raises(Untrusted, match="signed by 1 of the trusted keys, needed: 2"):
        trust.check(signed("one"), CERTIFICATE, threshold=2)


def test_signing_twice_leaves_one_signature_and_adding_leaves_those_of_others(signed, signers):
    assert len(signed("one", "one").signatures) == 1
    both = signed("one", "two", "one")
    assert {one.keyid for one in both.signatures} == {signers["one"].keyid, signers["two"].keyid}


def test_a_revoked_key_counts_no_more_and_the_refusal_says_why(keys, signed, tmp_path):
    for name in EVERY:
        (tmp_path / f"{name}.pub").write_bytes((keys / f"{name}.pub").read_bytes())
    trust = Trust.load(tmp_path)
    gone = {key.keyid: "lost with a laptop" for key in trust.keys if key.name == "one"}
    less = trust.without(gone)
    assert [key.name for key in less.keys] == ["three", "two"]
    assert less.without(gone) is less
    assert less.check(signed("one", "two"), TAG) == ("two",)
    with pytest.raises(Untrusted) as caught:
        less.check(signed("one"), CERTIFICATE)
    assert "revoked: one: lost with a laptop" in caught.value.hint


@pytest.mark.parametrize("kind", Kind)
def test_both_kinds_of_keys_are_made_and_told(tmp_path, kind):
    generate(tmp_path / "key", kind)
    signer = Signer.load(tmp_path / "key")
    assert signer.public_pem == (tmp_path / "key.pub").read_bytes()
    trust = Trust.load(tmp_path / "key.pub")
    assert keyid_of(trust.keys[0].spki) == signer.keyid == trust.keys[0].keyid
    assert believed(trust, signer.sign("t", b"x"), CERTIFICATE)
