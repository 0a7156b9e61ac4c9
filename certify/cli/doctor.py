"""certify doctor: what is here, what is missing, and how to get it."""

from __future__ import annotations

import os

import typer

# Which command needs which tools; lint needs none.
NEEDS = {
    "build": ("buildah", "runc", "mmdebstrap", "apt-get", "dpkg-deb", "tar", "mksquashfs", "unshare", "setpriv"),
    "check, run": ("bwrap", "squashfuse_ll", "unsquashfs", "sqfstar", "unshare", "setpriv"),
    "publish": ("setfacl",),
    "store push, store pull, images as bases": ("skopeo", "prlimit"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor() -> None:
    """List the tools that the commands need, with their versions, and how to install what is missing."""
    from builder.apt import KEYRING

    missing: dict[str, str] = {}
    for command, tools in NEEDS.items():
        print(f"{command}:")
        for tool in tools:
            missing |= _line(tool)
    if not KEYRING.exists():
        missing["Debian's keyring"] = "debian-archive-keyring"
    notes = _notes()
    for note in notes:
        print(note)
    if missing:
        print(f"\nmissing: {', '.join(missing)}\n  help: apt-get install {' '.join(dict.fromkeys(missing.values()))}")
        raise typer.Exit(3)
    print("\nnothing is missing")


def _line(tool: str) -> dict[str, str]:
    from builder import process, tools

    path = process.which(tool)
    print(f"  {tool:<14} {tools.version_of(tool) if path else 'MISSING'}")
    return {} if path else {tool: process.PACKAGES.get(tool, tool)}


def _notes() -> list[str]:
    notes = []
    if os.geteuid() != 0:
        notes.append("you are not root: lint, check, verify and run work; build needs root")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        notes.append("/dev/fuse cannot be opened: images are unpacked instead of mounted, which is slower")
    return notes
