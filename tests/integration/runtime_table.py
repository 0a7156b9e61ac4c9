"""What is known of the runtime, statement by statement, each with the way to observe it in a sandbox."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from observing import mounted, status, there, writable

if TYPE_CHECKING:
    from collections.abc import Iterator

ALICE, BOB, CLUB = 61001, 61002, 61009
LIMIT = 5_242_880
OURS = "of the image"
HIDDEN = ("proc", "sys", "dev", "tmp", "var/tmp", "var/spool", "var/empty", "opt/udiImage", "etc/udiImage", "etc/ssh",
          "global/cfs/cdirs", "global/cfs", "global", "opt/app/data", "opt/app", "var/opt", "home")
REPLACED = ("passwd", "group", "nsswitch.conf", "shadow", "host.conf", "hosts", "resolv.conf", "group.orig")
ODD = ("a b", "a@b", "é", "a\nb", "a,b", "~a", "a=b")
LEVELS = ("", "etc/", "opt/", "var/")
SPECIAL = ("fifo", "socket", "device")
MARK = f"certify-simulation-{os.getpid()}"
SITE_FS = f"/certify-site-{os.getpid()}"    # a mount of the site: directly in this machine's /, so that nothing leads to it
CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A statement about the runtime, how it is observed, and what the runtime gives; ``here`` is a known other value."""

    statement: str
    command: str
    value: str
    scenario: str = "run"
    here: str | None = None

    @property
    def wanted(self):
        return self.value if self.here is None else self.here


def refused(command):
    return f"{command} 2>&1 | tail -c 18"


def row(statement, command, value, **more):
    return Row(statement=statement, command=command, value=value, **more)


def hidden() -> Iterator[Row]:
    for path in HIDDEN:
        yield row(f"/{path} is the runtime's or the site's, and hides the image's", there(f"/{path}/of-the-image"), "no")
    yield row("/proc is the kernel's", "test -r /proc/self/status && echo yes", "yes")
    yield row("/sys is the machine's", "ls -d /sys/devices/system/cpu/cpu0", "/sys/devices/system/cpu/cpu0")
    yield row("/sys is shown without what is mounted in it", "ls -A /sys/fs/cgroup | wc -l", "0")
    yield row("/dev is the machine's", "echo x > /dev/null && head -c1 /dev/zero | wc -c", "1")
    for path in ("/dev/shm", "/tmp", "/var/tmp"):
        yield row(f"{path} is the machine's", f"cat {path}/{MARK}", MARK)
    yield row("/var/run is a folder even where the image has a link", "stat -c %F /var/run; ls -A /var/run",
              "directory")
    yield row("/var/spool is empty", "ls -A /var/spool | wc -l", "0")
    yield row("/var/empty is root's alone", refused("ls /var/empty"), "Permission denied")
    yield row("/opt/udiImage has a folder of modules", "ls -A /opt/udiImage", "modules")


def replaced() -> Iterator[Row]:
    for path in (*(f"/etc/{name}" for name in REPLACED), "/var/hostsfile", "/var/shifterConfig.json"):
        yield row(f"{path} is replaced", f'test -f {path} && read -r first < {path}; test "$first" != "{OURS}" && echo replaced',
                  "replaced")
    yield row("/etc/mtab is replaced", "readlink /etc/mtab", "/proc/mounts")
    yield row("/etc/shadow is empty", "wc -c < /etc/shadow", "0")
    yield row("ssh is covered only where the site's sshd is on", "cat /usr/bin/ssh", OURS)
    yield row("a site mount comes with its content", f"cat {SITE_FS}/site-file", "of the site")
    yield row("beside the folders that lead to a mount nothing of the image is shown",
              "ls -A /var/opt /opt/app /global | tr '\\n' ' '", "/global: cfs  /opt/app: data  /var/opt: cray ")
    yield row("what lies beside a hidden path stays", "cat /opt/tool/kept /var/lib/kept /etc/kept", f"{OURS}\n{OURS}\n{OURS}")


def dropped() -> Iterator[Row]:
    for folder in LEVELS:
        for name in ODD:
            yield row(f"{name!r} directly in /{folder} is dropped", there(f"'/{folder}{name}'"), "no")
        yield row(f"an allowed name directly in /{folder} stays", there(f"/{folder}A-z_0.9:+"), "yes")
        for name in SPECIAL:
            yield row(f"a {name} directly in /{folder} is dropped", there(f"/{folder}{name}"), "no")
        size = "none" if folder == "etc/" else str(LIMIT)
        yield row(f"a file of 5 MiB in /{folder}", f"stat -c %s /{folder}big 2>/dev/null || echo none", size)
    yield row("such names deeper in a folder stay", there("'/usr/share/a b'"), "yes")
    yield row("fifos deeper in a folder stay", "stat -c %F /usr/share/fifo", "fifo")
    yield row("a file just below 5 MiB in /etc stays", "stat -c %s /etc/small", str(LIMIT - 1))
    yield row("a file of 5 MiB in a folder of /etc stays", "stat -c %s /etc/deep/big", str(LIMIT))
    yield row("a world-writable folder inside /etc stays writable", writable("/etc/drop/inner"), "yes")
    yield row("it has what the image has", "cat /etc/drop/inner/file; stat -c %a /etc/drop/inner", f"{OURS}\n777")
    yield row("a folder inside /etc that is not stays closed", writable("/etc/drop"), "no")
    for path in ("/", "/opt", "/var", "/etc"):
        yield row(f"the mode of {path} becomes 0755", f"stat -c %a {path}", "755")
    yield row("a link of the image stays one", "readlink /bin /etc/link", "usr/bin\n/nowhere")


def identity() -> Iterator[Row]:
    yield row("the caller's uid and gid", "id -u; id -g", f"{ALICE}\n{ALICE}")
    yield row("the caller's further groups count", f"cat {SITE_FS}/for-the-club", "of the club")
    yield row("the caller's further groups have their names", "tail -n 1 /etc/group", f"g{CLUB}:x:{CLUB}:")
    yield row("the caller's name", "head -n 1 /etc/passwd", f"u{ALICE}:x:{ALICE}:{ALICE}::/:/bin/sh")
    for name in CAPABILITIES:
        yield row(f"{name} is empty", status(name), "0000000000000000")
        yield row(f"root's {name} is empty", status(name), "0000000000000000", scenario="root")
    yield row("no new privileges", status("NoNewPrivs"), "1")
    yield row("setuid programs change nothing", "/usr/bin/setuid-id -u", str(ALICE))
    for path, flags in (("/usr", ("nosuid", "nodev", "ro")), ("/opt/tool", ("nosuid", "nodev", "ro")), ("/", ("nosuid", "nodev")),
                        ("/tmp", ("nosuid", "nodev")), ("/var/tmp", ("nosuid", "nodev")), (SITE_FS, ("nosuid", "nodev"))):
        for flag in flags:
            yield row(f"{path} is mounted {flag}", mounted(path, flag), "yes")
    yield row("what 'other' cannot read is not read", refused("cat /opt/tool/secret"), "Permission denied")
    yield row("what 'other' cannot enter is not entered", refused("ls /opt/closed"), "Permission denied")
    yield row("permission bits are kept", "stat -c %a /opt/tool/secret /opt/tool/kept /usr/bin/setuid-id", "600\n644\n4755")
    yield row("all belongs to root", "stat -c %u:%g /usr/bin/bash", "0:0", here="65534:65534")     # see certify/sandbox/plan.py
    yield row("not even uid 0 resolves to a name", "id 0 2>&1 | tail -c 13", "no such user")
    for command, said in (("id -u; id -g; id -G", "61234\n61234\n61234"), ("id -un", "user"), (there("/opt/tool/kept"), "yes"),
                          (refused("cat /opt/tool/secret"), "Permission denied"), (writable("/etc/drop/inner"), "yes"),
                          (writable("/usr"), "no"), (writable("/tmp"), "yes"),
                          ('echo "$USER $LOGNAME $HOME"', "user user /home/user")):
        yield row("root is an ordinary user, too", command, said, scenario="root")


def writing() -> Iterator[Row]:
    for path in ("/tmp", "/var/tmp", "/dev/shm", SITE_FS):
        yield row(f"{path} can be written", writable(path), "yes")
    for path in ("/", "/usr", "/opt", "/opt/tool", "/opt/open", "/etc", "/var", "/var/lib", "/var/run", "/var/spool", "/run",
                 "/root", "/opt/udiImage", "/sys", "/dev", "/global"):
        yield row(f"{path} cannot be written", writable(path), "no")
    for path in ("/etc/passwd", "/etc/kept", "/etc/hosts", "/var/hostsfile", "/usr/bin/bash"):
        yield row(f"{path} cannot be changed", f"(echo x >> {path}) 2>/dev/null && echo changed || echo refused", "refused")


def environment() -> Iterator[Row]:
    yield row("profile.d and .bashrc are not read", 'echo "${FROM_PROFILE-unset}"', "unset")
    yield row("the working directory is kept where it is", "pwd", f"/tmp/{MARK}.d")
    yield row("a working directory that is missing becomes /", "pwd", "/", scenario="elsewhere")
    yield row("a working directory that the image has is kept", "pwd", "/usr/share", scenario="within")
    yield row("host < image", 'echo "$BOTH $IMAGE_ONLY"', "image image")
    yield row("an empty value in the image lets the host's through", 'echo "$EMPTY_IN_IMAGE"', "host")
    yield row("the site's comes last", 'echo "$SHIFTER_RUNTIME $BY_SITE"', "1 site")
    yield row("the host's environment enters", 'echo "$HOST_ONLY"', "host")
    for name in ("LD_LIBRARY_PATH", "LD_PRELOAD", "LD_AUDIT", "TMPDIR", "GCONV_PATH", "TZDIR"):
        yield row(f"the host's {name} never enters", f'echo "${{{name}-unset}}"', "unset")
    yield row("the image's own loader variables do", 'echo "$LD_BIND_NOT"', "1")
    yield row("the machine's network is there", "tail -n +3 /proc/net/dev | wc -l", str(len(socket.if_nameindex())))
    yield row("shared memory is the machine's", "readlink /proc/self/ns/ipc", str(Path("/proc/self/ns/ipc").readlink()))


ROWS: tuple[Row, ...] = (*hidden(), *replaced(), *dropped(), *identity(), *writing(), *environment())
