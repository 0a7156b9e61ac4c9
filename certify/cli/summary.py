"""The closing words of a ship: what was published, and the exact commands to run it under each runtime."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from builder.progress import human_size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from certify.ship import Shipped


def show(done: Shipped) -> None:
    """Print one image's summary."""
    print(f"\n{done.name}:{done.tag}  {done.status}  ({done.seconds:.1f} s)")
    if not done.digest:
        return
    print(f"  reference    {done.name}:{done.tag}@sha256:{done.digest}\n  size         {human_size(done.size)}")
    if done.squashfs is None or done.valid_until is None:
        return
    print(f"  valid until  {done.valid_until:%Y-%m-%d}")
    for runtime, command in commands(done.squashfs, done.digest, done.environment, done.command).items():
        print(f"  {runtime:<12} {command}")
    print(f"  {'here':<12} {shlex.join(('certify', 'run', f'{done.name}:{done.tag}', '--', *done.command))}")


def commands(squashfs: Path, digest: str, environment: dict[str, str], command: Sequence[str]) -> dict[str, str]:
    """The command line that runs an image's program, by runtime.

    Shifter reads the environment from the image's .meta. The others do not know it: Charliecloud takes it variable by
    variable, podman-hpc and Apptainer by their own options.
    """
    image, program = shlex.quote(str(squashfs)), shlex.join(command)
    pairs = [f"{name}={value}" for name, value in sorted(environment.items())]
    sets = " ".join(f"--set-env={shlex.quote(pair)}" for pair in pairs)
    envs = " ".join(f"--env {shlex.quote(pair)}" for pair in pairs)
    return {
        "Shifter": f"shifter --image=id:{digest} {program}",
        "podman-hpc": f"mkdir -p /tmp/{digest[:12]} && squashfuse {image} /tmp/{digest[:12]} && "
                      f"podman-hpc run --rm --read-only {envs} --rootfs /tmp/{digest[:12]} {program}",
        "Charliecloud": f"ch-run {sets} {image} -- {program}",
        "Apptainer": f"apptainer exec {envs} {image} {program}",
    }
