"""What a real runtime does not do: it runs an image for a user who trusts it, and here nobody does yet.

A runtime shows an image the machine's devices, network, /tmp and processes. So around each start there are a network without
any other machine, processes of its own that end with it, folders of its own where it may write, and limits; and the runtime
itself is started as the ordinary user. What stays is the machine's kernel, /sys, and those devices that everybody may open:
this is less of a cage than the simulated site.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1     # linux/sockios.h: SIOCGIFFLAGS, SIOCSIFFLAGS; linux/if.h: IFF_UP
_REQUEST: Final = "16sh14x"                         # struct ifreq, with its flags

# Folders of the machine that everybody may write to, and terminals: another one stands there, gone with the start.
_OWN: Final = ('for folder in /tmp /var/tmp /dev/shm /dev/mqueue /dev/pts; do [ ! -d "$folder" ] || '
               'mount -t tmpfs -o size=1g,mode=1777,nosuid,nodev tmpfs "$folder" || exit 125; done; exec "$@"')


def open_loopback() -> None:
    """In a network of its own, into which certify.sandbox.enter has put this process, have it talk to itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name = b"lo"
        _, flags = struct.unpack(_REQUEST, fcntl.ioctl(any_socket, _GET_FLAGS, struct.pack(_REQUEST, name, 0)))
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack(_REQUEST, name, flags | _UP))


def prefix(dropped: Sequence[str]) -> tuple[str, ...]:
    """The prefix of a start: ``dropped`` is that under which a command runs as the ordinary user."""
    return ("unshare", "--pid", "--mount", "--ipc", "--mount-proc", "--fork", "--kill-child", "--",
            "/bin/sh", "-c", _OWN, "sh", *dropped)
