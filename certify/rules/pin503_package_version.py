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

_TRACE = pattern(r"\b(?:apt(?:-get)?|dnf|yum|microdnf|zypper|apk|pip[\d.]*|conda|mamba|micromamba|npm)\b")
_SNAPSHOT = pattern(r"snapshot\.(?:debian|ubuntu)\.(?:org|com)|/snapshots?/\d{8}|vault\.centos\.org|APT::Snapshot\b"
                    r"|\bapt(?:-get)?\b[^\n;&|]{0,300}\s(?:--snapshot[= ]|-S ?)[\"']?(?:\d{8}T|\$)")
_DATED = pattern(r"/\d{4}-\d\d-\d\d(?:/|$)")       # the index of a day
_CONDA_LOCK = pattern(r"conda-lock")
_LOCAL = pattern(r"[./~$\0].*|.*[/\0(].*|.*\.(?:deb|rpm|whl|tar\.gz|tgz|zip|apk|conda|tar\.bz2|txt|yml|yaml)")

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


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the commands of package managers; one hit for each command."""
    steps = [script for script in subject.scripts if script.kind == "step"] if subject.recipe is None else []
    dated = _dated(subject) if steps else frozenset[str]()
    for script in steps:
        for command in commands(script, _TRACE):
            loose = _loose(command, dated)
            if loose:
                more = f" and {len(loose) - 3} more" if len(loose) > 3 else ""
                yield command.hit(f"{command.name}: {', '.join(loose[:3])}{more} without a version", HELP)


def _dated(subject: Subject) -> frozenset[str]:
    """The managers that install what there was on one day."""
    texts = [*(script.text for script in subject.scripts), *(one.text for one in subject.written)]
    values = [variable.value for variable in subject.variables if variable.name in _INDICES]
    return frozenset().union(
        _DISTRIBUTIONS if any(map(_SNAPSHOT.search, texts)) else (),
        _CONDAS if any(map(_CONDA_LOCK.search, texts)) else (),
        ("pip",) if any(map(_DATED.search, values)) else ())


def _loose(command: Simple, dated: frozenset[str]) -> list[str]:
    """The packages that a command installs without saying which version."""
    name, words = command.name, list(command.words)
    if (name.startswith("python") and words[:2] == ["-m", "pip"]) or (name == "uv" and words[:1] == ["pip"]):
        name, words = "pip", words[1:] if name == "uv" else words[2:]
    manager = "pip" if re.fullmatch(r"pip[\d.]*", name) else name
    pinned = None if manager in dated or (manager == "pip" and any(map(_DATED.search, words))) else _PINNED.get(manager)
    operands = _operands(words, manager)
    if pinned is None or not operands or operands[0] not in _VERBS.get(manager, ("install",)):
        return []
    if manager in ("pip", "conda", "mamba", "micromamba") and (
            command.has(*_LOCKED) or (manager == "pip" and any(word.startswith("-c") for word in words))):
        return []
    return [word for word in operands[1:] if not _LOCAL.fullmatch(word) and not pinned(word) and word not in _TOOLS]


def _operands(words: list[str], manager: str) -> list[str]:
    found, skip = list[str](), False
    flags = _FLAGS.get(manager, frozenset())
    for word in words:
        if not skip and not word.startswith("-"):
            found.append(word)
        skip = word in _WITH_WORD and word not in flags and manager != "npm" and not skip
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
}
