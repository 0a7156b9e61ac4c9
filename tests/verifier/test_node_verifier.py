"""The verifier for compute nodes: it imports next to nothing, takes no time, and says what the full verification says."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cryptography
import pytest

from builder.errors import Fault
from builder.recipe.model import Access
from certify import revoke as revoking
from certify.dsse import Envelope, Signature
from certify.reference import Reference
from certify.revoke import Change
from certify.verifier import pack
from certify.verify import VerificationFailed, verify_reference

HOST = "linux/amd64"
ONE, TWO = (hashlib.sha256(content).hexdigest() for content in (b"image one", b"image two"))
TOP = Path(pack.__file__).parents[2]
LOADED = """
import runpy, sys
try:
    runpy.run_module("certify.verifier", run_name="__main__", alter_sys=True)
except SystemExit as end:
    assert end.code == 0, end.code
print(*sorted(name for name, one in sys.modules.items() if getattr(one, "__file__", None)))
"""


@pytest.fixture
def site(world, keys):
    """The small site, today, with two images in its store."""
    world.now = datetime.now(UTC).replace(microsecond=0)
    world.key = keys / "site.pub"
    world.publish()
    world.publish(b"image two", world.config("1.1"), access=Access(users=(20001,)))
    return world


def node(site, *words, program=("-m", "certify.verifier"), trust=True, **more):
    more = {"cwd": TOP, "env": {"PATH": os.environ["PATH"]}, **more}
    words = [*words, *(("--trust", site.key) if trust else ())]
    return subprocess.run([sys.executable, *program, *map(str, words)], capture_output=True, text=True, **more)


def image(site, digest=ONE):
    return site.store.image(digest)


def overwrite(path, data):
    path.chmod(0o644)
    path.write_bytes(data)


def test_an_image_of_a_store_is_proven_by_what_lies_around_it(site):
    done = node(site, image(site))
    assert done.returncode == 0, done.stderr
    assert [line.split(".")[0].strip() for line in done.stdout.splitlines()] == [str(number) for number in range(1, 9)]
    assert done.stdout.splitlines()[-1].endswith(f"9 bytes, sha256:{ONE}")
    told = json.loads(node(site, image(site), "--json").stdout)["results"][0]
    assert (told["proven"], told["name"], told["digest"], len(told["steps"])) == (True, "tool", f"sha256:{ONE}", 8)


def test_it_loads_only_its_own_modules_the_standard_library_and_cryptography(site):
    done = node(site, image(site), program=("-c", LOADED))
    assert done.returncode == 0, done.stderr
    names = done.stdout.splitlines()[-1].split()
    ours = {name for name in names if name.partition(".")[0] in ("certify", "builder")}
    files = {str(Path(*name.split("."))) for name in ours}
    packed = {one.removesuffix(".py").removesuffix("/__init__") for one in pack.MODULES}
    assert packed - {"certify/verifier/pack", "certify/verifier/__main__"} == files
    others = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"certify", "builder", "__main__", "site"}
    assert "cryptography" in others
    assert {name for name in others if name not in ("cryptography", "_cffi_backend", "cffi")
            and not name.startswith(("_virtualenv", "_editable", "_distutils", "sitecustomize", "distutils"))} == set()


def test_packed_it_is_one_file_that_runs_without_certify(site, tmp_path):
    file, libraries = tmp_path / "verify", tmp_path / "libraries"
    assert node(site, "--pack", file, trust=False).returncode == 0
    assert "is there already" in node(site, "--pack", file, trust=False).stderr
    libraries.mkdir()
    found = Path(cryptography.__file__).parent
    for name in ("cryptography", *(one.name for one in found.parent.glob("*cffi*"))):
        (libraries / name).symlink_to(found.parent / name)
    options = {"program": ("-S", file), "cwd": "/", "env": {"PYTHONPATH": str(libraries), "PATH": os.environ["PATH"]}}
    done = node(site, image(site), **options)
    assert done.returncode == 0, done.stderr
    overwrite(site.store.blob(ONE), b"image onf")
    assert node(site, image(site), **options).returncode == 1


def change_payload(site, path):
    envelope = Envelope.from_json(path.read_bytes())
    edited = Envelope(payload_type=envelope.payload_type, payload=envelope.payload.replace(b'"name":"', b'"name":"x'),
                      signatures=envelope.signatures)
    overwrite(path, edited.to_json())


def sign_by_stranger(site, path):
    envelope = Envelope.from_json(path.read_bytes())
    overwrite(path, site.stranger.sign(envelope.payload_type, envelope.payload).to_json())


def stranger_under_a_known_id(site, path):
    envelope = Envelope.from_json(path.read_bytes())
    forged = site.stranger.sign(envelope.payload_type, envelope.payload).signatures[0]
    known = Signature(keyid=site.signer.keyid, sig=forged.sig)
    overwrite(path, Envelope(payload_type=envelope.payload_type, payload=envelope.payload, signatures=(known,)).to_json())


def strip(site, path):
    envelope = Envelope.from_json(path.read_bytes())
    overwrite(path, Envelope(payload_type=envelope.payload_type, payload=envelope.payload, signatures=()).to_json())


def retype(site, path):
    envelope = Envelope.from_json(path.read_bytes())
    overwrite(path, Envelope(payload_type="text/plain", payload=envelope.payload, signatures=envelope.signatures).to_json())


def duplicate(site, path):
    overwrite(path, path.read_bytes().replace(b'{"payload":', b'{"payload":"AAAA","payload":', 1))


def remove(site, path):
    path.unlink()


def link(site, path):
    kept = path.rename(site.folder / "kept")
    path.symlink_to(kept)


def fifo(site, path):
    path.unlink()
    os.mkfifo(path)


def garbage(site, path):
    overwrite(path, b"\xff{")


def of_another_image(site, path):
    part = path.name.partition("-")[0]
    there = next(site.store.certs(TWO).glob(f"{part}*"))
    overwrite(path, there.read_bytes())


CHANGES = (change_payload, sign_by_stranger, stranger_under_a_known_id, strip, retype, duplicate, remove, link, fifo, garbage,
           of_another_image)


def verdicts(site):
    """What the two say of the first image: whether it is proven, and where not, the step's title and its words."""
    try:
        verify_reference(site.store, Reference.parse(f"sha256:{ONE}"), site.trust, now=datetime.now(UTC), platform=HOST)
        full = (True, "", "")
    except VerificationFailed as error:
        full = (False, error.steps[-1].title, error.steps[-1].detail)
    except Fault as error:
        full = (False, "", error.message)
    done = node(site, image(site), "--json")
    assert done.returncode in (0, 1), done.stderr
    told = json.loads(done.stdout)["results"][0]
    last = told["steps"][-1]
    return full, (True, "", "") if told["proven"] else (False, last["title"], last["detail"])


def test_both_say_yes(site):
    full, small = verdicts(site)
    assert full == small == (True, "", "")


@pytest.mark.parametrize("part", ["certificate", "provenance", "findings", "test-result"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__)
def test_both_say_no_to_the_same(site, part, change):
    change(site, next(site.store.certs(ONE).glob(f"{part}*")))
    full, small = verdicts(site)
    assert not full[0]
    assert not small[0]
    if full[1] != "the reference leads to an image":        # by digest the full one looks into the certificate before it proves
        assert full == small


@pytest.mark.parametrize("change", ["bytes", "shorter", "longer", "revoked image", "revoked serial", "revoked list", "ended list",
                                    "expired"])
def test_both_say_no_to_the_same_bytes_and_lists(site, change):
    serial = verify_reference(site.store, Reference.parse("tool:1.0"), site.trust, now=site.now, platform=HOST).certificate.serial
    if change in ("bytes", "shorter", "longer"):
        overwrite(site.store.blob(ONE), {"bytes": b"image onf", "shorter": b"image on", "longer": b"image one "}[change])
    elif change == "revoked list":
        site.store.revoked.write_bytes(site.stranger.sign("x", b"{}").to_json())
    elif change == "expired":
        past = site.now - timedelta(days=800)
        for one in site.store.certs(ONE).iterdir():
            one.unlink()
        for envelope in site.envelopes(site.config(), ONE, now=past):
            digest = hashlib.sha256(envelope.payload).hexdigest()[:16]
            name = "certificate" if b"urn:certify:certificate:1" in envelope.payload else f"x-{digest}"
            (site.store.certs(ONE) / f"{name}.dsse.json").write_bytes(envelope.to_json())
    else:
        changes = {"revoked image": Change(images={ONE: "x"}), "revoked serial": Change(serials={serial: "x"}),
                   "ended list": Change(expires=site.now - timedelta(days=1))}
        revoking.revoke(site.store, changes[change], signer=site.signer, trust=site.trust, now=site.now)
    full, small = verdicts(site)
    assert not full[0]
    assert full == small


def test_the_bytes_behind_a_descriptor_are_judged(site):
    handle = os.open(image(site), os.O_RDONLY)
    image(site).unlink()
    image(site).write_bytes(b"evil")
    assert node(site, image(site), "--fd", handle, pass_fds=(handle,)).returncode == 0
    os.close(handle)
    assert node(site, image(site)).returncode == 1


def test_an_image_under_another_images_name_is_refused(site):
    image(site, TWO).unlink()
    os.link(site.store.blob(ONE), image(site, TWO))
    assert "certified is" in node(site, image(site, TWO)).stderr
    for one in site.store.certs(TWO).iterdir():
        one.unlink()
    for one in site.store.certs(ONE).iterdir():
        (site.store.certs(TWO) / one.name).write_bytes(one.read_bytes())
    assert f"it is about sha256:{ONE}, the image is sha256:{TWO}" in node(site, image(site, TWO)).stderr


def test_a_file_beside_its_certificates_and_what_was_seen(site, tmp_path):
    from certify.bundle import write_folder

    file, seen = site.squashfs(b"image one"), tmp_path / "seen.json"
    write_folder(site.folder / "certs", site.envelopes(site.config(), ONE))
    assert node(site, file).returncode == 0
    revoking.revoke(site.store, Change(), signer=site.signer, trust=site.trust, now=site.now)
    old = site.store.revoked.read_bytes()
    revoking.revoke(site.store, Change(), signer=site.signer, trust=site.trust, now=site.now)
    assert node(site, image(site), "--seen", seen).returncode == 0
    overwrite(site.store.revoked, old)
    assert node(site, image(site)).returncode == 0
    assert "an older one was put back" in node(site, image(site), "--seen", seen).stderr


def test_wrong_uses_have_their_exit_codes(site, tmp_path):
    assert node(site).returncode == 2
    assert node(site, "--nonsense").returncode == 2
    assert node(site, image(site), "--trust", "/nowhere", trust=False).returncode == 3
    assert node(site, tmp_path / "nothing.squashfs").returncode == 1
    done = node(site, image(site), trust=False, env={"PATH": os.environ["PATH"], "CERTIFY_TRUST": str(site.key)})
    assert done.returncode == 0


def test_hostile_words_do_not_steer_the_terminal(site):
    revoking.revoke(site.store, Change(images={ONE: "\x1b[2Jgone"}), signer=site.signer, trust=site.trust, now=site.now)
    done = node(site, image(site))
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
