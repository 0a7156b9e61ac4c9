"""Keys, envelopes and trust, each against what an attacker would try."""

from __future__ import annotations

import base64
import json
import os
import stat
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import process
from builder.errors import Error, Fault
from certify.dsse import Envelope, Signature, pae
from certify.signing import Signer, generate
from certify.trust import CERTIFICATE, TAG, Trust, Untrusted


def trust_file(folder, keys, threshold, **roles):
    entries = [
        {"name": name, "public": (keys / f"{key}.pub").read_text()}
        | ({"roles": roles[name]} if name in roles else {})
        for name, key in (pair.split("=") for pair in roles.pop("of"))
    ]
    path = folder / "trust.json"
    path.write_text(json.dumps({"version": 1, "threshold": threshold, "keys": entries}))
    return path


def both(first, second):
    return replace(first, signatures=first.signatures + second.signatures)


def test_keys_are_made_once_with_closed_modes(tmp_path):
    before = os.umask(0)
    try:
        public = generate(tmp_path / "key")
    finally:
        os.umask(before)
    assert public == tmp_path / "key.pub"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE(public.stat().st_mode) == 0o644
    assert b"BEGIN PRIVATE KEY" in (tmp_path / "key").read_bytes()
    for missing in ("key.pub", "key"):
        with pytest.raises(Error, match="is there already"):
            generate(tmp_path / "key")
        (tmp_path / missing).unlink()


def test_private_keys_that_are_not_used(tmp_path, keys):
    path = tmp_path / "key"
    with pytest.raises(Error, match="cannot be read: No such file"):
        Signer.load(path)
    path.write_bytes((keys / "one").read_bytes())
    path.chmod(0o640)
    with pytest.raises(Error, match="open to others") as caught:
        Signer.load(path)
    assert caught.value.hint == f"chmod 600 {path}"
    path.chmod(0o600)
    assert Signer.load(path).keyid
    path.write_bytes(b"no key")
    with pytest.raises(Error, match="not a private key"):
        Signer.load(path)
    process.run(
        ("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(path))
    )
    with pytest.raises(Error, match="neither an ECDSA"):
        Signer.load(path)
    process.run(
        ("openssl", "pkcs8", "-topk8", "-in", str(keys / "one"), "-out", str(path), "-passout", "pass:x")
    )
    with pytest.raises(Error, match="is encrypted"):
        Signer.load(path)


def test_an_ed25519_key_of_openssl_signs(tmp_path):
    path = tmp_path / "key"
    process.run(("openssl", "genpkey", "-algorithm", "ed25519", "-out", str(path)))
    process.run(("openssl", "pkey", "-in", str(path), "-pubout", "-out", f"{path}.pub"))
    path.chmod(0o600)
    assert Trust.load(tmp_path / "key.pub").check(Signer.load(path).sign("t", b"x"), TAG) == ("key",)


def test_openssl_alone_verifies_an_envelope(tmp_path, keys, signers):
    envelope = signers["one"].sign("application/vnd.in-toto+json", b'{"a":1}')
    (tmp_path / "pae").write_bytes(pae(envelope.payload_type, envelope.payload))
    (tmp_path / "sig").write_bytes(envelope.signatures[0].sig)
    argv = (
        "openssl",
        "dgst",
        "-sha256",
        "-verify",
        str(keys / "one.pub"),
        "-signature",
        str(tmp_path / "sig"),
        str(tmp_path / "pae"),
    )
    assert process.run(argv).stdout.strip() == "Verified OK"
    der = process.run(
        (
            "openssl",
            "pkey",
            "-pubin",
            "-in",
            str(keys / "one.pub"),
            "-outform",
            "DER",
            "-out",
            str(tmp_path / "der"),
        )
    )
    digest = process.run(("sha256sum", str(tmp_path / "der"))).stdout.split()[0]
    assert (der.code, digest) == (0, envelope.signatures[0].keyid)


def test_pae_as_in_the_specification():
    assert pae("http://example.com/HelloWorld", b"hello world") == \
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@given(
    st.text(st.characters(codec="utf-8")),
    st.binary(),
    st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.binary())),
)
def test_envelopes_round_trip(kind, payload, signatures):
    made = Envelope(payload_type=kind, payload=payload,
                    signatures=tuple(Signature(keyid=one, sig=two) for one, two in signatures[:64]))
    assert Envelope.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"payload":"!","payloadType":"","signatures":[]}',
        '{"payload":"","payloadType":"","signatures":[1]}',
        '{"payload":"","payload":"","payloadType":"","signatures":[]}',
        '{"payload":"YQ","payloadType":"","signatures":[]}',
    ],
)
def test_envelopes_that_are_none(text):
    with pytest.raises(Fault):
        Envelope.from_json(text.encode())


def test_a_signature_holds_for_these_bytes_and_this_type_only(keys, signers):
    trust, envelope = Trust.load(keys / "one.pub"), signers["one"].sign("type", b"payload")
    assert trust.check(envelope, CERTIFICATE) == ("one",)
    assert trust.opened(envelope, CERTIFICATE, "type") == b"payload"
    flipped = bytes(
        [envelope.signatures[0].sig[0], envelope.signatures[0].sig[1] ^ 1, *envelope.signatures[0].sig[2:]]
    )
    for broken in (
        replace(envelope, payload=b"Payload"),
        replace(envelope, payload_type="typE"),
        replace(envelope, signatures=()),
        signers["two"].sign("type", b"payload"),
        replace(envelope, signatures=(Signature(keyid="", sig=b""), Signature(keyid="", sig=flipped))),
    ):
        with pytest.raises(Untrusted, match="signed by 0"):
            trust.check(broken, CERTIFICATE)
    with pytest.raises(Untrusted, match="of type 'type'"):
        trust.opened(envelope, CERTIFICATE, "other")


def test_keyids_decide_nothing(keys, signers):
    trust, envelope = Trust.load(keys / "one.pub"), signers["two"].sign("t", b"x")
    forged = replace(envelope, signatures=(replace(envelope.signatures[0], keyid=signers["one"].keyid),))
    with pytest.raises(Untrusted):
        trust.check(forged, CERTIFICATE)
    right = signers["one"].sign("t", b"x")
    assert trust.check(
        replace(right, signatures=(replace(right.signatures[0], keyid="nonsense"),)), CERTIFICATE
    )


def test_a_threshold_counts_keys_and_not_names_or_signatures(tmp_path, keys, signers):
    trust = Trust.load(trust_file(tmp_path, keys, 2, of=["a=one", "b=one", "c=two"]))
    one, two = signers["one"].sign("t", b"x"), signers["two"].sign("t", b"x")
    again = both(
        one,
        replace(
            one, signatures=(Signature(keyid="other", sig=signers["one"].sign("t", b"x").signatures[0].sig),)
        ),
    )
    for few in (one, again, both(one, signers["three"].sign("t", b"x"))):
        with pytest.raises(Untrusted, match="signed by 1 of the trusted keys, needed: 2"):
            trust.check(few, CERTIFICATE)
    assert trust.check(both(one, two), CERTIFICATE) == ("a", "c")
    assert trust.check(two, TAG) == ("c",)
    with pytest.raises(Error, match="only 1 could"):
        Trust.load(trust_file(tmp_path, keys, 2, of=["a=one", "b=one"]))


def test_roles_are_kept_apart(tmp_path, keys, signers):
    path = trust_file(
        tmp_path,
        keys,
        1,
        of=["signer=one", "publisher=two"],
        signer=["certificate"],
        publisher=["tag", "access"],
    )
    trust = Trust.load(path)
    assert trust.check(signers["one"].sign("t", b"x"), CERTIFICATE) == ("signer",)
    with pytest.raises(Untrusted):
        trust.check(signers["two"].sign("t", b"x"), CERTIFICATE)
    with pytest.raises(Untrusted):
        trust.check(signers["one"].sign("t", b"x"), TAG)


def test_a_folder_of_keys(tmp_path, keys, signers):
    for name in ("one", "two"):
        (tmp_path / f"{name}.pub").write_bytes((keys / f"{name}.pub").read_bytes())
    assert [key.name for key in Trust.load(tmp_path).keys] == ["one", "two"]
    assert Trust.load(tmp_path).check(signers["two"].sign("t", b"x"), CERTIFICATE) == ("two",)


@pytest.mark.parametrize("change", ["version", "threshold", "role", "extra", "duplicate", "private", "none"])
def test_trust_files_that_are_refused(tmp_path, keys, change):
    path = trust_file(tmp_path, keys, 1, of=["a=one"])
    text = path.read_text()
    text = {
        "version": text.replace('"version": 1', '"version": 2'),
        "threshold": text.replace('"threshold": 1', '"threshold": 0'),
        "role": text.replace('"name": "a"', '"name": "a", "roles": ["certificat"]'),
        "extra": text.replace("{", '{"x": 1, ', 1),
        "duplicate": text.replace("{", '{"threshold": 1, ', 1),
        "private": (keys / "one").read_text(),
        "none": '{"version": 1, "threshold": 1, "keys": []}',
    }[change]
    path.write_text(text)
    with pytest.raises(Error) as caught:
        Trust.load(path)
    assert caught.value.exit_code == 3


def test_trust_that_is_missing_or_open_to_everyone(tmp_path, keys):
    for missing in (tmp_path / "none", tmp_path):
        with pytest.raises(Error) as caught:
            Trust.load(missing)
        assert caught.value.hint.startswith("--trust")
    path = tmp_path / "one.pub"
    path.write_bytes((keys / "one.pub").read_bytes())
    path.chmod(0o666)
    for opened in (path, tmp_path):
        with pytest.raises(Error, match="everyone may write"):
            Trust.load(opened)


def test_base64_is_strict(signers):
    text = signers["one"].sign("t", b"payload").to_json().decode()
    encoded = base64.b64encode(b"payload").decode()
    with pytest.raises(Fault, match="base64"):
        Envelope.from_json(text.replace(encoded, encoded[:4] + "\\n" + encoded[4:]).encode())
