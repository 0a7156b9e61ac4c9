"""The main job: lint, build, check and test, certify, publish, each only where it is not up to date."""

from __future__ import annotations

import enum
import os
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder import handover, key, origins, pipeline, workspace
from builder.errors import Error, Fault
from builder.image import ImageConfig
from certify import attest, codes, evidence
from certify.bundle import Bundle, write_folder
from certify.certificate import Certificate, site_digest
from certify.examination import Examination, examine
from certify.finding import Severity
from certify.lint import lint_recipe
from certify.reference import Reference
from certify.sandbox.enter import Look
from certify.seen import PutBack, Seen
from certify.startup import Wish
from certify.statement import PROVENANCE
from certify.store import access, oci, query
from certify.store.publish import Status, publish
from certify.verify import Verified, verify_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from builder.outside import Outside
    from builder.progress import Progress, Stage
    from builder.recipe import Document, Recipe
    from builder.record import Record
    from certify.finding import Finding
    from certify.signing import Signer
    from certify.site import Site
    from certify.sitepolicy import SitePolicy
    from certify.store.layout import Store
    from certify.trust import Trust

REPORT: Final = "report.html"
_LINT: Final = threading.Lock()         # the rules remember what they read last
_RENEW: Final = timedelta(days=30)      # a certificate that ends sooner is made anew


class Step(enum.StrEnum):
    """The steps, in their order."""

    LINT = "lint"
    BUILD = "build"
    CHECK = "check"
    ATTEST = "attest"
    PUBLISH = "publish"


class LintFailed(Fault):
    """The recipe has errors; ``findings`` are all that was found."""

    def __init__(self, path: str, findings: Sequence[Finding]) -> None:
        self.findings = findings
        super().__init__(f"{path}: not built: the recipe has errors", hint="certify lint shows them")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What shipping works with. Store, trust and signer may be None only where the steps before need none.

    ``seen`` is the file where is kept what was seen of stores, see certify.seen; None keeps nothing. ``report`` makes the
    page of what was found in an image, which is then kept beside it.
    """

    site: Site
    out: Path
    cache: Path
    store: Store | None = None
    trust: Trust | None = None
    signer: Signer | None = None
    until: Step = Step.PUBLISH
    widen: bool = False
    policy: SitePolicy = attest.DEFAULT
    seen: Path | None = None
    report: Callable[[Path, Examination, Recipe], str] | None = None

    @property
    def outside(self) -> Outside:
        """What the site lets recipes name outside their folders."""
        return self.site.outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """What became of a recipe: ``status`` is published, up to date, or the last step that was done."""

    recipe: str
    name: str
    version: str
    tag: str
    digest: str
    size: int
    status: str
    seconds: float
    valid_until: datetime | None = None
    squashfs: Path | None = None
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The result as ``--format json`` shows it."""
        return {"recipe": self.recipe, "name": self.name, "version": self.version, "tag": self.tag,
                "digest": f"sha256:{self.digest}", "status": self.status, "seconds": round(self.seconds, 2), "size": self.size,
                "valid_until": self.valid_until.isoformat() if self.valid_until else None,
                "steps": [{"name": stage.name, "seconds": round(stage.seconds, 2), "note": stage.note} for stage in self.stages]}


def ship(path: Path, document: Document, recipe: Recipe, desk: Desk, progress: Progress) -> Shipped:
    """Bring one recipe, read from ``path``, into the store.

    Raises LintFailed, StepFailed, NotCertified or another Error at the step that fails.
    """
    begin = time.monotonic()
    journey = _Journey(path, document, recipe, desk, progress, begin)
    _lint(document, recipe, desk, progress)
    if desk.until is Step.LINT:
        return journey.result("", 0, "lint")
    return journey.already_there() or journey.go()


def _lint(document: Document, recipe: Recipe, desk: Desk, progress: Progress) -> None:
    with progress.stage("lint") as notes, _LINT:
        findings = lint_recipe(document, recipe, desk.site, desk.policy.weights)
        # The image is looked at for these, too: what a waiver permits there stands in the certificate.
        seen = [one for one in findings if codes.is_check(one.code)]
        told = desk.policy.permit(seen, recipe.name, datetime.now(UTC).date())
        notes.append(f"{len(findings)} findings" if findings else "clean")
        notes += [f"{one.code} permitted until {one.until} ({one.owner}: {one.reason})" for one in told.waivers]
    if told.errors or any(one.severity is Severity.ERROR for one in findings if one not in seen):
        raise LintFailed(document.path, findings)


class _Journey:
    """One recipe on its way to the store."""

    def __init__(self, path: Path, document: Document, recipe: Recipe, desk: Desk, progress: Progress, begin: float) -> None:
        self.path, self.document, self.recipe = path, document, recipe
        self.desk, self.progress, self.begin = desk, progress, begin

    def already_there(self) -> Shipped | None:
        """The published image, if its certificate was made from this very recipe and holds for a while yet."""
        desk, recipe = self.desk, self.recipe
        if desk.store is None or desk.trust is None or desk.until is not Step.PUBLISH:
            return None
        now, reference = datetime.now(UTC), Reference(name=recipe.name, tag=recipe.tag)
        seen = Seen.load(desk.store.root, desk.seen)
        try:
            proven = _proven(desk.store, desk.trust, reference, now, seen)
            judged = (proven.certificate.site_digest, proven.certificate.policy) == (site_digest(desk.site), desk.policy.digest)
            fresh = proven.certificate.valid_until - now > _RENEW and judged
            same_access = proven.access is not None and proven.access.realm == access.resolve(recipe.access)
            current = fresh and same_access and self._same_recipe(proven.certificate) and self._newest(desk.store, proven.digest)
        except Error as error:
            if isinstance(error.__cause__, PutBack):
                raise           # an older store was put back: publishing upon it would hide that
            return None
        return self.result(proven.digest, proven.size, "up to date", proven.certificate) if current else None

    def _same_recipe(self, certificate: Certificate) -> bool:
        assert self.desk.store is not None
        assert self.desk.trust is not None
        statements = Bundle.read(self.desk.store.certs(certificate.digest)).evidence(certificate, self.desk.trust)
        said = next((one.predicate for one in statements if one.predicate_type == PROVENANCE), {})
        definition = said.get("buildDefinition", {})
        wanted = evidence.parameters(self.recipe, self.document.sha256, key.of(self.recipe, self.desk.outside))
        return bool(definition.get("buildType") == evidence.BUILD_TYPE and definition.get("externalParameters") == wanted)

    def _newest(self, store: Store, digest: str) -> bool:
        """Whether the pointers lead here: another revision may have been published since."""
        return query.resolve(store, Reference(name=self.recipe.name, tag=self.recipe.version), key.platform()).digest == digest

    def go(self) -> Shipped:
        desk, recipe = self.desk, self.recipe
        record = self._build()
        if desk.until is Step.BUILD:
            return self.result(record.digest, record.size, "build")
        squashfs = pipeline.folder_of(recipe, desk.out) / pipeline.IMAGE
        look = Look(steps=origins.read(squashfs.parent), host_libraries=recipe.host_libraries)
        examined = examine(squashfs, desk.site, recipe.tests, self.progress, look=look, wish=Wish.of(recipe))
        self._report(squashfs, examined)
        attest.require_good(examined, desk.policy)
        if examined.digest != record.digest:
            raise Fault(f"{squashfs}: changed since it was built", hint="does another build write here? ship again")
        if desk.until is Step.CHECK:
            return self.result(record.digest, record.size, "check")
        if desk.signer is None:
            raise Fault("no key to sign with")
        with self.progress.stage("attest"):
            envelopes = attest.attest(examined, recipe, self.document.sha256, record, site=desk.site, signer=desk.signer,
                                      now=datetime.now(UTC), policy=desk.policy)
            write_folder(squashfs.parent / attest.CERTS, envelopes)
        if desk.until is Step.ATTEST:
            return self.result(record.digest, record.size, "attest")
        return self._publish(squashfs, examined, envelopes)

    def _build(self) -> Record:
        desk = self.desk
        record = pipeline.up_to_date(self.recipe, desk.out, desk.cache, desk.outside)
        if record:
            with self.progress.stage("build") as notes:
                notes.append("up to date")
            return record
        return pipeline.build(self.document, self.recipe, out=desk.out, cache=desk.cache, progress=self.progress,
                              outside=desk.outside)

    def _report(self, squashfs: Path, examined: Examination) -> None:
        """Keep the page of an examination beside the image, also of one that is then refused."""
        if self.desk.report is not None:
            page = self.desk.report(squashfs, examined, self.recipe)
            with handover.new_file(squashfs.parent, REPORT) as file:
                file.write(page)

    def _publish(self, squashfs: Path, examined: Examination, envelopes: Any) -> Shipped:  # noqa: ANN401
        desk, now = self.desk, datetime.now(UTC)
        if desk.store is None or desk.trust is None or desk.signer is None:
            raise Fault("no store to publish to, or nobody to trust")
        with self.progress.stage("publish") as notes:
            done = publish(desk.store, squashfs, config=examined.config, envelopes=envelopes, access=self.recipe.access,
                           signer=desk.signer, trust=desk.trust, widen=desk.widen, now=now)
            notes.append(str(done.status))
        with self.progress.stage("verify"):
            proven = _proven(desk.store, desk.trust, done.reference, now, Seen.load(desk.store.root, desk.seen))
        status = "published" if done.status is Status.PUBLISHED else "up to date"
        return self.result(examined.digest, examined.size, status, proven.certificate)

    def result(self, digest: str, size: int, status: str, certificate: Certificate | None = None) -> Shipped:
        recipe, store = self.recipe, self.desk.store
        return Shipped(recipe=str(self.path), name=recipe.name, version=recipe.version, tag=recipe.tag, digest=digest, size=size,
                       status=status, seconds=time.monotonic() - self.begin,
                       environment=_environment(store, certificate) if store and certificate else {},
                       valid_until=certificate.valid_until if certificate else None,
                       squashfs=store.image(digest) if store and certificate else None,
                       command=recipe.entrypoint or ("/bin/sh",), stages=tuple(self.progress.stages))


def _proven(store: Store, trust: Trust, reference: Reference, now: datetime, seen: Seen) -> Verified:
    with seen:
        return verify_reference(store, reference, trust, now=now, platform=key.platform(), seen=seen)


def _environment(store: Store, certificate: Certificate) -> dict[str, str]:
    """What the image's programs see: a recipe does not say what its base brings."""
    return dict(ImageConfig.from_json(oci.read_blob(store, certificate.config).decode()).environment)


def default_cache() -> Path:
    """The cache of this user."""
    return workspace.default_cache(os.environ)
