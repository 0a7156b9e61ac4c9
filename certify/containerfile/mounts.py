"""The mounts of a RUN: which keys and kinds there are.

Sources: the reference of BuildKit's Dockerfile frontend (RUN --mount), and buildah's manual, whose keys are more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.containerfile.words import Token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from certify.containerfile.instruction import Instruction
    from certify.containerfile.state import State

KINDS = ("bind", "cache", "tmpfs", "secret", "ssh")
KEYS = frozenset({
    "type", "from", "source", "src", "target", "dst", "destination", "readonly", "ro", "readwrite", "rw", "id", "sharing",
    "required", "size", "mode", "uid", "gid", "env",
    "z", "u", "relabel", "bind-propagation", "bind-nonrecursive", "shared", "rshared", "private", "rprivate", "slave", "rslave",
    "nosuid", "suid", "nodev", "dev", "noexec", "exec", "tmpcopyup", "notmpcopyup", "tmpfs-size", "tmpfs-mode", "consistency",
    "no-dereference",
})


MAX_PARTS = 100     # of one mount: what is unknown is compared with all that are known


def judge(state: State, instruction: Instruction, value: Token) -> None:
    """Tell the keys and the kind of one mount that no builder knows; what has a variable is left alone."""
    start = value.start
    for part in instruction.text(value).split(",", MAX_PARTS)[:MAX_PARTS]:
        name, _, given = part.strip("\"'").partition("=")
        token = Token(start, start + len(part))
        start += len(part) + 1
        if "$" in part or not name:
            continue
        if name.lower() not in KEYS:
            state.fault(instruction, token, f"a mount has no key {name[:40]}", _meant(name, KEYS))
        elif name.lower() == "type" and given.lower() not in KINDS:
            state.fault(instruction, token, f"there is no mount of type {given[:40] or '(nothing)'}", _meant(given, KINDS))


def _meant(word: str, known: Iterable[str]) -> str | None:
    import difflib  # only for what is wrong

    close = difflib.get_close_matches(word.lower(), sorted(known), 1) if len(word) < 20 else []
    return f"did you mean {close[0]}?" if close else None
