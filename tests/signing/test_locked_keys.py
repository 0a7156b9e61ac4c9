"""Keys behind a passphrase or in a token: asked for without being shown, never on a command line."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from builder.errors import Error
from certify.cli import passphrase
from certify.signing import Kind, Signer, generate
from certify.trust import CERTIFICATE, Trust

PROGRAM = (sys.executable, "-c", "from certify.cli.main import entry; entry()")
LIBRARIES = [Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/lib64/libsofthsm2.so")]
LIBRARY = next((one for one in LIBRARIES if one.exists()), None)
PIN = "314159"


@pytest.mark.parametrize("kind", Kind)
def test_a_key_is_written_encrypted_and_opens_with_its_passphrase_only(tmp_path, kind):
    generate(tmp_path / "key", kind, b"open sesame")
    assert (tmp_path / "key").read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY")
    signer = Signer.load(tmp_path / "key", lambda what: b"open sesame")
    assert Trust.load(tmp_path / "key.pub").check(signer.sign("t", b"x"), CERTIFICATE) == ("key",)
    with pytest.raises(Error, match="the passphrase is wrong"):
        Signer.load(tmp_path / "key", lambda what: b"open barley")
    with pytest.raises(Error, match="is encrypted") as caught:
        Signer.load(tmp_path / "key")
    assert "CERTIFY_KEY_PASSPHRASE_FILE" in caught.value.hint


def test_nobody_is_asked_for_a_key_that_is_open(keys):
    assert Signer.load(keys / "one", lambda what: pytest.fail("asked")).keyid


@pytest.fixture
def secret(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    path.write_text("open sesame\n")
    path.chmod(0o600)
    monkeypatch.setenv(passphrase.VARIABLE, str(path))
    return path


def test_a_passphrase_comes_from_a_file_without_its_line_end(secret):
    assert passphrase.ask("it") == passphrase.ask_new("it") == b"open sesame"
    secret.write_bytes(b"two\nlines\n\n")
    assert passphrase.ask("it") == b"two\nlines\n"


def test_a_file_that_others_read_or_that_is_empty_or_missing_is_refused(secret):
    secret.chmod(0o640)
    with pytest.raises(Error, match="open to others") as caught:
        passphrase.ask("it")
    assert caught.value.hint == f"chmod 600 {secret}"
    secret.chmod(0o600)
    secret.write_text("\n")
    with pytest.raises(Error, match="is empty"):
        passphrase.ask("it")
    secret.unlink()
    with pytest.raises(Error, match="cannot be read"):
        passphrase.ask("it")


def _run(words, env, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}
    return subprocess.run([*PROGRAM, *map(str, words)], env={**kept, **env}, capture_output=True, text=True, **more)


def test_without_a_terminal_nothing_is_asked_and_standard_input_is_not_read(tmp_path):
    done = _run(["key", "generate", tmp_path / "key", "--passphrase"], {}, input="secret\nsecret\n", start_new_session=True)
    assert done.returncode == 3
    assert "there is no terminal to ask at" in done.stderr
    assert not (tmp_path / "key").exists()


def test_the_command_makes_and_uses_a_locked_key(tmp_path, secret):
    env = {passphrase.VARIABLE: str(secret)}
    assert _run(["key", "generate", tmp_path / "key", "--passphrase", "--type", "ed25519"], env).returncode == 0
    assert _run(["key", "show", "--key", tmp_path / "key"], env).stdout == (tmp_path / "key.pub").read_text()
    secret.write_text("wrong")
    assert "passphrase is wrong" in _run(["key", "show", "--key", tmp_path / "key"], env).stderr


def test_what_is_typed_is_not_shown(tmp_path):
    """On a terminal of its own: the prompt is shown, the passphrase is not."""
    generate(tmp_path / "key", passphrase=b"open sesame")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}
    child, terminal = pty.fork()
    if child == 0:
        os.execve(PROGRAM[0], [*PROGRAM, "key", "show", "--key", str(tmp_path / "key")], kept)
    shown, deadline, sent = b"", time.monotonic() + 20, False
    while time.monotonic() < deadline:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        shown += piece
        if not piece:
            break
        if not sent and b"the passphrase of" in shown:
            os.write(terminal, b"open sesame\n")
            sent = True
    assert os.waitpid(child, 0)[1] == 0
    os.close(terminal)
    assert sent
    assert b"BEGIN PUBLIC KEY" in shown
    assert b"sesame" not in shown


needs_token = pytest.mark.skipif((LIBRARY is None or shutil.which("softhsm2-util") is None) and "CI" not in os.environ,
                                 reason="SoftHSM is not here")


@pytest.fixture
def token(tmp_path, monkeypatch):
    """A token with a P-256 key under the id 2, its objects in a folder of this test."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\n")
    generate(tmp_path / "inside")
    key = load_pem_private_key((tmp_path / "inside").read_bytes(), None)
    (tmp_path / "inside.p8").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    env = {**os.environ, "SOFTHSM2_CONF": str(tmp_path / "softhsm2.conf")}
    for words in (["--init-token", "--free", "--label", "site", "--so-pin", PIN, "--pin", PIN],
                  ["--import", str(tmp_path / "inside.p8"), "--token", "site", "--label", "signing", "--id", "02", "--pin", PIN]):
        subprocess.run(["softhsm2-util", *words], env=env, check=True, capture_output=True)
    (tmp_path / "inside").unlink()
    (tmp_path / "inside.p8").unlink()
    (tmp_path / "pin").write_text(PIN)
    (tmp_path / "pin").chmod(0o600)
    return {"SOFTHSM2_CONF": env["SOFTHSM2_CONF"], "PYKCS11LIB": str(LIBRARY), passphrase.VARIABLE: str(tmp_path / "pin"),
            "CERTIFY_KEY": "hsm:2?label=site"}


# In processes of their own: the library for tokens is loaded once for a process, with the tokens of that moment.
SIGN = """
import sys
from certify.cli.options import need_signer
from pathlib import Path
sys.stdout.buffer.write(need_signer(Path(sys.argv[1])).sign("t", b"payload").to_json())
"""


@needs_token
def test_a_token_signs_and_never_gives_its_key_away(tmp_path, token):
    from certify.dsse import Envelope

    env = {**os.environ, **token}
    shown = subprocess.run([*PROGRAM, "key", "show"], env=env, capture_output=True, text=True, check=True).stdout
    assert shown == (tmp_path / "inside.pub").read_text()
    (tmp_path / "trusted.pub").write_text(shown)
    made = subprocess.run([sys.executable, "-c", SIGN, token["CERTIFY_KEY"]], env=env, capture_output=True, check=True).stdout
    envelope = Envelope.from_json(made)
    trust = Trust.load(tmp_path / "trusted.pub")
    assert trust.check(envelope, CERTIFICATE) == ("trusted",)
    assert envelope.signatures[0].keyid == trust.keys[0].keyid


TRY = """
import sys
from builder.errors import Error
from certify.cli.options import need_signer
from pathlib import Path
try:
    need_signer(Path(sys.argv[1])).sign("t", b"payload")
except Error as error:
    print(error.message)
    sys.exit(error.exit_code)
"""


@needs_token
@pytest.mark.parametrize(("key", "library", "pin", "said"), [
    ("hsm:2?label=other", LIBRARY, PIN, "No PKCS#11 token found"), ("hsm:7?label=site", LIBRARY, PIN, "could not find"),
    ("hsm:x", LIBRARY, PIN, "x is no id of a key"), ("hsm:2", "", PIN, "PYKCS11LIB"), ("hsm:2", "/nowhere.so", PIN, "nowhere"),
    ("hsm:2?label=site", LIBRARY, "2718281", "the PIN is wrong"),
], ids=["token", "key", "number", "no library", "wrong library", "PIN"])
def test_what_is_wrong_with_a_token_is_said_in_a_sentence(tmp_path, token, key, library, pin, said):
    (tmp_path / "pin").write_text(pin)
    done = subprocess.run([sys.executable, "-c", TRY, key], env={**os.environ, **token, "PYKCS11LIB": str(library)},
                          capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith(f"{key}: ")
    assert said in done.stdout
