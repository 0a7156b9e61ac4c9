"""A filter of system calls that keeps a program from typing into the terminal that it was started on.

TIOCSTI and TIOCLINUX put characters into a terminal's input, which the caller's shell reads when the program has ended. A
session of its own would prevent it too, and take job control and Ctrl-C from the program; a filter takes nothing else.
Linux can refuse TIOCSTI since 6.2, where dev.tty.legacy_tiocsti is 0; TIOCLINUX needs a console.
"""

from __future__ import annotations

import struct
from typing import Final

# linux/audit.h and each architecture's asm/unistd.h: (AUDIT_ARCH_*, number of ioctl), for all that the machine can run.
_CALLS: Final = {
    "x86_64": ((0xC000003E, 16), (0x40000003, 54)),
    "aarch64": ((0xC00000B7, 29), (0x40000028, 54)),
    "ppc64le": ((0xC0000015, 54),),
    "riscv64": ((0xC00000F3, 29),),
}
_TIOCSTI, _TIOCLINUX, _X32 = 0x5412, 0x541C, 0x40000000
_NUMBER, _ARCHITECTURE, _REQUEST = 0, 4, 24         # offsets in struct seccomp_data; the low half of the second argument
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06      # linux/filter.h: BPF_LD|W|ABS, BPF_JMP|JEQ|K, JGE, BPF_RET|K
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001            # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM


def guard(machine: str) -> bytes | None:
    """The filter as the kernel takes it (an array of struct sock_filter), for a machine as ``uname -m`` names it.

    None for one that is not known here: then the program needs a session of its own.
    """
    calls = _CALLS.get(machine)
    if calls is None:
        return None
    blocks = [line for architecture, number in calls for line in _block(architecture, number)]
    program = [(_LOAD, 0, 0, _ARCHITECTURE), *blocks, (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("=HBBI", *line) for line in program)


def _block(architecture: int, number: int) -> tuple[tuple[int, int, int, int], ...]:
    """What is done for one architecture; a jump counts from the line after it."""
    return (
        (_EQUAL, 0, 8, architecture),       # not this one: after the block
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 5, 0, _X32),            # calls of x32, which numbers ioctl otherwise: refused
        (_EQUAL, 0, 3, number),             # not ioctl: allowed
        (_LOAD, 0, 0, _REQUEST),
        (_EQUAL, 2, 0, _TIOCSTI),
        (_EQUAL, 1, 0, _TIOCLINUX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    )
