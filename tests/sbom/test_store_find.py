"""Which images of a store hold a package: only those that the caller may see, only from what is signed."""

from __future__ import annotations

import base64
import json
import shutil
import sys

import pytest

from builder import key, process
from builder.errors import Fault
from builder.recipe.model import Access
from certify.packages.wanted import Wanted
from certify.reference import Reference
from certify.statement import SBOM
from certify.store.find import find, materials

PRIVATE = Access(users=(20001,), groups=(30001,))


@pytest.fixture
def look(world):
    def names(text):
        return {(one.image.name, *((each.kind, each.version) for each in one.packages))
                for one in find(world.store, Wanted.parse(text), world.trust) if one.packages}
    return names


@pytest.fixture
def filled(put):
    put("old", [("deb", "openssl", "3.0.9-1"), ("python", "NumPy", "1.26.4")])
    put("new", [("deb", "openssl", "3.0.11-1~deb12u2"), ("conda", "numpy", "2.1.0")])
    put("rocky", [("rpm", "openssl", "1:3.0.7-24.el9")])


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(("text", "found"), [
    ("openssl", {("old", ("deb", "3.0.9-1")), ("new", ("deb", "3.0.11-1~deb12u2")), ("rocky", ("rpm", "1:3.0.7-24.el9"))}),
    ("openssl<3.0.11", {("old", ("deb", "3.0.9-1"))}),
    ("deb:openssl<3.0.11-1", {("old", ("deb", "3.0.9-1")), ("new", ("deb", "3.0.11-1~deb12u2"))}),
    ("rpm:openssl<=1:3.0.7", {("rocky", ("rpm", "1:3.0.7-24.el9"))}),
    ("numpy", {("old", ("python", "1.26.4")), ("new", ("conda", "2.1.0"))}),
    ("python:numpy", {("old", ("python", "1.26.4"))}),
    ("zlib", set()),
])
def test_images_with_a_package(look, text, found):
    assert look(text) == found


@pytest.mark.usefixtures("filled")
def test_an_epoch_that_hides_a_package_is_told(world):
    one, = [one for one in find(world.store, Wanted.parse("openssl<3.0.8"), world.trust) if one.hidden]
    assert (one.image.name, one.packages, one.hidden[0].version) == ("rocky", (), "1:3.0.7-24.el9")


def test_an_image_without_a_bill_is_told(put, world):
    put("bare", None)
    one, = find(world.store, Wanted.parse("openssl"), world.trust)
    assert (one.image.name, one.packages) == ("bare", ())
    assert one.problem == "certified without a bill of materials: what it holds is not known"


def test_bills_that_somebody_changed_or_took_away_count_for_nothing(put, world):
    changed, gone = put("changed", [("deb", "openssl", "3.0.9-1")]), put("gone", [("deb", "openssl", "3.0.9-1")])
    place, = world.store.certs(changed).glob("sbom-*")
    said = json.loads(place.read_bytes())
    payload = base64.b64decode(said["payload"]).replace(b"3.0.9-1", b"9.0.9-1")
    place.write_text(json.dumps({**said, "payload": base64.b64encode(payload).decode()}))
    next(world.store.certs(gone).glob("sbom-*")).unlink()
    found = {one.image.name: one for one in find(world.store, Wanted.parse("openssl"), world.trust)}
    assert [one.packages for one in found.values()] == [(), ()]
    assert all(SBOM in found[name].problem for name in ("changed", "gone"))


def test_a_key_that_nobody_trusts_says_nothing(put, world, keys):
    from certify.trust import Trust

    put("old", [("deb", "openssl", "3.0.9-1")])
    one, = find(world.store, Wanted.parse("openssl"), Trust.load(keys / "stranger.pub"))
    assert one.packages == () and one.problem


@pytest.mark.integration     # becoming another user needs root: without it this fails
def test_private_images_are_found_by_those_who_may_use_them(put, world, keys):
    put("secret", [("deb", "openssl", "3.0.9-1")], access=PRIVATE)
    put("open", [("deb", "openssl", "3.0.9-1")])
    code = ("import sys; from pathlib import Path; from certify.store import Store; from certify.store.find import find; "
            "from certify.packages.wanted import Wanted; from certify.trust import Trust; "
            "print([one.image.name for one in find(Store.open(Path(sys.argv[1])), Wanted.parse('openssl'), "
            "Trust.load(Path(sys.argv[2])))])")
    public = world.folder / "site.pub"
    shutil.copy(keys / "site.pub", public)
    public.chmod(0o644)

    def seen(uid):
        argv = ("setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", sys.executable, "-B", "-c", code,
                str(world.store.root), str(public))
        return process.run(argv, env={**process.CLEAN, "PYTHONPATH": ":".join(sys.path)}).stdout.strip()

    assert (seen(20001), seen(20002)) == ("['open', 'secret']", "['open']")


@pytest.mark.usefixtures("filled")
def test_the_bill_of_a_reference(world):
    entry, document = materials(world.store, Reference.parse("old"), world.trust, key.platform())
    assert entry.name == "old" and document["metadata"]["component"]["name"] == "old"
    by_digest = materials(world.store, Reference.parse(f"sha256:{entry.digest}"), world.trust, key.platform())
    assert by_digest[1] == document


def test_the_bill_of_an_image_that_has_none(put, world):
    put("bare", None)
    assert materials(world.store, Reference.parse("bare"), world.trust, key.platform())[1] is None


def test_a_tag_that_somebody_changed_leads_to_no_bill(put, world):
    put("old", [("deb", "openssl", "3.0.9-1")])
    other = put("other", [("deb", "openssl", "3.0.9-1")])
    for place in (world.store.root / "tags/old").iterdir():
        place.write_bytes((world.store.root / "tags/other" / place.name).read_bytes())
    with pytest.raises(Fault):
        materials(world.store, Reference.parse("old"), world.trust, key.platform())
    assert materials(world.store, Reference.parse(f"sha256:{other}"), world.trust, key.platform())[1]
