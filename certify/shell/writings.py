"""What a shell text writes into files that somebody reads, by whatever means."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certify.shell import programs
from certify.shell.items import Lines, Program, Written
from certify.shell.reader import effects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WRITES = re.compile(r"open\w*\s*\([^\n]{0,200}?[\"'](?:[wax]b?t?\+?|r\+)[\"']|(?<!stdout)(?<!stderr)\.(?:write|puts)"
                     r"|(?<![\w.])write\s*\(|write_text|writelines|append\w*\(|inplace\s*=\s*(?:True|1)|>>?\s*[\"']|print\s*[({]?\s*\$?\w*FH"
                     r"|writeLines|puts\s+(?:-nonewline\s+)?\$|\bcat\([^\n]{0,200}?file\s*=")
_RUNS = re.compile(r"(?:system|popen|Popen|\bcall|check_call|check_output|\brun|exec[lv]?p?e?|getoutput)"
                   r"\s*\(?\s*\[?\s*[rfb]?[\"']$")
_PATH = re.compile(r"(?:[~./]|\w+/)[^\s'\"]*|[\w.-]+\.\w{1,10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Text that goes into a file, by ``how``; ``exact`` if its characters stand in the shell text from ``start`` on."""

    path: str
    text: str
    how: str
    start: int
    end: int
    exact: bool = False


def writings(text: str, known: Mapping[str, str] | None = None) -> Iterator[Writing]:
    """Every text that a shell text writes into a file, in order."""
    for effect in effects(text, known):
        if isinstance(effect, Written):
            for path in dict.fromkeys(effect.paths):
                yield Writing(path=path, text=effect.text, how=effect.how, start=effect.start, end=effect.end, exact=effect.exact)
        elif isinstance(effect, Program) and (effect.paths or _WRITES.search(effect.text)):
            yield from _by_program(effect)


def run_programs(text: str, known: Mapping[str, str] | None = None) -> Iterator[Program]:
    """The programs of other languages that a shell text runs."""
    yield from (effect for effect in effects(text, known) if isinstance(effect, Program))


def run_by(program: Program) -> Iterator[str]:
    """The shell text that a program hands to a shell."""
    for start, text in programs.literals(program.text):
        if _RUNS.search(program.text, max(0, start - 40), start):
            yield text


def _by_program(program: Program) -> Iterator[Writing]:
    found = (text for _, text in programs.literals(program.text))
    path = next((text for text in (*program.paths, *found) if _PATH.fullmatch(text)), "")
    for text in programs.said(program.text, printed=bool(program.paths)):
        if text != path:
            yield Writing(path=path, text=text, how=program.language, start=program.start, end=program.end)


@functools.lru_cache(maxsize=4)
def lines_of(text: str) -> Lines:
    """The lines of a text, kept for the next question."""
    return Lines(text)
