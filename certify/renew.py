"""Renew a certificate: the stored bytes, checked and tested against today's profile and policy, without a build.

Nothing but the bytes and what trusted keys signed is believed. The tests, and the site's libraries that the image must work
with, are those that the signed evidence of the old certificate names; a recipe that is given stands over them, and is needed
where nobody who is trusted today signed that evidence. The builder's word on how the image was made is kept as it was signed,
for whoever renews did not build; who may use the image stays as its access record says. The old certificate stays beside the
new one, as former-<serial>, and the new one names its serial.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from builder.errors import Error, Fault
from builder.image import ImageConfig
from certify import attest, certificate, evidence, retest, strictjson
from certify.bundle import FILE, FORMER, SUFFIX, Bundle, role_of
from certify.certificate import Certificate
from certify.cosign import no_fewer_packages
from certify.examination import examine_handle
from certify.files import read_small
from certify.sandbox.enter import Look
from certify.startup import Wish
from certify.statement import FINDINGS, PROVENANCE, SBOM, TEST_RESULT, Statement
from certify.store import entering, meta, oci, protect, revoked, sight, tags
from certify.store.desk import Candidate, Standing, put
from certify.store.query import resolve
from certify.store.recovery import recover
from certify.verify import open_image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from builder.progress import Progress
    from builder.recipe import Document, Recipe
    from builder.recipe.model import Test
    from certify.dsse import Envelope
    from certify.examination import Examination
    from certify.reference import Reference
    from certify.signing import Signer
    from certify.site import Site
    from certify.sitepolicy import SitePolicy
    from certify.store.layout import Store
    from certify.store.query import Entry
    from certify.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What renewing works with. ``recipe`` is one that stands over what the old evidence says, if one is given."""

    store: Store
    site: Site
    policy: SitePolicy
    signer: Signer
    trust: Trust
    now: datetime
    recipe: tuple[Document, Recipe] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Old:
    """The certificate that stands, and those of its statements that trusted keys signed, by predicate type."""

    certificate: Certificate
    believed: Mapping[str, tuple[Statement, Envelope]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is asked of the image: its tests, a start that costs no more than it may, and the site's libraries."""

    tests: tuple[Test, ...]
    wish: Wish | None
    host_libraries: tuple[str, ...]


def renew(desk: Desk, wanted: Reference, platform: str, progress: Progress) -> Certificate:
    """Examine an image of the store, issue a new certificate, and bring it back into the runtime's sight; gives the new one.

    Raises NotCertified if the image does not deserve it any more, Fault if it was revoked or its bytes are not those of its name.
    """
    envelopes = attested(desk, wanted, platform, progress)
    with progress.stage("renew"):
        return enter(desk, envelopes)


def attested(desk: Desk, wanted: Reference, platform: str, progress: Progress) -> list[Envelope]:
    """The new certificate and its evidence, signed but not entered: where others must sign too. Raises as ``renew``."""
    attest.require_root()
    desk = replace(desk, trust=revoked.believed(desk.store, desk.trust))
    entry = _entry(desk, wanted, platform)
    old = _old(desk, entry)
    asked = _asked(desk, old)
    handle = open_image(entry.squashfs)
    try:
        examination = examine_handle(handle, desk.site, asked.tests, progress, look=Look(host_libraries=asked.host_libraries),
                                     wish=asked.wish)
    finally:
        os.close(handle)
    _require_same(desk, entry, examination, asked)
    return _envelopes(desk, old, examination, asked)


def enter(desk: Desk, envelopes: Sequence[Envelope]) -> Certificate:
    """Put a new certificate of an image that is in the store in the place of the old one; gives it. Raises Fault."""
    store, bundle = desk.store, Bundle.pick(envelopes)
    try:
        with store.locked():
            desk = replace(desk, trust=revoked.believed(store, desk.trust))
            recover(store, desk.trust, desk.now)
            new = _believed(desk, bundle)
            candidate, before = _candidate(desk, bundle, new)
            former = _former(store, new)
            with store.changing():
                entering.enter(store, candidate, before, desk.signer, desk.trust, desk.now)
                for name, content in former.items():
                    put(store, store.certs(new.digest) / name, content,
                        lambda fd: protect.protect_file(fd, candidate.realm, store.group))
                sight.restore(store, new.digest, trust=desk.trust, now=desk.now)
    except OSError as error:
        raise Error(f"{store.root}: {error.strerror or error}", hint="is the disk full, or the store not yours?") from error
    return new


def _entry(desk: Desk, wanted: Reference, platform: str) -> Entry:
    entry = resolve(desk.store, wanted, platform)
    if entry.record is not None:
        signed = tags.read(desk.store, entry.name, entry.record.tag, desk.trust)
        if signed is None or not signed.means(entry.record):
            raise Fault(f"{entry.name}:{entry.record.tag} changed meanwhile", hint="try again")
    listed = revoked.read(desk.store, desk.trust)
    if listed is not None and entry.digest in listed.images:
        raise Fault(f"{entry.name}:{entry.tag} was revoked: {listed.images[entry.digest]}",
                    hint=f"if that does not hold any more: certify revoke lift sha256:{entry.digest} --reason ...")
    return entry


def _old(desk: Desk, entry: Entry) -> _Old:
    bundle = Bundle.read(entry.certs)
    standing = Certificate.parse(Statement.from_bytes(bundle.certificate.payload))
    if standing.digest != entry.digest:
        raise Fault(f"the certificate of sha256:{entry.digest} is about sha256:{standing.digest}")
    believed: dict[str, tuple[Statement, Envelope]] = {}
    with suppress(Fault):       # an incomplete certificate is no reason to keep an image from a whole one
        for statement, envelope in bundle.named(standing):
            with suppress(Fault):
                desk.trust.check(envelope, role_of(statement.predicate_type))
                believed[statement.predicate_type] = statement, envelope
    return _Old(certificate=standing, believed=believed)


def _asked(desk: Desk, old: _Old) -> _Asked:
    if desk.recipe is not None:
        recipe = desk.recipe[1]
        return _Asked(tests=tuple(recipe.tests), wish=Wish.of(recipe), host_libraries=tuple(recipe.host_libraries))
    if TEST_RESULT not in old.believed or FINDINGS not in old.believed:
        raise Fault("nobody who is trusted says what the tests of this image are", hint="name its recipe with --recipe")
    results = old.believed[TEST_RESULT][0].predicate
    scope = strictjson.Reader(old.believed[FINDINGS][0].predicate, "findings").child("scope")
    return _Asked(tests=retest.tests(results), wish=retest.wish(results),
                  host_libraries=tuple(str(one) for one in scope.array("host_libraries", 1000)))


def _require_same(desk: Desk, entry: Entry, examination: Examination, asked: _Asked) -> None:
    config = examination.config
    if examination.digest != entry.digest:
        raise Fault(f"{entry.squashfs} is sha256:{examination.digest}: not the bytes of its name",
                    hint="it was damaged: certify store fsck --deep tells more")
    if (config.name, config.tag, config.platform) != (entry.name, entry.tag, entry.platform):
        raise Fault(f"the image says it is {config.name}:{config.tag} ({config.platform}), "
                    f"the store {entry.name}:{entry.tag} ({entry.platform})")
    if not examination.looked or [one.test for one in examination.tests] != list(asked.tests):
        raise Fault(f"{config.name}:{config.tag}: not all that was asked was looked into")
    attest.require_measured(examination, asked.wish)
    if desk.recipe is not None:
        attest.require_is_of(config, desk.recipe[1])


def _envelopes(desk: Desk, old: _Old, examination: Examination, asked: _Asked) -> list[Envelope]:
    weighed, waivers = attest.judged(examination, desk.policy, desk.now)
    config, title = weighed.config, f"{weighed.config.name}:{weighed.config.tag}"
    made = {one.predicate_type: one for one in evidence.found(weighed, title, asked.host_libraries)}
    kept = _kept(old, made)
    if PROVENANCE not in kept:
        if desk.recipe is None:
            raise Fault("nobody who is trusted says how this image was made", hint="name its recipe with --recipe")
        document, recipe = desk.recipe
        made[PROVENANCE] = evidence.statements(weighed, recipe, document.sha256, None)[0]
    statements = [kept[kind][0] for kind in kept] + [one for kind, one in made.items() if kind not in kept]
    errors = len(weighed.errors)
    issued = certificate.issue(config=config, digest=weighed.digest, site=desk.site, evidence=statements, errors=errors,
                               warnings=len(weighed.findings) - errors, tests=len(weighed.tests), now=desk.now,
                               policy=desk.policy, waivers=waivers, renews=old.certificate.serial,
                               start=weighed.start.cost if weighed.start else None)
    new = [*(one for kind, one in made.items() if kind not in kept), issued]
    return [*(envelope for _, envelope in kept.values()), *map(desk.signer.sign_statement, new)]


def _kept(old: _Old, made: Mapping[str, Statement]) -> dict[str, tuple[Statement, Envelope]]:
    """What stays as others signed it: how the image was made, and a bill of materials that leaves nothing out."""
    kept = {PROVENANCE: old.believed[PROVENANCE]} if PROVENANCE in old.believed else {}
    if SBOM in old.believed and SBOM in made and no_fewer_packages(old.believed[SBOM][0].predicate, made[SBOM].predicate):
        kept[SBOM] = old.believed[SBOM]
    return kept


def _believed(desk: Desk, bundle: Bundle) -> Certificate:
    """The new certificate, which must hold by itself and not be older than the one that stands."""
    new = bundle.verified(desk.trust)
    bundle.evidence(new, desk.trust)
    new.require_valid(desk.now)
    if (listed := revoked.read(desk.store, desk.trust)) is not None:
        listed.refuse(new)
    standing = entering.read_certificate(desk.store, new.digest)
    if standing is None:
        raise Fault(f"sha256:{new.digest} is not in the store", hint="certify publish puts it there")
    if (standing.name, standing.tag, standing.platform) != (new.name, new.tag, new.platform):
        raise Fault(f"the image is in the store as {standing.name}:{standing.tag} ({standing.platform})")
    if standing.valid_from > new.valid_from:
        raise Fault("the certificate is older than the one in the store", hint="certify renew makes a new one")
    return new


def _candidate(desk: Desk, bundle: Bundle, new: Certificate) -> tuple[Candidate, Standing]:
    """What is entered, for those who may use it now: read under the lock, so that nobody gets in by a renewal."""
    store = desk.store
    records = tags.read_all(store, new.name, desk.trust)
    digests = sorted({one.digest for record in records.values() for one in record.images.values()} | {new.digest})
    found = {digest: entering.read_access(store, digest, desk.trust) for digest in digests}
    before = Standing(tags=records, access={digest: record for digest, record in found.items() if record is not None})
    record, bound = before.access.get(new.digest), records.get(new.tag)
    if record is None:
        raise Fault(f"the access record of sha256:{new.digest} is missing",
                    hint="publish the image again, with its recipe's access")
    if bound is None or new.platform not in bound.images or bound.images[new.platform].digest != new.digest:
        raise Fault(f"{new.name}:{new.tag} does not lead to sha256:{new.digest}", hint="publish the image again")
    config = ImageConfig.from_json(oci.read_blob(store, new.config).decode())
    return Candidate(source=store.image(new.digest), config=config, bundle=bundle, certificate=new, realm=record.realm,
                     meta=meta.render(config, record.realm)), before


def _former(store: Store, new: Certificate) -> dict[str, bytes]:
    """The certificates that were, by the names of their files: the one that goes now, and those before it."""
    folder = store.certs(new.digest)
    former = {path.name: read_small(path) for path in sorted(folder.iterdir()) if path.name.startswith(FORMER)}
    standing = entering.read_certificate(store, new.digest)
    if standing is not None and standing.serial != new.serial:
        former[f"{FORMER}{standing.serial}{SUFFIX}"] = read_small(folder / FILE)
    return former
