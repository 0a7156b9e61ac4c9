"""Packages without a version, in a Containerfile.

``apt-get install tool`` installs what the mirror has today, so the image cannot be made again. Pin versions,
or better install from a dated snapshot or from a lock file, as old versions vanish from mirrors. In a recipe
``packages`` come from a signed index, are recorded, and are locked by ``certify lock``, so the rule is about
Containerfiles only; PIN506 compares a recipe with its lock. Quiet: lock and requirements files, constraints,
local files, what no package has as its name (``dnf-command(...)``), and pip, setuptools and wheel themselves. A dated
snapshot of a distribution is for its own packages, a dated index for pip's.

Bad::

    FROM scratch
    RUN pip install numpy scipy

Good::

    FROM scratch
    RUN pip install numpy==2.1.3 scipy==1.14.1
    RUN pip install --require-hashes -r requirements.txt
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import commands
from certify.rules.downloads import manager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from certify.rules.commands import Simple
    from certify.rules.hit import Hit
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "PIN503"
NAME = "package-version"
SEVERITY = Severity.WARNING

HELP = "pin the versions, or install from a dated snapshot or a lock file"

QUOTE = "quote it: to the shell > and < are redirections; then pin the versions"

_TRACE = pattern(r"\b(?:apt(?:-get)?|dnf|yum|microdnf|zypper|apk|pip[\d.]*|conda|mamba|micromamba|npm"
                 r"|pipx|cargo|gem|R|Rscript|julia)\b")
_COMPARISON = pattern(r"[<>]=?\d|[<>]=")
_R_DATED = pattern(r"://[^\s\"']{1,200}/\d{4}-\d\d-\d\d\b")
_R = ("take them from the index of a day (repos = \"https://.../cran/2026-01-31\"), or restore them from a lock file of renv",
      pattern(r"\b(install\.packages|(?:remotes|devtools)::install_cran)\((?![^;\n]*\brepos\s*=\s*NULL|\s*[\"'][./])"))
_CALLS = {"R": _R, "Rscript": _R,
          "julia": ("give version = \"...\", or instantiate a Manifest.toml",
                    pattern(r"\b(Pkg\.add)\((?![^;\n]*\b(?:version|rev|path)\s*=)"))}
_SNAPSHOT = pattern(r"snapshot\.(?:debian|ubuntu)\.(?:org|com)|/snapshots?/\d{8}|vault\.centos\.org|APT::Snapshot\b"
                    r"|\bapt(?:-get)?\b[^\n;&|]{0,300}\s(?:--snapshot[= ]|-S ?)[\"']?(?:\d{8}T|\$)")
_DATED = pattern(r"/\d{4}-\d\d-\d\d(?:/|$)")       # the index of a day
_CONDA_LOCK = pattern(r"conda-lock")
_LOCAL = pattern(r"[./~$\0].*|.*[/\0(].*|.*\.(?:deb|rpm|whl|tar\.gz|tgz|zip|apk|conda|tar\.bz2|txt|yml|yaml|gem|crate)")

_WITH_WORD = frozenset({
    "-o", "-c", "-t", "--target-release", "-a", "--host-architecture", "-p", "--prefix", "-n", "--name", "--channel", "-i",
    "--index-url", "--extra-index-url", "--target", "--root", "-f", "--find-links", "--no-binary", "--only-binary", "--repo",
    "--enablerepo", "--disablerepo", "--setopt", "--releasever", "-X", "--repository", "-r", "--from", "--cache-dir", "--python",
    "--virtual", "-d", "--trusted-host", "--timeout", "--installroot", "--root-user-action", "--progress-bar", "--platform",
})
# Of these, what takes no word with some managers.
_FLAGS = {**dict.fromkeys(("apt", "apt-get", "dnf", "yum", "microdnf"), frozenset({"-f", "-r", "-n", "-i", "-p", "-d"})),
          "zypper": frozenset({"-n", "-f"})}
_LOCKED = ("-r", "--requirement", "--require-hashes", "--constraint", "--file", "--lockfile")
# The options of those that have quite other ones.
_OWN_WITH_WORD = {
    "npm": frozenset[str](),
    "cargo": frozenset({"--features", "-F", "--root", "--bin", "--example", "--jobs", "-j", "--profile", "--target", "--registry",
                        "--index", "--config", "-Z", "--target-dir", "--color"}),
    "gem": frozenset({"-i", "--install-dir", "-n", "--bindir", "-s", "--source", "--document", "-P", "--trust-policy", "-p",
                      "--http-proxy", "--platform", "--build-root"}),
    "pipx": frozenset({"--python", "-i", "--index-url", "--pip-args", "--suffix", "--preinstall"}),
}
# What says which version, or that it is none of an index.
_SETTLED = {**dict.fromkeys(("pip", "conda", "mamba", "micromamba"), _LOCKED),
            "cargo": ("--version", "--vers", "--git", "--path"), "gem": ("-v", "--version", "-g", "--file", "--local", "-l"),
            "pipx": ("--spec",)}


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the commands of package managers; one hit for each command."""
    steps = [script for script in subject.scripts if script.kind == "step"] if subject.recipe is None else []
    dated = _dated(subject) if steps else frozenset[str]()
    for script in steps:
        for command in commands(script, _TRACE):
            name, loose = manager(command)[0], _loose(command, dated)
            if loose:
                more = f" and {len(loose) - 3} more" if len(loose) > 3 else ""
                yield command.hit(f"{name}: {', '.join(loose[:3])}{more} without a version", _advice(command, loose))
            elif name in _CALLS and name not in dated:
                yield from _called(command, name)


def _advice(command: Simple, loose: list[str]) -> str:
    """What to do; a comparison that is not quoted is a redirection for the shell."""
    ends = (word.end for word, text in zip(command.command.words[1:], command.words, strict=True) if text in loose)
    return QUOTE if any(_COMPARISON.match(command.script.text, end) for end in ends) else HELP


def _called(command: Simple, name: str) -> Iterator[Hit]:
    """What the languages of statistics and numerics install by themselves."""
    advice, call = _CALLS[name]
    for number, word in enumerate(command.words):
        found = call.search(word)
        if found is not None:
            yield command.hit(f"{name}: {found[1]} without a version", advice, word=number)
            return


def _dated(subject: Subject) -> frozenset[str]:
    """The managers that install what there was on one day."""
    texts = [*(script.text for script in subject.scripts), *(one.text for one in subject.written)]
    values = [variable.value for variable in subject.variables if variable.name in _INDICES]
    return frozenset().union(
        _DISTRIBUTIONS if any(map(_SNAPSHOT.search, texts)) else (),
        _CONDAS if any(map(_CONDA_LOCK.search, texts)) else (),
        ("pip",) if any(map(_DATED.search, values)) else (),
        ("R", "Rscript") if any(map(_R_DATED.search, (*texts, *(one.value for one in subject.variables))))
        or any("rocker/" in (base.reference or "") for base in subject.bases) else ())      # these have the index of a day


def _loose(command: Simple, dated: frozenset[str]) -> list[str]:
    """The packages that a command installs without saying which version."""
    name, given = manager(command)
    words = list(given)
    pinned = None if name in dated or (name == "pip" and any(map(_DATED.search, words))) else _PINNED.get(name)
    operands = _operands(words, name)
    if pinned is None or not operands or operands[0] not in _VERBS.get(name, ("install",)):
        return []
    if command.has(*_SETTLED.get(name, ())) or (name == "pip" and any(word.startswith("-c") for word in words)):
        return []
    return [word for word in operands[1:] if not _LOCAL.fullmatch(word) and not pinned(word) and word not in _TOOLS]


def _operands(words: list[str], name: str) -> list[str]:
    found, skip = list[str](), False
    flags, with_word = _FLAGS.get(name, frozenset()), _OWN_WITH_WORD.get(name, _WITH_WORD)
    for word in words:
        if not skip and not word.startswith("-"):
            found.append(word)
        skip = word in with_word and word not in flags and not skip
    return found


def _with(mark: str) -> Callable[[str], bool]:
    return lambda word: re.search(mark, word) is not None


_DISTRIBUTIONS = frozenset({"apt", "apt-get", "dnf", "yum", "microdnf", "zypper", "apk"})
_CONDAS = frozenset({"conda", "mamba", "micromamba"})
_INDICES = frozenset({"PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"})
_TOOLS = frozenset({"pip", "setuptools", "wheel", "ca-certificates"})
_VERBS = {"apk": ("add",), "zypper": ("install", "in"), "npm": ("install", "i", "add"),
          **dict.fromkeys(("conda", "mamba", "micromamba"), ("install", "create"))}
_PINNED: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(("apt", "apt-get"), _with(r"=|-$|^\^")),
    **dict.fromkeys(("dnf", "yum", "microdnf"), _with(r"-\d|^@|\*")),
    **dict.fromkeys(("conda", "mamba", "micromamba"), _with(r"(?<![<>!])=")),
    "zypper": _with(r"[=<>]|-\d"), "apk": _with(r"(?<![<>])[=~]"), "pip": _with(r"===?|@"), "npm": _with(r".@"),
    "pipx": _with(r"===?|@"), "cargo": _with("@"), "gem": _with(":"),
}
