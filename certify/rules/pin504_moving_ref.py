r"""A reference that means something else tomorrow.

``git clone`` without a commit takes the head of a branch, ``pip install git+...`` likewise, and ``latest`` in a
URL is whatever was released last: the image cannot be made again, and what was tested is not what is built
next. Name a commit or a release. A tag that looks like a version is accepted, and so is a clone whose commit is
compared (``test "$(git rev-parse HEAD)" = <sha>``). A moving URL with a checksum
weighs less: it cannot bring other bytes, it only stops working. A step of a recipe has no network: what fetches there
is the matter of PIN507 alone.

Bad::

    FROM scratch
    RUN git clone https://example.org/tool.git /src/tool

Good::

    FROM scratch
    RUN git clone https://example.org/tool.git /src/tool && \
        git -C /src/tool checkout 0123456789abcdef0123456789abcdef01234567
    RUN git clone --depth 1 --branch v1.2.3 https://example.org/lib.git /src/lib
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import commands
from certify.rules.downloads import HASHED, MOVING, by_pip, downloads, told_as_fetching
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "PIN504"
NAME = "moving-ref"
SEVERITY = Severity.ERROR

HELP = "name a commit (git checkout <sha>, git+https://...@<sha>) or a released version"
_SOURCE_HELP = "take the URL of a release, or of a commit: .../archive/<sha>.tar.gz"
_ADD_HELP = "name a commit (<url>.git#<sha>, .../archive/<sha>.tar.gz) or a released version"

_TRACE = pattern(r"\bgit\b|@latest\b|\bpip[\d.]*\s")
_REMOTE = pattern(r"(?:https?|git|ssh)://|git@[\w.-]+:")
_FIXED = pattern(r"[0-9a-f]{7,64}|\D*\d+(?:[._-]\d+)+.*|v?\d+|.*\0.*", re.DOTALL)
_CHECKOUT = pattern(r"\bgit\b[^\n;&|]{0,300}?\b(?:checkout|reset\s+--hard|switch\s+--detach"
                       r"|fetch\s+(?:-\S{1,50}\s+|\d{1,9}\s+){0,4}\S{1,300})\s+"
                       r"(?:-\S{1,50}\s+){0,4}[\"']?(?:tags/|refs/tags/)?([^\s\"';&|]+)")
# Somebody looks which commit came, and compares it.
_COMMIT = r"[\"']?(?:[0-9a-f]{40}\b|\$\{?\w{1,100}\}?)[\"']?"
_COMPARED = pattern(rf"\brev-parse\b[^\n;&|]{{0,300}}\s!?==?\s+{_COMMIT}"
                    rf"|\brev-parse\b[^\n;&|]{{0,100}}\|\s*grep\s[^\n;&|]{{0,100}}{_COMMIT}"
                    rf"|{_COMMIT}\s+!?==?\s+[\"']?(?:\$\(|`)[^\n;|]{{0,300}}\brev-parse\b")
_INSTALLERS = frozenset({"npm", "npx", "pnpm", "yarn", "go"})
_TALKERS = frozenset({"echo", "printf", "grep", "sed"})
_PIP = pattern(r"(?:[\w\[\],.-]+\s*@\s*)?git\+\w+://(?:[^@/]+@)?[^@#]+?(?:@([^#]+))?(?:#.*)?")
_ADDED = pattern(r"(?:https?://\S+\.git|git@\S+\.git|git://\S+?)(?:#([^:]*)(?::.*)?)?")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the URLs of the fields, and at git, pip, curl and wget in the steps."""
    for fetch in subject.fetches:
        added = _ADDED.fullmatch(fetch.url)
        if MOVING.search(fetch.url) or (added and not _is_fixed(added[1])):
            yield Hit(route=fetch.route, message=f"{fetch.what}: {fetch.url} is another file tomorrow",
                      help=_ADD_HELP if subject.recipe is None else _SOURCE_HELP,
                      shipped=fetch.shipped and fetch.sha256 is None)
    for script in subject.scripts:
        if script.kind == "step":
            yield from (hit for command, hit in _in_step(script) if not told_as_fetching(subject, script, command))


def _in_step(script: Script) -> Iterator[tuple[Simple, Hit]]:
    """What moves, and the command that takes it."""
    for one in downloads(script):
        if MOVING.search(one.url) and not one.executed:
            message = f"{one.command.name}: {one.url} is another file tomorrow".replace("\0", ".")
            yield one.command, one.command.hit(message, HELP, word=one.word, weaker=one.checked)
    settled = _COMPARED.search(script.text) or any(_is_fixed(_folded(found)) for found in _CHECKOUT.findall(script.text))
    for command in commands(script, _TRACE):
        if command.name == "git" and "clone" in command.words and not settled and _is_moving_clone(command):
            yield command, command.hit("git clone takes what the branch has today", HELP)
        if command.name == "cargo" and command.has("--git") and not command.has("--rev", "--tag"):
            yield command, command.hit("cargo --git takes what the branch has today", HELP)
        yield from ((command, hit) for hit in _in_words(command))


def _in_words(command: Simple) -> Iterator[Hit]:
    """What moves by the words of an installer."""
    for number, url in by_pip(command):
        if MOVING.search(url):
            yield command.hit(f"pip: {url} is another file tomorrow".replace("\0", "."), HELP, word=number,
                              weaker=HASHED.search(url) is not None)
    for number, word in enumerate(command.words):
        if command.name in _INSTALLERS and word.endswith("@latest"):
            yield command.hit(f"{word} is whatever was released last".replace("\0", "."), HELP, word=number)
        found = _PIP.fullmatch(word) if "git+" in word and command.name not in _TALKERS else None
        if found and not _is_fixed(found[1]):
            shown = word.partition("#")[0].replace("\0", ".")
            yield command.hit(f"{shown} takes what the branch has today", HELP, word=number)


def _is_moving_clone(command: Simple) -> bool:
    words = command.words
    if not any(map(_REMOTE.match, words)):
        return False
    for number, word in enumerate(words):
        if word in ("-b", "--branch", "--revision") and number + 1 < len(words):
            return not _is_fixed(words[number + 1])
        if word.startswith(("--branch=", "--revision=")):
            return not _is_fixed(word.partition("=")[2])
    return True


def _is_fixed(ref: str | None) -> bool:
    return bool(ref) and _FIXED.fullmatch(str(ref)) is not None


def _folded(ref: str) -> str:
    """A variable is not read here: whoever uses one has named something."""
    return "\0" if "$" in ref else ref
