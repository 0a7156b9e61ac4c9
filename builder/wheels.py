"""Python wheels: fetched on the machine by hash, installed in the image offline, into a venv."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder import digest, process
from builder.errors import Error, Fault, ToolFailed
from builder.recipe import requirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from builder.apt import Package
    from builder.recipe.model import Recipe

# The pip that installs: run from its wheel, so it is the same everywhere and not in the image.
_PIP: Final = "pip==26.3 --hash=sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
_FORMAT: Final = 1
_MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64", "ppc64el": "ppc64le"}
_OLDEST_GLIBC: Final = 5        # manylinux1 is glibc 2.5 (PEP 513)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The Python that the wheels are for: ``3.11``, and the platform tags it can use, best first."""

    python: str
    platforms: tuple[str, ...]


def target(packages: Iterable[Package]) -> Target:
    """The Python of a Debian tree with these packages."""
    found = {package.name: package for package in packages}
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


def fetch(recipe: Recipe, wanted: Target, cache: Path, work: Path) -> Path:
    """A folder with ``requirements.txt``, the wheels it names and pip's own; raises Fault where one cannot be had.

    It is filled in ``work``, the build's own folder, and gets its place in the cache when it is whole.
    """
    assert recipe.wheels is not None
    text = (recipe.folder / recipe.wheels.requirements).read_text(encoding="utf-8")
    lines = [pin.text for pin in requirements.parse(text) if isinstance(pin, requirements.Pin)]
    folder = cache / "wheels" / digest.of_data([_FORMAT, _PIP, lines, wanted.python, list(wanted.platforms)])
    if not folder.exists():
        part = work / "wheels"
        part.mkdir()
        _download([_PIP], part, Target(python=wanted.python, platforms=()))
        _download(lines, part, wanted)
        try:
            part.rename(folder)
        except OSError:
            if not folder.exists():     # else another build was quicker; the kernel says ENOTEMPTY then
                raise
    return folder


def download(folder: Path, wanted: Target) -> tuple[str, ...]:
    """The argv that fetches the wheels of ``folder/requirements.txt`` into it."""
    platforms = [part for tag in wanted.platforms for part in ("--platform", tag)]
    return (sys.executable, "-I", "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check",
            "--no-cache-dir", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--implementation", "cp",
            "--python-version", wanted.python, *platforms, "--dest", str(folder),
            "--requirement", str(folder / "requirements.txt"))


def install(venv: str, wheels: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The two argvs that make a venv in the image and install the wheels bound at ``wheels`` into it, offline."""
    pip = f"{wheels}/{_PIP.split()[0].replace('==', '-')}-py3-none-any.whl/pip"
    make = ("/usr/bin/python3", "-sE", "-m", "venv", "--without-pip", venv)
    fill = (f"{venv}/bin/python", "-sE", pip, "install", "--isolated", "--quiet", "--no-input", "--no-cache-dir",
            "--disable-pip-version-check", "--root-user-action=ignore", "--require-hashes", "--no-index", "--find-links", wheels,
            "--only-binary", ":all:", "--no-deps", "--no-compile", "--requirement", f"{wheels}/requirements.txt")
    return make, fill


def files(folder: Path) -> list[dict[str, str]]:
    """Name and sha256 of every wheel in a fetched folder, for the record."""
    return [{"file": path.name, "sha256": digest.of_file(path)} for path in sorted(folder.glob("*.whl"))]


def _download(lines: Sequence[str], folder: Path, wanted: Target) -> None:
    (folder / "requirements.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    try:
        # The caller's folder is the recipes' repository: neither Python nor pip may look for anything there.
        process.run(download(folder, wanted), env=_environment(os.environ), cwd=folder)
    except ToolFailed as error:
        said = [line for line in error.tail.splitlines() if line.startswith("ERROR")] or error.tail.splitlines()[-3:]
        raise Fault("packages.pip: " + " ".join(line.removeprefix("ERROR: ").strip() for line in said),
                    hint=f"every requirement needs a wheel for Python {wanted.python}, with its right hash") from error
    strangers = [path.name for path in folder.iterdir() if path.suffix != ".whl" and path.name != "requirements.txt"]
    if strangers:
        raise Fault(f"packages.pip: {strangers[0]} is not a wheel", hint="every requirement needs a wheel")


def _environment(caller: Mapping[str, str]) -> dict[str, str]:
    """Pip's own settings, proxies and certificates are the machine's; the rest stays behind."""
    passed = re.compile(r"PIP_|HOME$|XDG_CONFIG|(SSL|REQUESTS|CURL)_|(?i:https?_proxy$|no_proxy$|all_proxy$)")
    return {**process.CLEAN, **{name: value for name, value in caller.items() if passed.match(name)}}
