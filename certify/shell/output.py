"""What echo and printf print, and what sed puts in: text that can be told without running anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

UNKNOWN = "\0"
MAX_PROGRAM = 10_000        # characters of a program that are looked at
MAX_ROUNDS = 64             # printf takes its format again for every round of arguments

_ESCAPE = re.compile(r"\\(n|t|\\|0?[0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "\\": "\\"}
_DIRECTIVE = re.compile(r"%(?:%|[-+ #0]*\d*(?:\.\d+)?([a-zA-Z]))")
_ECHO_OPTION = re.compile(r"-[neE]+")


def printed(words: Sequence[str]) -> str | None:
    """What a command prints, from its words; None for a command that is no plain talker."""
    name = words[0].rpartition("/")[2] if words else ""
    if name == "echo":
        return _echoed(words[1:])
    if name == "printf" and len(words) > 1 and not words[1].startswith("-v"):
        return formatted(words[2:] if words[1] == "--" else words[1:])
    return None


def formatted(words: Sequence[str]) -> str:
    """What printf makes of a format and its arguments."""
    if not words:
        return ""
    template, arguments = words[0], list(words[1:])
    needed = sum(match[1] is not None for match in _DIRECTIVE.finditer(template))
    rounds = min(MAX_ROUNDS, -(-len(arguments) // needed)) if needed and arguments else 1
    return "".join(_filled(template, arguments[number * needed:(number + 1) * needed]) for number in range(rounds))


def _filled(template: str, arguments: Sequence[str]) -> str:
    left = iter(arguments)

    def fill(match: re.Match[str]) -> str:
        letter = match[1]
        if letter is None:
            return "%"
        if letter in "sb":
            return next(left, "").replace("\\", "\\\\" if letter == "s" else "\\")
        next(left, "")
        return UNKNOWN

    return unescaped(_DIRECTIVE.sub(fill, template))


def unescaped(text: str) -> str:
    """Text with its backslash sequences resolved, as printf and many an echo do."""
    return _ESCAPE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    if code[0] in "01234567":
        return chr(int(code, 8) & 0xFF)
    return _LETTERS.get(code, match[0])


def _echoed(words: Sequence[str]) -> str:
    """Some shells' echo turns a backslash and n into a line end unasked, so both readings are one here."""
    start = 0
    while start < len(words) and _ECHO_OPTION.fullmatch(words[start]):
        start += 1
    text = " ".join(words[start:])
    return (unescaped(text) if "\\n" in text or "\\t" in text or "\\x" in text or "\\0" in text else text) + "\n"


def replacements(program: str) -> Iterator[str]:
    """The texts that a sed program may put into its output: never what it looks for."""
    yield from (text for text, _ in put_in(program))


def put_in(program: str) -> Iterator[tuple[str, str]]:
    """The same, each with the file that the flag w of its command names, or nothing."""
    program, at = program[:MAX_PROGRAM], 0
    while found := [match for match in (_SUBSTITUTE.search(program, at), _INSERT.search(program, at)) if match]:
        match = min(found, key=re.Match.start)
        halves = _halves(program, match) if match.re is _SUBSTITUTE else None
        if halves is not None:
            saved = _SAVED.match(program, halves.end())
            yield _put_in(halves[2]), saved[1].strip() if saved else ""
        elif match.re is _INSERT:
            yield re.sub(r"\\(.)", r"\1", match[1].lstrip()), ""
        at = (halves or match).end()


# An address or nothing, then the command; what follows s is any delimiter.
_COMMAND = r"(?:^|[;{\n]|(?<=[\d$!/,I%])|(?<=[\d$!/] ))\s*"
_SUBSTITUTE = re.compile(_COMMAND + r"s([^\w\s\\;])")
_INSERT = re.compile(_COMMAND + r"[aic](?:\\\n|\\|\s)((?:[^\n\\]|\\.|\\\n)+)", re.DOTALL)


_SAVED = re.compile(r"[\dgpiIeMm]{0,20}w[ \t]*([^\n]+)")


def _halves(program: str, match: re.Match[str]) -> re.Match[str] | None:
    """What s looks for and what it puts in, by the delimiter that follows it."""
    mark = re.escape(match[1])
    part = rf"((?:\\.|(?!{mark})[^\\])*)"
    return re.compile(rf"{part}{mark}{part}{mark}", re.DOTALL).match(program, match.end())


def _put_in(text: str) -> str:
    known = re.sub(r"(?<!\\)&|\\\d", UNKNOWN, text)
    return re.sub(r"\\(.)", lambda one: "\n" if one[1] in "n\n" else one[1], known, flags=re.DOTALL)
