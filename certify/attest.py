"""Certify an image: turn one's own examination of it into signed statements, or add one's signature to those of others."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from builder import key
from builder.errors import Error, Fault
from certify import certificate, evidence
from certify.sitepolicy import SitePolicy
from certify.startup import Wish
from certify.statement import PAYLOAD_TYPE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from builder.image import ImageConfig
    from builder.recipe import Recipe
    from builder.record import Record
    from certify.certificate import Waiver
    from certify.dsse import Envelope
    from certify.examination import Examination
    from certify.finding import Finding
    from certify.signing import Signer
    from certify.site import Site

CERTS: Final = "certs"      # the folder beside an image with its envelopes
DEFAULT: Final = SitePolicy()


class NotCertified(Fault):
    """The image does not deserve a certificate; ``examination`` says why, ``errors`` are the findings that forbid it."""

    def __init__(self, examination: Examination, errors: Sequence[Finding]) -> None:
        self.examination, self.errors = examination, tuple(errors)
        parts = [f"{len(errors)} error(s) in the image"] if errors else []
        parts += [f"{len(examination.failed)} test(s) failed"] if examination.failed else []
        parts += examination.faults
        super().__init__(f"{examination.config.name}:{examination.config.tag} is not certified: " + ", ".join(parts),
                         hint="mend the recipe; certify check shows all findings")


def require_good(examination: Examination, policy: SitePolicy = DEFAULT, now: datetime | None = None) -> None:
    """Raise NotCertified if checks found errors that the policy does not permit now, tests failed, or a start costs too much."""
    judged(examination, policy, now or datetime.now(UTC))


def judged(examination: Examination, policy: SitePolicy, now: datetime) -> tuple[Examination, tuple[Waiver, ...]]:
    """The examination with its findings as the policy weighs them, and the waivers that permit its errors.

    ``now`` has a time zone. Raises NotCertified.
    """
    told = policy.judge(examination.findings, examination.config.name, now.astimezone(UTC).date())
    same = list(told.findings) == list(examination.findings)
    weighed = examination if same else replace(examination, findings=list(told.findings))
    if told.errors or examination.failed or examination.faults:
        raise NotCertified(weighed, told.errors)
    return weighed, told.waivers


def require_whole(examination: Examination, recipe: Recipe) -> None:
    """Evidence is on everything that the recipe asks for, seen with eyes that see everything. Raises Fault or Error."""
    if not examination.looked:
        raise Fault(f"{recipe.name}:{recipe.tag}: the image was not looked into")
    if [result.test for result in examination.tests] != list(recipe.tests):
        raise Fault(f"{recipe.name}:{recipe.tag}: not all of the recipe's tests were run")
    require_measured(examination, Wish.of(recipe))
    if recipe.tests and len(examination.skipped) == len(recipe.tests):
        raise Fault(f"{recipe.name}:{recipe.tag}: all of the recipe's tests were skipped, and nothing shows that it works",
                    hint="add a test that needs nothing special; certify explain MET802")
    require_root()


def require_measured(examination: Examination, wish: Wish | None) -> None:
    """Raise Fault unless the start was measured that a budget is for, and Error where it cannot be measured."""
    start = examination.start
    if wish != (start.wish if start else None):
        raise Fault(f"{examination.config.name}:{examination.config.tag}: the start that its budget is for was not measured")
    if start is not None and start.lacking:
        raise Error(f"the budget of {examination.config.name}:{examination.config.tag} cannot be judged: {start.lacking}",
                    hint="certify where /dev/fuse can be opened: certify doctor")


def require_root() -> None:
    """Raise Error for who cannot see all of an image."""
    if os.geteuid() != 0:
        raise Error("certifying needs root: what only root can read in an image must be looked into", hint="run it as root in CI")


def require_is_of(config: ImageConfig, recipe: Recipe) -> None:
    """Raise Fault unless an image says of itself what its recipe says; what it has from its base is the base's word."""
    inherited = key.inherited(recipe)
    if config != key.config(recipe, config.environment if inherited is None else inherited):
        raise Fault(f"the image says it is {config.name}:{config.tag}, or has another environment, "
                    f"than the recipe {recipe.name}:{recipe.tag}", hint="build it from this recipe: certify build RECIPE")


def attest(examination: Examination, recipe: Recipe, recipe_sha256: str, record: Record | None, *, site: Site, signer: Signer,
           now: datetime, policy: SitePolicy = DEFAULT) -> list[Envelope]:
    """The certificate of an image and the evidence it rests on, signed. Raises Fault if the image is not what it should be."""
    weighed, waivers = judged(examination, policy, now)
    require_whole(weighed, recipe)
    require_is_of(weighed.config, recipe)
    statements = evidence.statements(weighed, recipe, recipe_sha256, record)
    errors = len(weighed.errors)
    issued = certificate.issue(config=weighed.config, digest=weighed.digest, site=site, evidence=statements, errors=errors,
                               warnings=len(weighed.findings) - errors, tests=len(weighed.passed), now=now, policy=policy,
                               waivers=waivers, start=weighed.start.cost if weighed.start else None)
    return [signer.sign(PAYLOAD_TYPE, statement.to_bytes()) for statement in [*statements, issued]]
