"""Python wheels: fetched on the machine by hash, installed in the image offline, into a venv."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from builder import digest, process, used
from builder.errors import Error, Fault, ToolFailed
from builder.outside import Outside
from builder.recipe import requirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from builder.apt import Package
    from builder.recipe.model import Wheels

# The pip that installs: run from its wheel, so it is the same everywhere and not in the image.
_PIP: Final = "pip==26.3 --hash=sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
_PIP_FILE: Final = f"{_PIP.split()[0].replace('==', '-')}-py3-none-any.whl"
_FORMAT: Final = 1
_MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64", "ppc64el": "ppc64le"}
_OLDEST_GLIBC: Final = 5        # manylinux1 is glibc 2.5 (PEP 513)
_MACHINE: Final = Outside()
_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")      # which pip would take before its own setting
_BROKEN: Final = re.compile(r"connection broken by '(\w{1,100})\(")     # pip's words where it never spoke with the index


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The Python that the wheels are for: ``3.11``, and the platform tags it can use, best first."""

    python: str
    platforms: tuple[str, ...]


def target(packages: Iterable[Package]) -> Target:
    """The Python of a Debian tree with these packages."""
    found = {package.name: package for package in packages}
    if not {"python3", "libc6"} <= set(found):
        raise Fault("packages.pip: there is no python3 among the packages", hint="add it to packages.apt: python3")
    python = re.match(r"\d+\.\d+", found["python3"].version)
    glibc = re.match(r"2\.(\d+)", found["libc6"].version)
    if python is None or glibc is None:
        raise Error(f"cannot tell the Python and glibc of {found['python3'].exact}, {found['libc6'].exact}")
    machine = _MACHINES.get(found["libc6"].architecture, found["libc6"].architecture)
    newest = int(glibc[1])
    legacy = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
    tags = [tag for minor in range(newest, _OLDEST_GLIBC - 1, -1)
            for tag in (f"manylinux_2_{minor}_{machine}", f"{legacy[minor]}_{machine}" if minor in legacy else "") if tag]
    return Target(python=python[0], platforms=(*tags, f"linux_{machine}"))


def pinned(wheels: Wheels, folder: Path, wanted: Target, locked: Sequence[tuple[str, str]] | None = None) -> list[object]:
    """All that decides which wheels are fetched, as plain data; the requirements file lies in ``folder``.

    With a lock only its hashes count: what is uploaded later may be liked better, and has another.
    """
    text = (folder / wheels.requirements).read_text(encoding="utf-8")
    lines = [pin.text for pin in requirements.parse(text) if isinstance(pin, requirements.Pin)]
    if locked is not None:
        lines = [_narrowed(line, {sha256 for _, sha256 in locked}) for line in lines]
    return [_FORMAT, _PIP, lines, wanted.python, list(wanted.platforms)]


def fetch(wheels: Wheels, folder: Path, wanted: Target, cache: Path, work: Path, *,
          outside: Outside = _MACHINE, locked: Sequence[tuple[str, str]] | None = None) -> Path:
    """A folder with ``requirements.txt``, the wheels it names and pip's own; raises Fault where one cannot be had.

    It is filled in ``work``, a folder of the build's own, and gets its place in the cache when it is whole.
    ``locked`` are the names and sha256 that the wheels have to have, and no others.
    """
    free = cache / "wheels" / digest.of_data(pinned(wheels, folder, wanted))
    if locked is not None and free.exists() and set(chosen(free)) == set(locked):
        used.touch(free)
        return free     # that the lock was made from: not fetched a second time
    inputs = pinned(wheels, folder, wanted, locked)
    place = cache / "wheels" / digest.of_data(inputs)
    if not place.exists():
        _fill(place, cast("list[str]", inputs[2]), wanted, work / "wheels", outside)
    used.touch(place)
    if locked is not None:
        _compare(chosen(place), locked)
    return place


def download(folder: Path, wanted: Target) -> tuple[str, ...]:
    """The argv that fetches the wheels of ``folder/requirements.txt`` into it."""
    platforms = [part for tag in wanted.platforms for part in ("--platform", tag)]
    return (sys.executable, "-I", "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check",
            "--no-cache-dir", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--implementation", "cp",
            "--python-version", wanted.python, *platforms, "--dest", str(folder),
            "--requirement", str(folder / "requirements.txt"))


def install(venv: str, wheels: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The two argvs that make a venv in the image and install the wheels bound at ``wheels`` into it, offline."""
    pip = f"{wheels}/{_PIP_FILE}/pip"
    make = ("/usr/bin/python3", "-sE", "-m", "venv", "--without-pip", venv)
    fill = (f"{venv}/bin/python", "-sE", pip, "install", "--isolated", "--quiet", "--no-input", "--no-cache-dir",
            "--disable-pip-version-check", "--root-user-action=ignore", "--require-hashes", "--no-index", "--find-links", wheels,
            "--only-binary", ":all:", "--no-deps", "--no-compile", "--requirement", f"{wheels}/requirements.txt")
    return make, fill


def files(folder: Path) -> list[dict[str, str]]:
    """Name and sha256 of every wheel in a fetched folder, for the record."""
    return [{"file": path.name, "sha256": digest.of_file(path)} for path in sorted(folder.glob("*.whl"))]


def chosen(folder: Path) -> tuple[tuple[str, str], ...]:
    """Name and sha256 of the wheels that a requirements file led to: without pip's own, which the builder brings."""
    return tuple((one["file"], one["sha256"]) for one in files(folder) if one["file"] != _PIP_FILE)


def _fill(place: Path, lines: Sequence[str], wanted: Target, part: Path, outside: Outside) -> None:
    part.mkdir(parents=True)
    _download([_PIP], part, Target(python=wanted.python, platforms=()), outside)
    _download(lines, part, wanted, outside)
    try:
        part.rename(place)
    except OSError:
        if not place.exists():     # else another build was quicker; the kernel says ENOTEMPTY then
            raise


def _narrowed(line: str, hashes: set[str]) -> str:
    """A requirement with those of its hashes that are locked; as it is if none is (it may be for another system)."""
    kept = [word for word in line.split(" ") if not word.startswith("--hash=") or word.rpartition(":")[2] in hashes]
    return " ".join(kept) if any(word.startswith("--hash=") for word in kept) else line


def _compare(found: Sequence[tuple[str, str]], locked: Sequence[tuple[str, str]]) -> None:
    more = [f"+ {file} (sha256 {sha256})" for file, sha256 in found if (file, sha256) not in locked]
    less = [f"- {file} (sha256 {sha256})" for file, sha256 in locked if (file, sha256) not in found]
    if more or less:
        raise Fault("packages.pip: the wheels are not those of recipe.lock: " + ", ".join((*more, *less)),
                    hint="take those that are there now: certify lock --upgrade RECIPE")


def _download(lines: Sequence[str], folder: Path, wanted: Target, outside: Outside = _MACHINE) -> None:
    (folder / "requirements.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    try:
        # The caller's folder is the recipes' repository: neither Python nor pip may look for anything there.
        process.run(download(folder, wanted), env=_environment(os.environ, outside), cwd=folder)
    except ToolFailed as error:
        raise _explained(error.tail, wanted) from error
    strangers = [path.name for path in folder.iterdir() if path.suffix != ".whl" and path.name != "requirements.txt"]
    if strangers:
        raise Fault(f"packages.pip: {strangers[0]} is not a wheel", hint="every requirement needs a wheel")


def _explained(tail: str, wanted: Target) -> Error:
    if broken := _BROKEN.search(tail):      # what pip says at the end is then that there is no such package
        return Error(f"packages.pip: the index of wheels cannot be reached: {broken[1]}",
                     hint="check the network, and 'proxy' and 'certificates' in the site's profile if the site needs them")
    lines = tail.splitlines()
    first = next((index for index, line in enumerate(lines) if line.startswith("ERROR")), -3)
    said = [line for line in lines[first:] if line.startswith(("ERROR", " "))] or lines[first:]     # which wheel stands below
    return Fault("packages.pip: " + " ".join(line.removeprefix("ERROR: ").strip() for line in said),
                 hint=f"every requirement needs a wheel for Python {wanted.python}, with its right hash")


def _environment(caller: Mapping[str, str], outside: Outside) -> dict[str, str]:
    """Pip's own settings are the machine's, proxy and certificates too where the site names none; the rest stays behind.

    Not as options of pip's: everybody can read those of a running program, and a proxy may have a password.
    """
    passed = re.compile(r"PIP_|HOME$|XDG_CONFIG|(SSL|REQUESTS|CURL)_|(?i:https?_proxy$|no_proxy$|all_proxy$)")
    machine = {name: value for name, value in caller.items() if passed.match(name)}
    found = {**process.CLEAN, **outside.environment(machine)}
    if trusted := outside.authorities():
        found = {name: value for name, value in found.items() if name not in _BUNDLES} | {"PIP_CERT": trusted}
    return found
