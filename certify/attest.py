"""Certify an image: turn one's own examination of it into signed statements."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from builder import key
from builder.errors import Error, Fault
from certify import certificate, evidence
from certify.statement import PAYLOAD_TYPE

if TYPE_CHECKING:
    from datetime import datetime

    from builder.image import ImageConfig
    from builder.recipe import Recipe
    from builder.record import Record
    from certify.dsse import Envelope
    from certify.examination import Examination
    from certify.signing import Signer
    from certify.site import Site

CERTS: Final = "certs"      # the folder beside an image with its envelopes


class NotCertified(Fault):
    """The image does not deserve a certificate; ``examination`` says why."""

    def __init__(self, examination: Examination) -> None:
        self.examination = examination
        parts = [f"{len(examination.errors)} error(s) in the image"] if examination.errors else []
        parts += [f"{len(examination.failed)} test(s) failed"] if examination.failed else []
        super().__init__(f"{examination.config.name}:{examination.config.tag} is not certified: " + ", ".join(parts),
                         hint="mend the recipe; certify check shows all findings")


def require_good(examination: Examination) -> None:
    """Raise NotCertified if checks found errors or tests failed."""
    if examination.errors or examination.failed:
        raise NotCertified(examination)


def _require_whole(examination: Examination, recipe: Recipe) -> None:
    """Evidence is on everything that the recipe asks for, seen with eyes that see everything."""
    if not examination.looked:
        raise Fault(f"{recipe.name}:{recipe.tag}: the image was not looked into")
    if [(test.name, test.run) for test in examination.tests] != [(test.name, test.run) for test in recipe.tests]:
        raise Fault(f"{recipe.name}:{recipe.tag}: not all of the recipe's tests were run")
    if os.geteuid() != 0:
        raise Error("certifying needs root: what only root can read in an image must be looked into", hint="run it as root in CI")


def _is_of(config: ImageConfig, recipe: Recipe) -> bool:
    """Whether an image says of itself what its recipe says; what it has from an image it stands on is the base's word."""
    inherited = key.inherited(recipe)
    return config == key.config(recipe, config.environment if inherited is None else inherited)


def attest(examination: Examination, recipe: Recipe, recipe_sha256: str, record: Record | None, *, site: Site, signer: Signer,
           now: datetime) -> list[Envelope]:
    """The certificate of an image and the evidence it rests on, signed. Raises Fault if the image is not what it should be."""
    require_good(examination)
    _require_whole(examination, recipe)
    if not _is_of(examination.config, recipe):
        raise Fault(f"the image says it is {examination.config.name}:{examination.config.tag}, or has another environment, "
                    f"than the recipe {recipe.name}:{recipe.tag}", hint="build it from this recipe: certify build RECIPE")
    statements = evidence.statements(examination, recipe, recipe_sha256, record)
    warnings = len(examination.findings) - len(examination.errors)
    issued = certificate.issue(config=examination.config, digest=examination.digest, site=site, evidence=statements, errors=0,
                               warnings=warnings, tests=len(examination.tests), now=now)
    return [signer.sign(PAYLOAD_TYPE, statement.to_bytes()) for statement in [*statements, issued]]
