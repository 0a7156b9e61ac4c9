"""The image gives a runtime no way to announce libraries: no ld.so.conf.d, or no ldconfig.

Some runtimes (podman-hpc, Sarus, Charliecloud's ch-fromhost) bring the site's GPU and MPI libraries in, write a file into
/etc/ld.so.conf.d and run the image's own ldconfig. That takes an /etc/ld.so.conf which includes the folder, and the program.
It is an error where the site's runtime is one of these, and a warning elsewhere, because an image should run anywhere.

Quiet are images of musl, which has no such configuration, and images without any program that is linked dynamically.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit
from certify.finding import Severity
from certify.linking import conf
from certify.linking.stale import glibc_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "LNK406"
NAME = "ldconf-no-include"
SEVERITY = Severity.ERROR
HELP = "install libc-bin (glibc-common), and have the line: include /etc/ld.so.conf.d/*.conf in /etc/ld.so.conf"

_LDCONFIG: Final = ("/sbin/ldconfig", "/usr/sbin/ldconfig", "/usr/bin/ldconfig")
_ANNOUNCING: Final = ("podman-hpc", "sarus", "charliecloud")


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """At most one hit: what is missing has one cause, an image that was stripped."""
    if glibc_program(image) is None:
        return
    found = conf.conf_of(image)
    missing = [] if any(image.resolve(path) for path in _LDCONFIG) else ["there is no ldconfig"]
    if found is None:
        missing.append(f"there is no {conf.PATH}")
    elif not found.includes_folder:
        missing.append(f"{conf.PATH} does not include {conf.INCLUDED}/*.conf")
    if missing:
        yield Hit(path=conf.PATH, severity=None if site.runtime in _ANNOUNCING else Severity.WARNING,
                  message=f"{' and '.join(missing)}: a runtime cannot announce the site's libraries to the loader")
