"""One instruction: its keyword, flags and arguments, with the offsets of each in its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certify.containerfile import words
from certify.containerfile.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.recipe import Route
    from certify.containerfile.document import ContainerDocument
    from certify.containerfile.lines import Heredoc
    from certify.containerfile.mapped import Mapped
    from certify.containerfile.words import Flag, Token

MAX_INSTRUCTIONS = 3000     # no image has more than a few hundred layers
MAX_ARGUMENTS = 100_000     # characters in all of them, but for shell text; the whole of a long file has 30,000

FLAGS: dict[str, frozenset[str]] = {
    "ADD": frozenset({"chown", "chmod", "link", "checksum", "keep-git-dir", "exclude", "unpack"}),
    "COPY": frozenset({"from", "chown", "chmod", "link", "parents", "exclude"}),
    "FROM": frozenset({"platform"}),
    "HEALTHCHECK": frozenset({"interval", "timeout", "start-period", "start-interval", "retries"}),
    "RUN": frozenset({"mount", "network", "security", "device"}),
}
KEYWORDS = frozenset({*FLAGS, "ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "MAINTAINER", "ONBUILD", "SHELL",
                      "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"})

MEANT_FROM = "did you mean FROM?"

_KEYWORD = re.compile(r"\S+")
_SHELL_TEXT = re.compile(r"\s*(?:onbuild\s+)?run\s+(?:--\S+\s+)*[^[\s-]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction; ``start`` and ``end`` bound its arguments, which come after the flags."""

    keyword: str
    token: Token
    route: Route
    line: Mapped
    number: int             # of its line in the file
    start: int
    end: int
    flags: tuple[Flag, ...]
    heredocs: tuple[Heredoc, ...]
    escape: str

    def words(self) -> list[Token]:
        """The arguments, divided by blanks."""
        return list(words.words(self.line.text, self.start, self.end, self.escape))

    def strings(self) -> list[tuple[Mapped, Token]] | None:
        """The arguments, if they are a JSON list."""
        return words.strings(self.line, self.start, self.end)

    def flag(self, name: str) -> Flag | None:
        """The last flag of that name."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)

    def text(self, token: Token) -> str:
        """The text of a token, as written."""
        return self.line.text[token.start:token.end]


def instructions(document: ContainerDocument) -> Iterator[Instruction]:
    """The instructions of a file that are some; what is not is reported."""
    lines, budget = Lines(document), MAX_ARGUMENTS
    for number, line in enumerate(lines):
        text = line.joined.text
        if not _SHELL_TEXT.match(text):
            budget -= len(text)
        if number == MAX_INSTRUCTIONS or budget < 0:
            document.report(*line.joined.place(0, 1), "the instructions up to here are more than any image has; "
                            "the rest is not read")
            return
        if lines.is_open and not _is_known(text):
            continue        # of the here-document, more likely than an instruction
        found = _parsed(document, line.joined, 0, ("instructions", number), line.heredocs, lines.escape)
        if found is not None:
            yield found


def inner(document: ContainerDocument, outer: Instruction) -> Instruction | None:
    """The instruction that ONBUILD keeps for later."""
    return _parsed(document, outer.line, outer.start, outer.route, outer.heredocs, outer.escape)


def _parsed(document: ContainerDocument, line: Mapped, start: int, route: Route, heredocs: tuple[Heredoc, ...],
            escape: str) -> Instruction | None:
    match, end = _KEYWORD.search(line.text, start), len(line.text.rstrip())
    if match is None:
        return None
    keyword, token = match[0].upper(), words.Token(*match.span())
    if keyword not in KEYWORDS:
        document.report(*line.place(*match.span()), f"there is no instruction {match[0][:40]}", _meant(keyword))
        return None
    begin = words.skip(line.text, match.end(), end)
    flags = _flags(line.text, begin, end, escape) if keyword in FLAGS else ()
    arguments = words.skip(line.text, flags[-1].whole.end, end) if flags else begin
    if arguments >= end:
        document.report(*line.place(*match.span()), f"{keyword} needs an argument")
        return None
    for flag in flags:
        if flag.name not in FLAGS[keyword]:
            document.report(*line.place(flag.whole.start, flag.whole.end), f"{keyword} has no flag --{flag.name}")
    document.places[route] = (line.place(match.start(), match.start())[0], line.place(end - 1, end)[1])
    number = document.stretch(*line.place(start, start)).line
    return Instruction(keyword, token, route, line, number, arguments, end, flags, heredocs, escape)


def _is_known(text: str) -> bool:
    return (text.split(None, 1) or [""])[0].upper() in KEYWORDS


def _flags(text: str, begin: int, end: int, escape: str) -> tuple[Flag, ...]:
    return tuple(words.flags(text, begin, end, escape)) if text.startswith("--", begin) else ()


def _meant(keyword: str) -> str | None:
    import difflib  # only for what is wrong

    close = difflib.get_close_matches(keyword, sorted(KEYWORDS), 1) if len(keyword) < 20 else []
    return f"did you mean {close[0]}?" if close else None
