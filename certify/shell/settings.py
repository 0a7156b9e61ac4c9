"""The variables of the environment that a file sets, in whatever language it is written."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certify.shell import kinds
from certify.shell.fold import UNKNOWN
from certify.shell.items import Assigned
from certify.shell.reader import effects

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FOUND = 20_000          # settings of one file
MAX_SHELL = 131_072         # characters of shell text; of a longer one, which nobody writes by hand, only the lines up to there
MAX_LINE = 2000             # characters before a setting, where a remark may begin

_NAME = r"([A-Za-z_][A-Za-z0-9_]*)"
_REST = r"([^\n]{0,400})"
_CALLS = r"(?:prepend_path|append_path|setenv|pushenv|putenv|setdefault|Setenv|setEnv|export)"

_COMMANDS = re.compile(r"(?:^|[;{}&\n]|\bthen\b|\belse\b|\))[ \t]*(?:module[ \t]+)?"
                       r"(prepend-path|append-path|setenv|pushenv)[ \t]+"
                       rf"(?:--?\w+[ \t]+(?:[:;,][ \t]+)?)?[\"{{]?{_NAME}[\"}}]?[ \t]+{_REST}")
_FUNCTION = re.compile(rf"\b({_CALLS})\s*[({{]\s*[\"']{_NAME}[\"']\s*,{_REST}")
_INDEXED = re.compile(r"\b(environ|env|ENV)[\[({]\s*(?::?[\"'])?"
                      rf"{_NAME}[\"']?\s*[\])}}]\s*(?:[+.]|\|\|)?=(?![=~>]){_REST}")
_TCL_SET = re.compile(rf"\b(set|append)\s+(?:::)?env\({_NAME}\)\s+{_REST}")
_DOTTED = re.compile(rf"\b(process\.env)\.{_NAME}\s*=(?!=){_REST}")
_ENTRY = re.compile(rf"([\"']){_NAME}[\"']\s*(?::|=>)\s*{_REST}")
_KEYWORD = re.compile(rf"\b(dict|update|Sys\.setenv)\((?:[^()\n]*,)?\s*[\"'`]?{_NAME}[\"'`]?\s*=(?!=){_REST}")
_FISH = re.compile(rf"(?:^|[;\n])[ \t]*(set)(?=[ \t])(?:[ \t]+--?[a-zA-Z]+)*[ \t]+{_NAME}[ \t]+{_REST}")
_CONFIG = re.compile(rf"(?<![\w.$/-])(export[ \t]+|){_NAME}[ \t]*=[ \t]*{_REST}")
_PAM = re.compile(rf"(^|\n)[ \t]*{_NAME}[ \t]+(?:DEFAULT|OVERRIDE)={_REST}")
_MARKUP = re.compile(rf"(^|[\n{{,])[ \t]*(?:-[ \t]+)?[\"']?{_NAME}[\"']?[ \t]*[:=](?!=)[ \t]*{_REST}")

_PROGRAMS = (_FUNCTION, _INDEXED, _ENTRY, _KEYWORD, _DOTTED)
_PATTERNS: dict[str, tuple[re.Pattern[str], ...]] = {
    "tcl": (_COMMANDS, _TCL_SET), "csh": (_COMMANDS,), "lua": (_FUNCTION,), "fish": (_FISH,),
    "config": (_CONFIG, _PAM), "markup": (_MARKUP, _CONFIG), kinds.UNKNOWN: (_COMMANDS, _FUNCTION),
    **dict.fromkeys(("python", "perl", "r", "julia", "ruby", "js", "matlab"), _PROGRAMS),
}
_REMARKS = {"lua": "--", "js": "//", "matlab": "%", "config": "#;"}
_EMPTY = re.compile(r"(?:''|\"\"|\{\}|\[\]|None|nil|null|undef|NULL)?\s*[)\]};,]*\s*(?:[#;].*|--.*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A variable that a file gives a value; ``how`` is the construct, start and end are places in its text."""

    name: str
    value: str
    start: int
    end: int
    how: str


def settings(text: str, kind: str, *wanted: str) -> Iterator[Setting]:
    """The variables that a text of this kind sets, if it names one of the wanted ones at all.

    A wanted variable counts as empty before: what it had already is no news.
    """
    if kind == kinds.NOTHING:
        return
    if kind in ("sh", kinds.UNKNOWN):
        yield from _shell(text, wanted)
    for pattern in _PATTERNS.get(kind, ()):
        yield from _matches(pattern, text, _REMARKS.get(kind, "#"))


@functools.lru_cache(maxsize=4)
def all_settings(text: str, kind: str, wanted: tuple[str, ...]) -> tuple[Setting, ...]:
    """All settings of a text, kept for the next rule."""
    return tuple(settings(text, kind, *wanted))


def _shell(text: str, wanted: tuple[str, ...]) -> Iterator[Setting]:
    if len(text) > MAX_SHELL:
        text = text[:text.rfind("\n", 0, MAX_SHELL) + 1]
    for found in effects(text.replace(UNKNOWN, "_"), dict.fromkeys(wanted, "")):
        if isinstance(found, Assigned) and found.value:
            yield Setting(name=found.name, value=found.value, start=found.start, end=found.end, how=found.how)


def _matches(pattern: re.Pattern[str], text: str, remark: str) -> Iterator[Setting]:
    at = number = 0
    while (match := pattern.search(text, at)) is not None and (number := number + 1) < MAX_FOUND:
        at = match.start(3)         # the rest of a line may hold more
        since = max(0, match.start(2) - MAX_LINE)
        line = text[max(since, text.rfind("\n", since, match.start(2)) + 1):match.start(2)].lstrip()
        value = match[3].strip()
        if not _EMPTY.fullmatch(value) and not _remarked(line, remark):
            yield Setting(name=match[2], value=value, start=match.start(2), end=match.end(2), how=match[1].strip("\n \t\"',{="))


def _remarked(line: str, remark: str) -> bool:
    return line.startswith(remark) if len(remark) == 2 and remark != "#;" else line.startswith(tuple(remark))
