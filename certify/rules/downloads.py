"""What scripts fetch from the network, and whether they look at what they got."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from certify.patterns import pattern
from certify.rules.commands import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.subject import Script, Subject

CHECKS = pattern(r"\b(?:sha(?:256|384|512)sum|shasum|b2sum|b3sum|gpgv|minisign|cosign\s+verify|slsa-verifier"
                    r"|gpg2?\b[^\n;&|]{0,300}--verify|openssl\s+dgst|signify)\b|--checksum[= ]sha-?256")
FETCHERS = pattern(r"\b(?:curl|wget)\b")
LOCAL = pattern(r"https?://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)")
SHELLS = frozenset({"sh", "bash", "dash", "ksh", "zsh", "python", "python3", "perl", "ruby", "node"})

# A URL that means another file tomorrow.
MOVING = pattern(r"/archive/(?:refs/heads/|(?:main|master|develop|devel|HEAD)\b)|/refs/heads/|/releases/latest/"
                    r"|//raw\.githubusercontent\.com/[^/]+/[^/]+/(?:main|master|develop|HEAD)/"
                    r"|/-/(?:archive|raw)/(?:main|master|develop|HEAD)/|[/_-](?:latest|nightly)(?:[/._-]|$)"
                    r"|/(?:zipball|tarball)/(?:main|master|HEAD)\b", re.IGNORECASE)

_URL = pattern(r"(?:https?|ftp)://", re.IGNORECASE)
_TO_SHELL = pattern(r"(?:\b(?:ba|da|z|k)?sh\s+-\w*c\s+[\"']?|\beval\s+[\"']?)(?:\$\(|`)\s*$"
                       r"|(?:\b(?:ba|z|k)sh|\bsource|(?<![\w.])\.)\s+(?:-\S+\s+)*<\(\s*$")


# Checksums that stand beside the names of their files, and the commands that compare these and nothing else.
_DIGEST = pattern(r"\b[0-9a-f]{64,128}\b")
_LISTED = pattern(r"\b[0-9a-f]{64,128}[ \t]+\*?([\w./+-]+)(?![\w./+$-])")
_SUMS = pattern(r"[|][ \t]*(?:sha(?:256|384|512)sum|shasum|b2sum)(?=[ \t])[-\w \t]{0,80}(?:[ \t]-c|--check)"
                r"(?:[ \t]+-(?:-strict|-quiet|-status|-ignore-missing|s)?)*[ \t]*"
                r"(?=[;&|\n\\)]|\Z)")
_NAME = pattern(r"[\w.+-]+")


class Download(NamedTuple):
    """One URL that curl or wget fetches; ``word`` is its place among the command's words."""

    command: Simple
    url: str
    word: int
    checked: bool
    executed: bool

    @property
    def unverified(self) -> str | None:
        """The option that lets anybody answer, or None."""
        if self.command.name == "curl":
            return next((word for word in self.command.words if re.fullmatch(r"--insecure|-[a-zA-Z]*k[a-zA-Z]*", word)), None)
        return next((word for word in self.command.words if word == "--no-check-certificate"), None)

    @property
    def file(self) -> str:
        """The last part of the URL."""
        return re.split(r"[?#]", self.url)[0].rpartition("/")[2]


def downloads(script: Script) -> Iterator[Download]:
    """Every URL that a script fetches."""
    checked = CHECKS.search(script.text) is not None
    for command in commands(script, FETCHERS):
        if command.name in ("curl", "wget"):
            executed = command.piped_into in SHELLS or _TO_SHELL.search(command.before[-80:]) is not None
            for number, word in enumerate(command.words):
                if _URL.match(word) and not LOCAL.match(word):
                    yield Download(command=command, url=word, word=number, checked=checked, executed=executed)


def left_out(found: Download) -> bool:
    """Whether all that its script compares are other files, each named beside its checksum.

    In any doubt (a list from elsewhere, a variable, another way to check) it is not.
    """
    text = found.command.script.text
    names = {name.rpartition("/")[2] for name in _LISTED.findall(text)}
    plain = len(_DIGEST.findall(text)) == len(_LISTED.findall(text)) == len(_SUMS.findall(text)) == len(CHECKS.findall(text))
    target = _target(found)
    return plain and bool(names) and _NAME.fullmatch(target) is not None and target not in names


def _target(found: Download) -> str:
    """The name of the file that a download becomes."""
    words, options = found.command.words, ("-O",) if found.command.name == "wget" else ("-o",)
    if found.command.rest.strip() or found.command.piped_into:
        return ""
    for number, word in enumerate(words):
        if re.fullmatch(rf"-\w*{options[0][1]}|--output(?:-document)?", word):
            return (words[number + 1:number + 2] or ("",))[0].rpartition("/")[2]
        if word.startswith(("--output", "-P", options[0])):
            return ""
    return found.file


def checking(subject: Subject) -> list[str]:
    """The texts of a subject that check something: a download may be looked at in a later step."""
    return [script.text for script in subject.scripts if CHECKS.search(script.text) is not None]
