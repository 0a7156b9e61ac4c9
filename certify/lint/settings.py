"""What a repository sets for the linter: certify.toml, or [tool.certify.lint] in pyproject.toml.

The nearest file above the judged one counts, alone; what the command line says stands over it.
"""

from __future__ import annotations

import enum
import functools
import os
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from builder.errors import UsageError
from certify.bounded import text_of
from certify.finding import Severity
from certify.lint.selection import Selection, split
from certify.policy import DEFAULT, PROFILES, Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MAX_CONFIGURATION: Final = 262_144      # bytes; a long pyproject.toml has 60,000
MAX_DOTS: Final = 200       # in one line: a.a.a takes tomllib time by the square, and half a minute for 100,000 of them

_FILES: Final = ("certify.toml", "pyproject.toml")
_KEYS: Final = ("select", "extend-select", "ignore", "fail-on", "site", "profile", "severity", "per-file-ignores", "exclude",
                "force-exclude", "respect-gitignore")


class FailOn(enum.StrEnum):
    """The least severity that makes the program fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"

    def fails(self, severity: Severity) -> bool:
        """Whether a finding of that severity does."""
        return self is not FailOn.NEVER and severity.weight >= Severity(str(self)).weight


class Settings(NamedTuple):
    """What was set; ``folder`` is where patterns of paths are relative to."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: FailOn = FailOn.ERROR
    site: str | None = None
    profile: str = DEFAULT
    severity: Mapping[str, Severity] = MappingProxyType({})
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    gitignore: bool = True
    folder: Path | None = None

    @property
    def policy(self) -> Policy:
        """The severities."""
        return Policy(profile=self.profile, overrides=self.severity)

    def selection(self, path: Path) -> Selection:
        """What is wanted of one file."""
        chosen = _selection(self.select, self.ignore)
        more = [code for pattern, codes in self.per_file if self._fits(path, pattern) for code in codes]
        return chosen.but(more) if more else chosen

    def excludes(self, path: Path) -> bool:
        """Whether a path that was found in a folder is to be left alone."""
        return any(self._fits(path, pattern) for pattern in self.exclude)

    def leaves_out(self, path: Path) -> bool:
        """Whether a path or a folder that it is in is excluded: for what was not found on the way down."""
        full = _full(path) if self.exclude else path
        return any(self.excludes(one) for one in (full, *full.parents) if self.folder is not None and self.folder in one.parents)

    def _fits(self, path: Path, pattern: str) -> bool:
        from fnmatch import fnmatchcase

        full = _full(path)
        inner = full.relative_to(self.folder) if self.folder is not None and full.is_relative_to(self.folder) else full
        pattern = pattern.removeprefix("./").rstrip("/")        # as people write a folder
        return fnmatchcase(inner.as_posix(), pattern) or fnmatchcase(full.name, pattern)


class Given(NamedTuple):
    """What the command line says; None and nothing mean that it is silent."""

    select: tuple[str, ...] = ()
    extend: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: FailOn | None = None
    site: str | None = None
    profile: str | None = None
    policy: Policy | None = None
    isolated: bool = False
    force_exclude: bool = False


class Nearest:
    """The settings for each file; a folder is looked at once."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._found: dict[Path, Settings] = {}
        self._above: dict[Path, Settings] = {}

    def to(self, path: Path) -> Settings:
        """The settings for a file or a folder; raises UsageError for a configuration that says nonsense."""
        folder = _full(path) if os.path.isdir(path) else _full(path).parent  # noqa: PTH112
        if folder not in self._found:
            self._found[folder] = _over(Settings() if self._given.isolated else self._nearest(folder), self._given)
        return self._found[folder]

    def _nearest(self, folder: Path) -> Settings:
        if folder not in self._above:
            own = _own(folder)
            if own is None:
                own = self._nearest(folder.parent) if folder != folder.parent else Settings()
            self._above[folder] = own
        return self._above[folder]


def _full(path: Path) -> Path:
    """A path from the root on, without any "..": what is above it is found by its names."""
    full = path.absolute()
    return full if ".." not in full.parts else type(full)(os.path.normpath(full))


@functools.lru_cache(maxsize=64)
def _selection(select: tuple[str, ...], ignore: tuple[str, ...]) -> Selection:
    """It remembers the codes that it was asked for: hundreds of files with equal settings ask once."""
    return Selection(select, ignore)


def _over(found: Settings, given: Given) -> Settings:
    select = given.select or found.select
    weights = given.policy or found.policy      # a site's policy stands over what a repository says of itself
    return found._replace(select=(*(select or ("ALL",)), *given.extend) if given.extend else select,
                          ignore=(*found.ignore, *given.ignore), fail_on=given.fail_on or found.fail_on,
                          site=given.site or found.site, profile=given.profile or weights.profile, severity=weights.overrides,
                          force_exclude=given.force_exclude or found.force_exclude)


def _own(folder: Path) -> Settings | None:
    """What the folder itself sets, if it does."""
    for name in _FILES:
        path = folder / name
        values = _values(path) if os.path.isfile(path) else None  # noqa: PTH113  (none where nobody may look)
        if values is not None:
            return _read(values, path)
    return None


def _values(path: Path) -> dict[str, Any] | None:
    try:
        text = text_of(path, MAX_CONFIGURATION)
        if path.name != "certify.toml" and "certify" not in text:
            return None     # most files of that name are not about us: reading TOML takes as long as reading a recipe
        found: Any = _parsed(text)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {error}") from error
    for key in () if path.name == "certify.toml" else ("tool", "certify"):
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return None
    _known_keys(found, ("lint",), path, "")
    found = found.get("lint", {} if path.name == "certify.toml" else None)
    if found is not None and not isinstance(found, dict):
        raise UsageError(f"{path}: 'lint' must be a table")
    return found


def _parsed(text: str) -> dict[str, Any]:
    if max(line.count(".") for line in text.split("\n")) > MAX_DOTS:
        raise ValueError(f"a line with more than {MAX_DOTS} dots")
    import tomllib

    return tomllib.loads(text)


def _known_keys(values: dict[str, Any], known: tuple[str, ...], path: Path, of: str) -> None:
    """Refuse a key that means nothing: a setting with a typing mistake would be none, and nobody would know."""
    unknown = next((key for key in values if key not in known), None)
    if unknown is None:
        return
    import difflib

    close = difflib.get_close_matches(unknown.replace("_", "-"), known, 1)
    hint = f"did you mean '{close[0]}'?" if close else "known here: " + ", ".join(known)
    if not of and unknown in _KEYS:
        hint = f"it belongs to the table {'[lint]' if path.name == 'certify.toml' else '[tool.certify.lint]'}"
    raise UsageError(f"{path}: unknown key '{unknown}'{of}", hint=hint)


def _read(values: dict[str, Any], path: Path) -> Settings:
    _known_keys(values, _KEYS, path, " of lint")
    where = f"{path}: lint."
    select = _codes(values, "select", where)
    more = _codes(values, "extend-select", where)
    return Settings(
        select=(*(select or ("ALL",)), *more) if more else select, ignore=_codes(values, "ignore", where),
        fail_on=FailOn(_one_of(values, "fail-on", FailOn.ERROR, list(FailOn), where)), site=_site(values, path, where),
        profile=_one_of(values, "profile", DEFAULT, list(PROFILES), where), severity=_severities(values, where),
        per_file=tuple((pattern, _codes(_table(values, "per-file-ignores", where), pattern, where + "per-file-ignores."))
                       for pattern in _table(values, "per-file-ignores", where)),
        exclude=_texts(values, "exclude", where), force_exclude=_flag(values, "force-exclude", where, usual=False),
        gitignore=_flag(values, "respect-gitignore", where, usual=True), folder=path.parent)


def _flag(values: dict[str, Any], key: str, where: str, *, usual: bool) -> bool:
    found = values.get(key, usual)
    if not isinstance(found, bool):
        raise UsageError(f"{where}{key} must be true or false")
    return found


def _site(values: dict[str, Any], path: Path, where: str) -> str | None:
    """A name stands for itself, a file is beside the configuration."""
    named = values.get("site")
    if named is not None and not isinstance(named, str):
        raise UsageError(f"{where}site must be text")
    return str(path.parent / named) if named and (named.endswith(".json") or "/" in named) else named


def _severities(values: dict[str, Any], where: str) -> dict[str, Severity]:
    table = _table(values, "severity", where)
    split(table, where + "severity")
    return {code: Severity(_one_of(table, code, "", list(Severity), where + "severity.")) for code in table}


def _codes(values: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    return split(_texts(values, key, where), where + key)


def _texts(values: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    found = values.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise UsageError(f"{where}{key} must be a list of texts")
    return tuple(found)


def _table(values: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    found = values.get(key, {})
    if not isinstance(found, dict):
        raise UsageError(f"{where}{key} must be a table")
    return found


def _one_of(values: dict[str, Any], key: str, usual: str, known: Iterable[str], where: str) -> str:
    found = values.get(key, usual)
    if not isinstance(found, str) or found not in known:
        raise UsageError(f"{where}{key}: {found!r} is not known", hint="one of: " + ", ".join(known))
    return found
