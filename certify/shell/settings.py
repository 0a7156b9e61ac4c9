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
_PAIR = re.compile(rf"\b(name)[\"']?[ \t]*[:=][ \t]*[\"']?{_NAME}[\"']?[\s,]{{1,80}}[\"']?value[\"']?[ \t]*[:=][ \t]*{_REST}")
_WORDS = re.compile(rf"(\b){_NAME}[ \t]*=>[ \t]*{_REST}")
_DURING = re.compile(rf"\b((?:with|local)_envvar)\(\s*(?:c|list)?\(?(?:[^()\n]*,)?\s*[\"'`]?{_NAME}[\"'`]?\s*=(?!=){_REST}")

_PROGRAMS = (_FUNCTION, _INDEXED, _ENTRY, _KEYWORD, _DOTTED)
_PATTERNS: dict[str, tuple[re.Pattern[str], ...]] = {
    "tcl": (_COMMANDS, _TCL_SET), "csh": (_COMMANDS,), "lua": (_FUNCTION,), "fish": (_FISH,),
    "config": (_CONFIG, _PAM), "markup": (_MARKUP, _CONFIG, _PAIR), kinds.UNKNOWN: (_COMMANDS, _FUNCTION),
    **dict.fromkeys(("python", "julia", "ruby", "js", "matlab"), _PROGRAMS),
    "perl": (*_PROGRAMS, _WORDS), "r": (*_PROGRAMS, _DURING),
}
_REMARKS = {"lua": "--", "js": "//", "matlab": "%", "config": "#;"}
_EMPTY = re.compile(r"(?:''|\"\"|\{\}|\[\]|None|nil|null|undef|NULL)?\s*(?:$|[)\]};,&|#]|--)"
                    r"|\{\s*[\"']?(?:type|enum|const|maxLength|description|\$ref)[\"']?\s*:")      # or a schema's property

# Keys whose values are for people, or take a variable away: of systemd, desktop files, packages and Spack.
_PROSE = re.compile(r"(?:- )?[\"']?(?:about|comment|description|documentation|genericname|help|keywords|labels?|message|name|"
                    r"notes?|reason|remove_path|summary|title|unset\w{0,20})(?:\[[\w.@]{1,20}\])?[\"']?[ \t]*[:=]", re.IGNORECASE)
_OPENS = re.compile(r"[:=][ \t]*(?:[|>][-+\d]{0,3}|[{\[])?\s*$")
_WORD = re.compile(r"\S+")
_GIVEN = re.compile(rf"{_NAME}=(.+)")
_DEPTH = 40                 # lines above a setting among which its keys are looked for


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
    yield from _first_line(text)
    if kind in ("sh", kinds.UNKNOWN):
        yield from _shell(text, wanted)
    for pattern in _PATTERNS.get(kind, ()):
        read = _without_long_strings(text) if kind == "lua" else text
        keyed = kind in ("config", "markup") and pattern is not _PAIR
        for found in _matches(pattern, read, _REMARKS.get(kind, "#")):
            asked = keyed and (not wanted or found.name in wanted)
            if not asked or not _for_people(text, found.start, nested=kind == "markup"):
                yield found


@functools.lru_cache(maxsize=4)
def all_settings(text: str, kind: str, wanted: tuple[str, ...]) -> tuple[Setting, ...]:
    """All settings of a text, kept for the next rule."""
    return tuple(settings(text, kind, *wanted))


def _first_line(text: str) -> Iterator[Setting]:
    """What ``#!/usr/bin/env -S A=b interpreter`` sets."""
    line = text[:MAX_LINE].partition("\n")[0] if text.startswith("#!") else ""
    words = [] if "=" not in line else list(_WORD.finditer(line, len("#!")))
    if words and words[0][0].endswith("env"):
        for match in filter(None, (_GIVEN.fullmatch(line, *word.span()) for word in words[1:])):
            yield Setting(name=match[1], value=match[2], start=match.start(1), end=match.end(1), how="env")


def _without_long_strings(text: str) -> str:
    """Lua's ``[[...]]``, which is help or a remark, as blanks."""
    parts, at = list[str](), 0
    while (start := text.find("[[", at)) >= 0 and (end := text.find("]]", start)) >= 0:
        parts += [text[at:start], "[[", " " * (end - start - 2)]
        at = end
    return "".join((*parts, text[at:]))


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
        if not _is_empty(text, match, value) and not _remarked(line, remark):
            yield Setting(name=match[2], value=value, start=match.start(2), end=match.end(2), how=match[1].strip("\n \t\"',{="))


def _is_empty(text: str, match: re.Match[str], value: str) -> bool:
    """Whether a variable gets no value, for all that may follow: ``A= command``, ``"A=" "B=c"``, ``"A": "", "B": "c"``."""
    before, after = text[match.start(2) - 1:match.start(2)], text[match.end(2):match.end(2) + 2]
    closed = before in ("'", '"') and after == "=" + before
    return closed or (after in ("= ", "=\t") and before in (" ", "\t")) or _EMPTY.match(value) is not None


def _for_people(text: str, start: int, *, nested: bool) -> bool:
    """Whether a setting's line, or a key above it, is a description."""
    since = max(text.rfind("\n", 0, start) + 1, start - MAX_LINE)
    line = text[since:start]
    if _PROSE.match(line.lstrip()) or (nested and _PROSE.match(re.split(r"[,{]", line)[-1].lstrip())):
        return True
    return nested and any(map(_PROSE.match, _keys_above(text, since, len(line) - len(line.lstrip()))))


def _keys_above(text: str, at: int, depth: int) -> Iterator[str]:
    """The lines that open the blocks in which a line stands."""
    for _ in range(_DEPTH):
        if at <= 0 or depth <= 0:
            return
        before = max(text.rfind("\n", 0, at - 1) + 1, at - MAX_LINE)
        line, at = text[before:at], before
        bare = line.lstrip()
        if bare and len(line) - len(bare) < depth:
            depth = len(line) - len(bare)
            if _OPENS.search(bare):
                yield bare


def _remarked(line: str, remark: str) -> bool:
    return line.startswith(remark) if len(remark) == 2 and remark != "#;" else line.startswith(tuple(remark))
