"""Compare what is known of two images. Pure: whoever calls has looked into them."""

from __future__ import annotations

import re
import shlex
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from certify.difference.model import Difference, PackageChange, Setting, Variable
from certify.packages.versions import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from certify.difference.model import Files, How, Look
    from certify.finding import Finding
    from certify.packages import Package

_NUMBER: Final = re.compile(r"[0-9]+")
_RUN: Final = re.compile(r"[-_.]+")     # PEP 503: names are the same whatever stands between their words
_ORDER: Final = {"added": 0, "removed": 1, "up": 2, "down": 3, "changed": 4}

_Key = tuple[str, str, str]


def difference(one: Look, other: Look, files: Files) -> Difference:
    """What became of the first image in the second."""
    came, went = _findings(one.findings, other.findings)
    return Difference(one=one, other=other, packages=tuple(_packages(one.packages, other.packages)),
                      variables=tuple(_variables(one.config.environment, other.config.environment)),
                      settings=tuple(_settings(one, other)), came=came, went=went, files=files)


def _packages(one: Sequence[Package], other: Sequence[Package]) -> list[PackageChange]:
    before, after = _versions(one), _versions(other)
    found = [change for key in sorted(before.keys() | after.keys()) for change in _moved(key, before[key], after[key])]
    return sorted(found, key=lambda change: _ORDER[change.how])


def _versions(packages: Iterable[Package]) -> Mapping[_Key, Counter[str]]:
    """The versions of each package: the same one may be there in several places, and in several versions."""
    found: dict[_Key, Counter[str]] = defaultdict(Counter)
    for one in packages:
        name = _RUN.sub("-", one.name).lower() if one.kind == "python" else one.name
        found[one.kind, name, one.architecture][f"{one.version} {one.build}".rstrip()] += 1
    return found


def _moved(key: _Key, before: Counter[str], after: Counter[str]) -> Iterator[PackageChange]:
    """Pairs what went with what came, the oldest with the oldest."""
    kind, name, _ = key
    gone, come = _sorted(kind, before - after), _sorted(kind, after - before)
    for old, new in zip(gone, come, strict=False):
        yield PackageChange(kind, name, _direction(kind, old, new), old, new)
    yield from (PackageChange(kind, name, "removed", old, None) for old in gone[len(come):])
    yield from (PackageChange(kind, name, "added", None, new) for new in come[len(gone):])


def _sorted(kind: str, versions: Counter[str]) -> list[str]:
    return sorted(versions.elements(), key=lambda version: (_rank(kind, version), version))


def _direction(kind: str, old: str, new: str) -> How:
    before, after = _rank(kind, old), _rank(kind, new)
    return "up" if before < after else "down" if after < before else "changed"


def _rank(kind: str, version: str) -> tuple[object, ...]:
    return KEYS[kind](version.partition(" ")[0])    # type: ignore[index]  # of a package


def _variables(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[Variable]:
    for name in sorted(one.keys() | other.keys()):
        before, after = one.get(name), other.get(name)
        if before != after:
            yield Variable(name, "added" if before is None else "removed" if after is None else "changed", before, after)


def _settings(one: Look, other: Look) -> Iterator[Setting]:
    for name, before, after in (("start command", shlex.join(one.config.entrypoint), shlex.join(other.config.entrypoint)),
                                ("working folder", one.config.workdir or "", other.config.workdir or ""),
                                ("platform", one.config.platform, other.config.platform)):
        if before != after:
            yield Setting(name, before, after)


def _findings(one: Sequence[Finding], other: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Those that came, and those that went. Versions and counts in a path or message are no other finding."""
    before, after = Counter(map(_same, one)), Counter(map(_same, other))
    return tuple(_left(other, after - before)), tuple(_left(one, before - after))


def _same(finding: Finding) -> tuple[str, ...]:
    return finding.code, str(finding.severity), _NUMBER.sub("0", finding.path or ""), _NUMBER.sub("0", finding.message)


def _left(findings: Iterable[Finding], counts: Counter[tuple[str, ...]]) -> Iterator[Finding]:
    for finding in findings:
        if counts[_same(finding)] > 0:
            counts[_same(finding)] -= 1
            yield finding
