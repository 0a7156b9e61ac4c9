"""A step that fetches, where no step has a network.

What a recipe needs from outside is fetched before any of its steps runs, by hash or from a signed index, and the steps
run without a network: so nobody can change what they get, and tomorrow it is the same. A step that fetches fails, after
all that stands before it was built. Name packages under ``packages`` and files under ``sources``. Quiet: what comes from
the image itself, such as local packages and archives, mirrors in folders, caches and vendored modules, and whatever
cannot be told by reading. In a Containerfile steps have a network; there other rules look at what is fetched.

Bad::

    steps:
      - run: apt-get install -y gcc
      - run: curl -fsSLO https://example.org/tool-1.2.tar.gz

Good::

    packages:
      apt: [gcc]
    sources:
      - url: https://example.org/tool-1.2.tar.gz
        sha256: "0000000000000000000000000000000000000000000000000000000000000000"
        unpack: /src/tool
    steps:
      - run: pip install --no-index --find-links /src/tool/wheels tool
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import commands
from certify.rules.downloads import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.hit import Hit
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "PIN507"
NAME = "fetch-in-step"
SEVERITY = Severity.ERROR

_URL = pattern(r"(?:https?|ftp|git|ssh)://|git@[\w.-]+:", re.IGNORECASE)

_SOURCES = "name it under sources:, with its sha256; it is there before the first step runs"
_PIP = "list it in a requirements file with hashes, under packages: {pip: {requirements: ..., venv: ...}}"
_BEFORE = "fetch what it needs under sources:, and install it from there"


class _Fetcher(NamedTuple):
    """A program that fetches: in which of its commands, what makes it work offline, and what to do instead."""

    verbs: frozenset[str]
    offline: tuple[str, ...]
    advice: str


def _fetcher(verbs: str, advice: str, *offline: str) -> _Fetcher:
    return _Fetcher(frozenset(verbs.split()), offline, advice)


_APT = _fetcher("install build-dep", "name it under packages: {apt: [...]}", "--no-download", "--download-only", "-s")
_DNF = _fetcher("install groupinstall builddep", "name it under packages: {dnf: [...]}", "--cacheonly", "-C")
_RPM = _fetcher("install in add -S -Sy -Syu", "start from an image that has it: base: {image: ...}", "--no-network")
_CONDA = _fetcher("install create update", "start from an image that has it: base: {image: ...}, or install wheels by pip",
                  "--offline", "--use-local", "--clone")
_FETCHERS = {
    **dict.fromkeys(("apt", "apt-get", "aptitude"), _APT),
    **dict.fromkeys(("dnf", "yum", "microdnf", "tdnf"), _DNF),
    **dict.fromkeys(("zypper", "apk", "pacman"), _RPM),
    **dict.fromkeys(("conda", "mamba", "micromamba"), _CONDA),
    "pip": _fetcher("install download wheel", _PIP, "--no-index", "--find-links", "-f", "--dry-run"),
    "pipx": _fetcher("install", _PIP),
    "gem": _fetcher("install", _BEFORE, "--local", "-l"),
    "cargo": _fetcher("install", _BEFORE, "--path", "--offline", "--frozen"),
    "npm": _fetcher("install i add ci", _BEFORE, "--offline", "--prefer-offline"),
    "go": _fetcher("install get", _BEFORE),
}
_TRACE = pattern(r"\b(?:curl|wget|git|pip[\d.]*|uv|pipx|gem|cargo|npm|go|apt(?:-get)?|aptitude|dnf|yum|microdnf|tdnf|zypper|apk"
                 r"|pacman|conda|mamba|micromamba|R|Rscript|julia)\b")
# A package is a name; what has a slash, or ends as a file does, is in the image.
_PACKAGE = pattern(r"(?:@[\w.-]+/)?[A-Za-z][\w.+-]*(?:\[[\w,.-]*\])?(?:[=<>!~@:^].*)?|[\w.-]+\.[a-z]+/\S+@\S+", re.DOTALL)
_FILE = pattern(r".*\.(?:deb|rpm|apk|whl|tar\.\w+|tgz|zip|conda|gem|crate)", re.DOTALL)
_WITH_WORD = frozenset({
    "-o", "-c", "-t", "--target-release", "-p", "--prefix", "-n", "--name", "--channel", "-i", "--index-url", "--target",
    "--root", "--extra-index-url", "--python", "--installroot", "--releasever", "--setopt", "--repo", "--version",
    "--cache-dir", "--user-dir", "--virtual", "--repository", "-X", "-d", "--dest", "--install-dir", "--bindir", "-b",
    "--constraint", "-C",
})
_LISTED = frozenset({"-r", "--requirement", "--file"})
# What the languages of statistics and numerics install by themselves.
_CALLS = {"R": (_R := pattern(r"\binstall\.packages\((?![^)]*\brepos\s*=\s*NULL)|\bBiocManager::install\("
                             r"|\b(?:remotes|devtools)::install_(?!local)\w+\(")),
          "Rscript": _R, "julia": pattern(r"\bPkg\.add\(")}
_GIT = frozenset({"clone", "fetch", "pull", "ls-remote", "submodule", "remote"})


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the commands of a recipe's steps; one hit for each that fetches."""
    for script in subject.scripts if subject.recipe is not None else ():
        for command in commands(script, _TRACE) if script.kind == "step" else ():
            found = _fetched(command)
            if found is not None:
                what, advice = found
                yield command.hit(f"{script.where} has no network to get {what} from".replace("\0", "."),
                                  advice)._replace(shipped=True)       # the build fails in any stage


def _fetched(command: Simple) -> tuple[str, str] | None:
    """What a command fetches, and what to do instead."""
    if command.name in ("curl", "wget") or (command.name == "git" and _GIT.intersection(command.words[:4])):
        url = next((word for word in command.words if _URL.match(word) and not LOCAL.match(word)), None)
        if url is None or "remote" in command.words[:1]:
            return None
        return url, _SOURCES
    if command.name in _CALLS:
        return ("packages", _BEFORE) if any(map(_CALLS[command.name].search, command.words)) else None
    manager, words = _manager(command)
    fetcher = _FETCHERS.get(manager)
    if fetcher is None or command.has(*fetcher.offline):
        return None
    named = _named(words[1:] if words[:1] == ("env",) else words, fetcher.verbs)
    return (", ".join(named[:3]), fetcher.advice) if named else None


def _named(words: tuple[str, ...], verbs: frozenset[str]) -> list[str]:
    """The packages that are to be installed, but for files of the image; a list of them by its own name."""
    operands = _operands(words)
    if not operands or operands[0] not in verbs:
        return []
    lists = {after for word, after in itertools.pairwise(words) if word in _LISTED}
    return [f"what {word} names" if word in lists else word for word in operands[1:]
            if word in lists or _URL.match(word) or (_PACKAGE.fullmatch(word) and not _FILE.fullmatch(word))]


def _manager(command: Simple) -> tuple[str, tuple[str, ...]]:
    """The package manager that a command is, and its words."""
    if command.name.startswith("python") and command.words[:2] == ("-m", "pip"):
        return "pip", command.words[2:]
    if command.name == "uv" and command.words[:1] == ("pip",):
        return "pip", command.words[1:]
    return ("pip" if re.fullmatch(r"pip[\d.]*", command.name) else command.name), command.words


def _operands(words: tuple[str, ...]) -> list[str]:
    found, skip = list[str](), False
    for word in words:
        if not skip and (not word.startswith("-") or word.startswith("-S")):
            found.append(word)
        skip = word in _WITH_WORD and not skip
    return found
