"""The verifier of the npm registry, @sigstore/verify, accepts our envelopes with our keys as its only trust."""

from __future__ import annotations

import base64
import json
import subprocess

import pytest

from certify.signing import Kind, Signer, generate
from certify.statement import Statement, Subject
from tests.tools import needs

STATEMENT = Statement(subject=(Subject(name="tool:1.0-1", sha256="a" * 64),), predicate_type="urn:certify:findings:1",
                      predicate={"findings": [], "scope": {"certify": "1", "host_libraries": []}})

# Reads [{envelope, key}] on standard input and writes, for each, whether it verifies. No log and no clock are trusted but ours:
# the thresholds for those are zero, as for any signature with a key of one's own.
SCRIPT = """
const {Verifier, toSignedEntity, toTrustMaterial} = require('@sigstore/verify');
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const answers = asked.map(({envelope, key}) => {
  const none = {certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: []};
  const trust = toTrustMaterial(none, {ours: {rawBytes: Buffer.from(key, 'base64')}});
  const dsseEnvelope = {payloadType: envelope.payloadType, payload: Buffer.from(envelope.payload, 'base64'),
    signatures: envelope.signatures.map(one => ({keyid: one.keyid, sig: Buffer.from(one.sig, 'base64')}))};
  const bundle = {mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', content: {$case: 'dsseEnvelope', dsseEnvelope},
    verificationMaterial: {content: {$case: 'publicKey', publicKey: {hint: 'ours'}}, tlogEntries: [],
                           timestampVerificationData: undefined}};
  try {
    new Verifier(trust, {tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0}).verify(toSignedEntity(bundle));
    return 'accepted';
  } catch (error) { return error.code || error.message; }
});
console.log(JSON.stringify(answers));
"""


@pytest.fixture(scope="module")
def verifier(tmp_path_factory):
    """The package as npm installs it, in a folder that is gone afterwards."""
    folder = tmp_path_factory.mktemp("sigstore")
    (folder / "ask.js").write_text(SCRIPT)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "@sigstore/verify@3"], cwd=folder,
                   check=True, capture_output=True)

    def ask(*pairs):
        done = subprocess.run(["node", "ask.js"], cwd=folder, input=json.dumps(pairs), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return ask


@pytest.mark.long       # it fetches from the network, and npm's own packages are many
@needs("npm")
@pytest.mark.parametrize("kind", Kind)
def test_sigstores_verifier_accepts_what_is_ours_and_nothing_else(verifier, tmp_path, kind):
    generate(tmp_path / "key", kind)
    generate(tmp_path / "other", kind)
    signer, other = Signer.load(tmp_path / "key"), Signer.load(tmp_path / "other")
    good, ours = json.loads(signer.sign_statement(STATEMENT).to_json()), _der(tmp_path / "key.pub")
    changed = {**good, "payload": base64.b64encode(STATEMENT.to_bytes().replace(b"tool", b"fool")).decode()}
    answers = verifier({"envelope": good, "key": ours}, {"envelope": changed, "key": ours},
                       {"envelope": {**good, "payloadType": "text/plain"}, "key": ours},
                       {"envelope": json.loads(other.sign_statement(STATEMENT).to_json()), "key": ours},
                       {"envelope": good, "key": _der(tmp_path / "other.pub")},
                       {"envelope": {**good, "signatures": []}, "key": ours})
    assert answers == ["accepted", *["SIGNATURE_ERROR"] * 5]


def _der(public):
    return "".join(line for line in public.read_text().splitlines() if not line.startswith("-----"))
