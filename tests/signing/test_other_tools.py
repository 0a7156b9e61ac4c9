"""Tools that know nothing of us accept what we sign: openssl, for both kinds of keys."""

from __future__ import annotations

import pytest

from builder import process
from builder.errors import ToolFailed
from certify.dsse import Envelope, pae
from certify.signing import Kind, Signer, generate
from certify.statement import PAYLOAD_TYPE, Statement, Subject

STATEMENT = Statement(subject=(Subject(name="tool:1.0-1", sha256="a" * 64),), predicate_type="urn:certify:findings:1",
                      predicate={"findings": [], "scope": {"certify": "1", "host_libraries": []}})


@pytest.fixture(params=Kind)
def envelope(request, tmp_path):
    """A statement as it is stored, signed by two, of whom the second is the one that is looked for."""
    generate(tmp_path / "other")
    generate(tmp_path / "key", request.param)
    signed = Signer.load(tmp_path / "key").add(Signer.load(tmp_path / "other").sign_statement(STATEMENT))
    return Envelope.from_json(signed.to_json())


def openssl(kind, folder, message, signature):
    (folder / "pae").write_bytes(message)
    (folder / "sig").write_bytes(signature)
    public, sig, text = (str(folder / name) for name in ("key.pub", "sig", "pae"))
    if kind is Kind.ECDSA:
        return process.run(("openssl", "dgst", "-sha256", "-verify", public, "-signature", sig, text)).stdout
    words = ("-verify", "-pubin", "-inkey", public, "-rawin", "-in", text, "-sigfile", sig)
    return process.run(("openssl", "pkeyutl", *words)).stdout


def test_openssl_accepts_it(envelope, tmp_path, request):
    kind = request.node.callspec.params["envelope"]
    message = pae(envelope.payload_type, envelope.payload)
    assert envelope.payload_type == PAYLOAD_TYPE
    assert openssl(kind, tmp_path, message, envelope.signatures[1].sig).strip() in (
        "Verified OK", "Signature Verified Successfully")


@pytest.mark.parametrize("change", ["payload", "type", "signature"])
def test_openssl_refuses_it_changed(envelope, tmp_path, request, change):
    kind = request.node.callspec.params["envelope"]
    payload, kept = envelope.payload.replace(b"tool", b"fool"), envelope.signatures
    message = {"payload": pae(PAYLOAD_TYPE, payload), "type": pae("text/plain", envelope.payload)}.get(
        change, pae(PAYLOAD_TYPE, envelope.payload))
    with pytest.raises(ToolFailed):
        openssl(kind, tmp_path, message, kept[0 if change == "signature" else 1].sig)
