"""The certificate: a site's signed word that an image was checked and tested.

It says which bytes, until when, and by what evidence.
"""

from __future__ import annotations

import enum
import hashlib
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Fault
from certify import reference, strictjson
from certify.statement import FINDINGS, PROVENANCE, TEST_RESULT, Statement, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from builder.image import ImageConfig
    from certify.site import Site
    from certify.sitepolicy import SitePolicy

TYPE: Final = "urn:certify:certificate:1"
REQUIRED: Final = (PROVENANCE, FINDINGS, TEST_RESULT)
SKEW: Final = timedelta(minutes=5)      # clocks of a site's machines may differ by this much
SERIAL: Final = re.compile(r"[0-9a-f]{32}")
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


class Profile(enum.StrEnum):
    """How much was asked of the image: the least, what shared images need, or what production needs."""

    MIN = "min"
    SHARED = "shared"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A statement that the certificate rests on: its type, and the sha256 (hex) of its signed payload."""

    predicate_type: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A finding that the site permits: its code, who answers for it, why, and until when (a date, its last day)."""

    code: str
    owner: str
    reason: str
    until: str

    @property
    def last_day(self) -> date:
        """The last day of it, in UTC; raises Fault where ``until`` is none."""
        try:
            return date.fromisoformat(self.until)
        except ValueError as error:
            raise Fault(f"certificate: waiver: not a day: {self.until[:40]!r}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a start of the image costs where nothing of it was read before.

    ``milliseconds`` are those beyond an empty start's; ``bytes`` are read from the image, ``requests`` made of it.
    """

    milliseconds: int
    empty_milliseconds: int
    bytes: int
    requests: int

    @classmethod
    def parse(cls, reader: strictjson.Reader) -> Cost:
        """Read it, strictly; raises Fault."""
        made = cls(milliseconds=reader.integer("milliseconds"), empty_milliseconds=reader.integer("empty_milliseconds"),
                   bytes=reader.integer("bytes"), requests=reader.integer("requests"))
        reader.done()
        return made

    def near(self, other: Cost) -> bool:
        """Whether both may be of the same image: time has its weather, but what is read is the same within two per cent."""
        pairs = ((self.bytes, other.bytes), (self.requests, other.requests))
        return all(abs(one - two) * 50 <= max(one, two) for one, two in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What is certified.

    Digests are sha256 in hex; ``config`` is that of /.certify/image.json; times are in UTC. ``errors`` are permitted by
    ``waivers``, each of them. ``policy`` is the site's policy that the findings were weighed by, ``renews`` the serial of
    the certificate that this one takes the place of, for the same bytes. ``start`` is what a start costs, where the recipe
    has a budget for it.
    """

    name: str
    tag: str
    platform: str
    digest: str
    config: str
    site: str
    site_digest: str
    profile: Profile
    valid_from: datetime
    valid_until: datetime
    serial: str
    evidence: tuple[Evidence, ...]
    errors: int
    warnings: int
    tests: int
    waivers: tuple[Waiver, ...] = ()
    policy: str | None = None
    renews: str | None = None
    start: Cost | None = None

    @classmethod
    def parse(cls, statement: Statement) -> Certificate:
        """Read a statement whose signature was verified; anything missing, unknown or odd is a Fault."""
        if statement.predicate_type != TYPE or len(statement.subject) != 1:
            raise Fault("not a certificate of one image", hint=f"expected the predicate type {TYPE}")
        reader = strictjson.Reader(statement.predicate, "certificate")
        site, verdict = reader.child("site"), reader.child("verdict")
        certificate = cls(
            name=reader.text("name", reference.NAME),
            tag=reader.text("tag", reference.TAG),
            platform=reader.text("platform", reference.PLATFORM),
            digest=statement.subject[0].sha256,
            config=reader.digest("config"),
            site=site.text("name", r"[^\n]{1,100}"),
            site_digest=site.digest("digest"),
            profile=Profile(reader.text("profile", "|".join(Profile))),
            valid_from=read_time(reader.text("valid_from")),
            valid_until=read_time(reader.text("valid_until")),
            serial=reader.text("serial", SERIAL),
            evidence=tuple(_evidence(one) for one in reader.array("evidence", 100)),
            errors=verdict.integer("errors"),
            warnings=verdict.integer("warnings"),
            tests=verdict.integer("tests"),
            waivers=tuple(_waiver(one) for one in reader.array("waivers", 1000)),
            policy=reader.child("policy").digest("digest") if reader.has("policy") else None,
            renews=reader.text("renews", SERIAL) if reader.has("renews") else None,
            start=Cost.parse(reader.child("start")) if reader.has("start") else None,
        )
        for part in (site, verdict, reader):
            part.done()
        _check(certificate)
        return certificate

    def predicate(self) -> dict[str, Any]:
        """Give the predicate of the statement."""
        return {
            "name": self.name,
            "tag": self.tag,
            "platform": self.platform,
            "config": f"sha256:{self.config}",
            "site": {"name": self.site, "digest": f"sha256:{self.site_digest}"},
            "profile": str(self.profile),
            "valid_from": write_time(self.valid_from),
            "valid_until": write_time(self.valid_until),
            "serial": self.serial,
            "evidence": [
                {"predicate_type": one.predicate_type, "digest": f"sha256:{one.sha256}"}
                for one in self.evidence
            ],
            "verdict": {"errors": self.errors, "warnings": self.warnings, "tests": self.tests},
            "waivers": [asdict(one) for one in self.waivers],
            **({"policy": {"digest": f"sha256:{self.policy}"}} if self.policy else {}),
            **({"renews": self.renews} if self.renews else {}),
            **({"start": asdict(self.start)} if self.start else {}),
        }

    def require_valid(self, now: datetime) -> None:
        """Raise Fault outside the time of validity. ``now`` has a time zone."""
        if now < self.valid_from - SKEW:
            raise Fault(
                f"the certificate is valid only from {write_time(self.valid_from)}",
                hint="is this machine's clock right?",
            )
        if now >= self.valid_until:
            raise Fault(
                f"the certificate expired at {write_time(self.valid_until)}",
                hint="certify renew examines the image again, and certifies it anew",
            )
        for one in self.waivers:
            if now.astimezone(UTC).date() > one.last_day:
                raise Fault(f"the waiver for {one.code} ended on {one.until}", hint=f"{one.owner} answers for it: {one.reason}")


def issue(
    *,
    config: ImageConfig,
    digest: str,
    site: Site,
    evidence: Sequence[Statement],
    errors: int,
    warnings: int,
    tests: int,
    now: datetime,
    waivers: Sequence[Waiver] = (),
    policy: SitePolicy | None = None,
    renews: str | None = None,
    start: Cost | None = None,
) -> Statement:
    """Give the certificate of the image with that sha256 (hex), to be signed.

    It is valid from now for as long as the site and its policy say, and no longer than each waiver. ``evidence`` are the
    other statements on the same bytes, in the very form that is signed. Raises Fault where they do not add up to a
    certificate: kinds missing, other bytes, errors without a waiver.
    """
    if strangers := [one.predicate_type for one in evidence if not one.about(digest)]:
        raise Fault(f"evidence about other bytes than the image: {', '.join(strangers)}")
    certificate = Certificate(
        name=config.name,
        tag=config.tag,
        platform=config.platform,
        digest=digest,
        config=config_digest(config),
        site=site.name,
        site_digest=site_digest(site),
        profile=policy.profile if policy else Profile.SHARED,
        policy=policy.digest if policy else None,
        renews=renews,
        start=start,
        valid_from=now.replace(microsecond=0),
        valid_until=_end(now, validity_days(site, policy), waivers),
        serial=secrets.token_hex(16),
        errors=errors,
        warnings=warnings,
        tests=tests,
        waivers=tuple(waivers),
        evidence=tuple(
            Evidence(predicate_type=one.predicate_type, sha256=_sha256(one.to_bytes())) for one in evidence
        ),
    )
    statement = Statement(
        subject=(Subject(name=f"{config.name}:{config.tag}", sha256=digest),),
        predicate_type=TYPE,
        predicate=certificate.predicate(),
    )
    Certificate.parse(statement)        # what nobody could read is not issued
    return statement


def validity_days(site: Site, policy: SitePolicy | None) -> int:
    """How long a certificate is valid: as the site's profile says, or shorter if its policy says so."""
    return min(site.validity_days, (policy.validity_days if policy else None) or site.validity_days)


def site_digest(site: Site) -> str:
    """The sha256 (hex) of a site's profile: another profile is another judgement."""
    return _sha256(strictjson.dumps(asdict(site)))


def config_digest(config: ImageConfig) -> str:
    """Give the sha256 (hex) of the image's /.certify/image.json."""
    return _sha256(config.to_json().encode())


def write_time(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime(_TIME)


def read_time(text: str) -> datetime:
    """Read what write_time writes, and nothing else; raises Fault."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None and write_time(moment) == text:    # it reads many other forms, too
            return moment
    except ValueError:
        pass
    raise Fault(f"not a time in UTC such as 2026-11-30T12:00:00Z: {text[:40]!r}")


def _end(now: datetime, days: int, waivers: Sequence[Waiver]) -> datetime:
    ends = [datetime.combine(one.last_day + timedelta(days=1), time(), UTC) for one in waivers]
    return min([now.astimezone(UTC).replace(microsecond=0) + timedelta(days=days), *ends])


def _check(certificate: Certificate) -> None:
    kinds = [one.predicate_type for one in certificate.evidence]
    if missing := [kind for kind in REQUIRED if kind not in kinds]:
        raise Fault(f"the certificate rests on too little: no {', '.join(missing)}")
    if certificate.valid_until <= certificate.valid_from:
        raise Fault("the certificate ends before it begins")
    if certificate.errors and not certificate.waivers:
        raise Fault(f"the certificate admits {certificate.errors} errors without a waiver")


def _evidence(value: object) -> Evidence:
    reader = strictjson.Reader(value, "certificate: evidence")
    one = Evidence(predicate_type=reader.text("predicate_type", r".{1,200}"), sha256=reader.digest("digest"))
    reader.done()
    return one


def _waiver(value: object) -> Waiver:
    reader = strictjson.Reader(value, "certificate: waiver")
    line = r"[^\n]{1,1000}"
    one = Waiver(
        code=reader.text("code", line),
        owner=reader.text("owner", line),
        reason=reader.text("reason", line),
        until=reader.text("until", r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    )
    reader.done()
    _ = one.last_day
    return one


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
