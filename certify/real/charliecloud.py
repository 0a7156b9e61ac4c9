"""Charliecloud: ch-run mounts a squashfs itself, as an ordinary user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from builder import process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SECONDS: Final = 30
# What ch-run says where the machine does not allow what it needs; the rest of what it refuses is the image's.
_MACHINE: Final = ("namespace", "/dev/fuse", "FUSE")


def version(program: str) -> str:
    """What ``ch-run --version`` says: ``0.31``."""
    said = process.run((program, "--version"), env={**process.CLEAN, "USER": "user"}, timeout=_SECONDS)
    return (said.stdout + said.stderr).strip()[:100]


def command(program: str, image: Path, environment: Mapping[str, str], argv: Sequence[str]) -> tuple[str, ...]:
    """The command line that a user types: ch-run knows nothing of the image's own variables, so they are named."""
    sets = [f"--set-env={name}={value}" for name, value in sorted(environment.items())]
    return (program, "--env-no-expand", *sets, str(image), "--", *argv)


def broken(said: str) -> bool:
    """Whether it is the machine that ch-run complains of."""
    return any("error:" in line and any(word in line for word in _MACHINE) for line in said.splitlines())
