"""A site's policy: the profile that it certifies by, how much findings weigh, which of them it permits, and for how long.

A file in TOML outside of all recipes, such as /etc/certify/policy.toml, so that no recipe can permit itself anything:

    profile = "shared"              # min, shared or production
    validity_days = 180             # shorter than the site's profile says

    [severity]
    PTH211 = "error"                # by code, or the start of one

    [[waivers]]
    code = "PRM304"
    image = "astro-*"               # of the image's name; all images if it is missing
    path = "/usr/bin/su"            # of the finding's path; all paths if it is missing
    owner = "alice"
    reason = "needed until the new release"
    until = 2027-03-01              # the last day
"""

from __future__ import annotations

import hashlib
import stat
from dataclasses import asdict, dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Error, Fault
from certify import strictjson
from certify.certificate import Profile, Waiver
from certify.finding import Severity
from certify.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from certify.finding import Finding

_LIMIT: Final = 1 << 20     # bytes
_LINE: Final = r"[^\n]{1,1000}"
_HINT: Final = "certify explain tells codes; a waiver has code, owner, reason and until"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A waiver, and what it is for: patterns of names of images and of paths, with ``*`` and ``?`` as in a shell."""

    waiver: Waiver
    image: str = "*"
    path: str = "*"

    def covers(self, finding: Finding, image: str, today: date) -> bool:
        """Whether it permits a finding in the image of that name."""
        return (finding.code == self.waiver.code and today <= self.waiver.last_day and fnmatchcase(image, self.image)
                and fnmatchcase(finding.path or "", self.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Findings as the policy weighs them; ``errors`` are those that nothing permits, ``waivers`` what permits the others."""

    findings: tuple[Finding, ...]
    errors: tuple[Finding, ...]
    waivers: tuple[Waiver, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePolicy:
    """What a site asks of images. ``validity_days`` may only shorten what the site's profile says."""

    profile: Profile = Profile.SHARED
    severity: Mapping[str, Severity] = field(default_factory=dict)
    permits: tuple[Permit, ...] = ()
    validity_days: int | None = None

    @property
    def digest(self) -> str:
        """The sha256 (hex) of what the policy says: another policy is another judgement."""
        return hashlib.sha256(strictjson.dumps(asdict(self))).hexdigest()

    @property
    def weights(self) -> Policy:
        """How much findings weigh."""
        return Policy(profile=str(self.profile), overrides=self.severity)

    def judge(self, findings: Iterable[Finding], image: str, today: date) -> Judgement:
        """Weigh the findings in the image of that name, and look which errors are permitted."""
        weights = self.weights
        return self.permit((one._replace(severity=weights.severity(one.code, one.severity)) for one in findings), image, today)

    def permit(self, findings: Iterable[Finding], image: str, today: date) -> Judgement:
        """Look which errors are permitted, of findings that were weighed by this policy."""
        weighed = tuple(findings)
        errors: list[Finding] = []
        waivers: dict[Waiver, None] = {}        # each once, in their order
        for one in weighed:
            permit = next((permit for permit in self.permits if permit.covers(one, image, today)), None)
            if one.severity is Severity.ERROR and permit is None:
                errors.append(one)
            elif one.severity is Severity.ERROR and permit is not None:
                waivers[permit.waiver] = None
        return Judgement(findings=weighed, errors=tuple(errors), waivers=tuple(waivers))


def load(path: Path) -> SitePolicy:
    """Read a policy's file; raises Error for one that everyone may write, or that says what is not understood."""
    import tomllib

    try:
        if path.stat().st_mode & stat.S_IWOTH:
            raise Error(f"policy {path}: everyone may write here", hint=f"chmod o-w {path}")
        with path.open("rb") as file:
            return _decode(tomllib.loads(file.read(_LIMIT).decode()), f"policy {path}")
    except OSError as error:
        raise Error(f"policy {path}: {error.strerror}") from error
    except Fault as error:      # the machine's own file: exit code 3, not 1
        raise Error(error.message, hint=error.hint or _HINT) from error
    except ValueError as error:
        raise Error(f"policy {path}: {error}", hint=_HINT) from error


def _decode(values: Any, what: str) -> SitePolicy:  # noqa: ANN401
    reader = strictjson.Reader(values, what)
    policy = SitePolicy(
        profile=Profile(_one_of(reader, "profile", tuple(Profile), what)) if reader.has("profile") else Profile.SHARED,
        severity=_severities(reader.child("severity"), f"{what}: severity") if reader.has("severity") else {},
        permits=tuple(_permit(one, what) for one in reader.array("waivers", 1000)) if reader.has("waivers") else (),
        validity_days=reader.integer("validity_days", 1, 3650) if reader.has("validity_days") else None)
    reader.done()
    return policy


def _severities(reader: strictjson.Reader, what: str) -> dict[str, Severity]:
    """A code that none has would raise nothing, in silence."""
    from certify.codes import close_to, table  # only where a policy names some

    known = table()
    found = {code: Severity(_one_of(reader, code, tuple(Severity), what)) for code in reader.keys(r"[A-Z]{1,5}[0-9]{0,4}")}
    for code in found:
        if not any(one.startswith(code) for one in known):
            raise Fault(f"{what}: {code}: no rule or check has this code, and none begins so", hint=close_to(code))
    return found


def _one_of(reader: strictjson.Reader, key: str, known: tuple[str, ...], what: str) -> str:
    value = reader.value(key)
    if value not in known:
        raise Fault(f"{what}: {key}: {value!r:.60} is not known", hint="one of: " + ", ".join(known))
    return str(value)


def _permit(value: object, what: str) -> Permit:
    reader = strictjson.Reader(value, f"{what}: waiver")
    until = reader.value("until")
    if type(until) is not date:
        raise Fault(f"{what}: waiver: 'until' is a day, such as 2027-03-01, without quotes")
    permit = Permit(waiver=Waiver(code=reader.text("code", r"[A-Z]{3}[0-9]{3}"), owner=reader.text("owner", _LINE),
                                  reason=reader.text("reason", _LINE), until=until.isoformat()),
                    image=reader.text("image", _LINE) if reader.has("image") else "*",
                    path=reader.text("path", _LINE) if reader.has("path") else "*")
    reader.done()
    return permit
