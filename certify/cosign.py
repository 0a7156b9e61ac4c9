"""A second signer: adds a signature to the certificate of others, after an examination of one's own that agrees with theirs.

Whoever signs the certificate says: I have looked into the very bytes, run the tests, and would certify them as this does.
Evidence gets the signature only where one's own examination says the same to the byte. So a build that one did not do is
never signed, and a list of findings that names the build's steps, which only the builder knows, has to agree but is not signed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Fault
from certify import attest, evidence, strictjson
from certify.bundle import Bundle
from certify.certificate import SKEW, Certificate, Cost, config_digest, site_digest, validity_days, write_time
from certify.statement import FINDINGS, PROVENANCE, SBOM, TEST_RESULT, Statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from builder.recipe import Recipe
    from certify.certificate import Waiver
    from certify.dsse import Envelope
    from certify.examination import Examination
    from certify.signing import Signer
    from certify.site import Site
    from certify.sitepolicy import SitePolicy


_MOST: Final = 1_000_000        # findings, or components


def add(envelopes: Sequence[Envelope], examination: Examination, recipe: Recipe, recipe_sha256: str, *, site: Site,
        signer: Signer, now: datetime, policy: SitePolicy) -> list[Envelope]:
    """The envelopes with one's own signature on the certificate, and on the evidence that one would have made just so.

    Signatures that are there are not judged: they count for those who trust their keys, and for nobody else.
    Raises Fault where one's own examination does not agree.
    """
    weighed, waivers = attest.judged(examination, policy, now)
    attest.require_whole(weighed, recipe)
    attest.require_is_of(weighed.config, recipe)
    bundle = Bundle.pick(envelopes)
    certificate = Certificate.parse(Statement.from_bytes(bundle.certificate.payload))
    named = bundle.named(certificate)
    _require_same(certificate, weighed, site, policy, waivers, now)
    own = {one.predicate_type: one for one in evidence.statements(weighed, recipe, recipe_sha256, None)}
    for statement, _ in named:
        _require_agreement(statement, own)
    same = {one.to_bytes() for one in own.values()}
    same |= {envelope.payload for one, envelope in named if one.predicate_type == TEST_RESULT}      # it agrees, in all but time
    return [signer.add(bundle.certificate),
            *(signer.add(envelope) if envelope.payload in same else envelope for _, envelope in named)]


def _require_same(certificate: Certificate, examination: Examination, site: Site, policy: SitePolicy,
                  waivers: Sequence[Waiver], now: datetime) -> None:
    """The certificate must be the one that this signer would have issued, but for its serial and its day."""
    config = examination.config
    mine = {"image": examination.digest, "name": config.name, "tag": config.tag, "platform": config.platform,
            "environment": config_digest(config), "site's profile": site_digest(site), "policy": policy.digest,
            "errors": len(examination.errors), "tests": len(examination.passed), "waivers": set(waivers),
            "start": _near(examination.start.cost if examination.start else None, certificate.start)}
    theirs = {"image": certificate.digest, "name": certificate.name, "tag": certificate.tag, "platform": certificate.platform,
              "environment": certificate.config, "site's profile": certificate.site_digest, "policy": certificate.policy,
              "errors": certificate.errors, "tests": certificate.tests, "waivers": set(certificate.waivers), "start": True}
    if differing := [name for name, value in mine.items() if theirs[name] != value]:
        raise Fault(f"the certificate is not the one that your own examination gives: another {', '.join(differing)}",
                    hint="give the --site and --policy that it was made with, or make a certificate of your own: without --add")
    certificate.require_valid(now)
    longest = timedelta(days=validity_days(site, policy)) + SKEW
    if certificate.valid_until - certificate.valid_from > longest or certificate.valid_from > now + SKEW:
        raise Fault(f"the certificate is valid for too long: until {write_time(certificate.valid_until)}",
                    hint="make a certificate of your own: without --add")


def _require_agreement(theirs: Statement, own: Mapping[str, Statement]) -> None:
    if theirs.predicate_type == PROVENANCE:
        return      # the builder's own word
    mine = own.get(theirs.predicate_type)
    if mine is None:
        raise Fault(f"evidence of a kind that your own examination does not give: {theirs.predicate_type}")
    if not _AGREE[theirs.predicate_type](theirs.predicate, mine.predicate):
        raise Fault(f"your own examination does not agree: {_NAMES[theirs.predicate_type]}",
                    hint="is it the same version of certify, and the same recipe?")


def _near(mine: Cost | None, theirs: Cost | None) -> bool:
    return mine is None if theirs is None else mine is not None and mine.near(theirs)


def _same_results(theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> bool:
    """The same tests with the same results. What a start costs is measured, and never twice the same: see ``Cost.near``."""
    def told(predicate: Mapping[str, Any]) -> tuple[object, Cost | None]:
        if "start" not in predicate:
            return predicate, None
        cost = Cost.parse(strictjson.Reader(predicate["start"], "test results: start").child("cost"))
        return {**predicate, "start": {key: value for key, value in predicate["start"].items() if key != "cost"}}, cost

    (one, cost), (two, other) = told(theirs), told(mine)
    return one == two and _near(cost, other)


def _same_findings(theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> bool:
    """The same codes with the same weights. How findings are put together, and worded, hangs on the build's steps."""
    def told(predicate: Mapping[str, Any]) -> set[tuple[str, str]]:
        return {(one.text("code"), one.text("severity")) for one in _listed(predicate, "findings")}

    return told(theirs) == told(mine) and theirs.get("scope") == mine.get("scope")


def no_fewer_packages(theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> bool:
    """The builder knows of sources and files, too; but nothing that is seen in the image may be missing."""
    def told(predicate: Mapping[str, Any]) -> set[tuple[str, str]]:
        return {(one.text("bom-ref"), one.text("version") if one.has("version") else "")
                for one in _listed(predicate, "components")}

    return told(mine) <= told(theirs)


def _listed(predicate: Mapping[str, Any], key: str) -> list[strictjson.Reader]:
    return [strictjson.Reader(one, key) for one in strictjson.Reader(predicate, key).array(key, _MOST)]


_AGREE: Final = {FINDINGS: _same_findings, TEST_RESULT: _same_results, SBOM: no_fewer_packages}
_NAMES: Final = {FINDINGS: "findings", TEST_RESULT: "test results", SBOM: "packages"}
