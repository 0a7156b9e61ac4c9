"""What scripts fetch from the network, and whether they look at what they got."""

from __future__ import annotations

import functools
import itertools
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
# What pip compares by itself.
HASHED = pattern(r"#(?:.*&)?sha(?:256|384|512)=[0-9a-f]{64,128}")

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
        return _unverified(self.command.name, self.command.words)

    @property
    def file(self) -> str:
        """The last part of the URL."""
        return re.split(r"[?#]", self.url)[0].rpartition("/")[2]


@functools.lru_cache(maxsize=64)    # a command may have a thousand URLs, and is the same for all of them
def _unverified(name: str, words: tuple[str, ...]) -> str | None:
    if name == "curl":
        return next((word for word in words if re.fullmatch(r"--insecure|-[a-zA-Z]*k[a-zA-Z]*", word)), None)
    return next((word for word in words if word == "--no-check-certificate"), None)


def downloads(script: Script) -> Iterator[Download]:
    """Every URL that a script fetches."""
    checked = CHECKS.search(script.text) is not None
    for command in commands(script, FETCHERS):
        if command.name in ("curl", "wget"):
            urls = [(number, word) for number, word in enumerate(command.words) if _URL.match(word) and not LOCAL.match(word)]
            if urls:
                executed = command.piped_into in SHELLS or _TO_SHELL.search(command.before[-80:]) is not None
                for number, word in urls:
                    yield Download(command=command, url=word, word=number, checked=checked, executed=executed)


def left_out(found: Download) -> bool:
    """Whether all that its script compares are other files, each named beside its checksum.

    In any doubt (a list from elsewhere, a variable, another way to check) it is not.
    """
    names, target = _compared(found.command.script.text), _target(found)
    return bool(names) and _NAME.fullmatch(target) is not None and target not in names


@functools.lru_cache(maxsize=4)     # asked for each download of a text
def _compared(text: str) -> frozenset[str]:
    """The names of the files that a text compares, where it does nothing else to check anything."""
    listed = _LISTED.findall(text)
    plain = len(_DIGEST.findall(text)) == len(listed) == len(_SUMS.findall(text)) == len(CHECKS.findall(text))
    return frozenset(name.rpartition("/")[2] for name in listed) if plain else frozenset()


def _target(found: Download) -> str:
    """The name of the file that a download becomes."""
    if found.command.rest.strip() or found.command.piped_into:
        return ""
    given = _given_name(found.command.name, found.command.words)
    return found.file if given is None else given


@functools.lru_cache(maxsize=64)
def _given_name(name: str, words: tuple[str, ...]) -> str | None:
    """The name that a command gives to what it fetches, nothing where it cannot be told, None where it gives none."""
    option = "-O" if name == "wget" else "-o"
    for number, word in enumerate(words):
        if re.fullmatch(rf"-\w*{option[1]}|--output(?:-document)?", word):
            return (words[number + 1:number + 2] or ("",))[0].rpartition("/")[2]
        if word.startswith(("--output", "-P", option)):
            return ""
    return None


def checking(subject: Subject) -> list[str]:
    """The texts of a subject that check something: a download may be looked at in a later step."""
    return [script.text for script in subject.scripts if CHECKS.search(script.text) is not None]


# What needs a network at all.
_ANY_URL = pattern(r"(?:https?|ftp|git|ssh)://|git@[\w.-]+:", re.IGNORECASE)

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
TRACE = pattern(r"\b(?:curl|wget|git|pip[\d.]*|uv|pipx|gem|cargo|npm|go|apt(?:-get)?|aptitude|dnf|yum|microdnf|tdnf|zypper|apk"
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
_FOLDERS = frozenset({"-f", "--find-links", "--proxy", "--trusted-host"})
_OF_PIP = pattern(r"(?:--requirement=|-r|[\w\[\],.-]+\s*@\s*)?(https?://.*)", re.DOTALL | re.IGNORECASE)
_LISTS = frozenset({"-r", "--requirement", "--file"})
# What the languages of statistics and numerics install by themselves.
_CALLS = {"R": (_R := pattern(r"\binstall\.packages\((?![^)]*\brepos\s*=\s*NULL)|\bBiocManager::install\("
                             r"|\b(?:remotes|devtools)::install_(?!local)\w+\(")),
          "Rscript": _R, "julia": pattern(r"\bPkg\.add\(")}
_GIT = frozenset({"clone", "fetch", "pull", "ls-remote", "submodule", "remote"})


def told_as_fetching(subject: Subject, script: Script, command: Simple) -> bool:
    """Whether PIN507 tells a command already: in a step of a recipe, whose cure leaves nothing else to say about it."""
    return subject.recipe is not None and script.kind == "step" and fetched(command) is not None


def fetched(command: Simple) -> tuple[str, str] | None:
    """What a command fetches, and what to do instead."""
    if command.name in ("curl", "wget") or (command.name == "git" and _GIT.intersection(command.words[:4])):
        url = next((word for word in command.words if _ANY_URL.match(word) and not LOCAL.match(word)), None)
        if url is None or "remote" in command.words[:1]:
            return None
        return url, _SOURCES
    if command.name in _CALLS:
        return ("packages", _BEFORE) if any(map(_CALLS[command.name].search, command.words)) else None
    name, words = manager(command)
    fetcher = _FETCHERS.get(name)
    if fetcher is None or command.has(*fetcher.offline):
        return None
    named = _named(words[1:] if words[:1] == ("env",) else words, fetcher.verbs)
    return (", ".join(named[:3]), fetcher.advice) if named else None


def by_pip(command: Simple) -> Iterator[tuple[int, str]]:
    """The files and the lists that pip takes from the network: their places among the command's words, and their URLs."""
    name, words = manager(command)
    if name != "pip" or next(iter(_operands(words)), "") not in _FETCHERS["pip"].verbs:
        return
    for number, word in enumerate(command.words):
        found = _OF_PIP.fullmatch(word)
        if found and not LOCAL.match(found[1]) and (number == 0 or command.words[number - 1] not in _WITH_WORD | _FOLDERS):
            yield number, found[1]


def _named(words: tuple[str, ...], verbs: frozenset[str]) -> list[str]:
    """The packages that are to be installed, but for files of the image; a list of them by its own name."""
    operands = _operands(words)
    if not operands or operands[0] not in verbs:
        return []
    lists = {after for word, after in itertools.pairwise(words) if word in _LISTS}
    return [f"what {word} names" if word in lists else word for word in operands[1:]
            if word in lists or _ANY_URL.match(word) or (_PACKAGE.fullmatch(word) and not _FILE.fullmatch(word))]


def manager(command: Simple) -> tuple[str, tuple[str, ...]]:
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
