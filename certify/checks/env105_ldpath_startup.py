"""LD_LIBRARY_PATH set in a file that shells, logins or interpreters read at their start.

Only some shells read such a file, so a program works in a login shell and fails under the batch system; where it is
read, it drops or fights what the site put there to inject its own MPI and GPU libraries. Looked at are the files of
sh, bash, zsh, ksh, csh and fish in ``/etc``, ``/etc/skel`` and home folders, ``/etc/environment`` and ``pam_env``,
conda's ``activate.d`` and its variables of an environment, and what Python reads (``*.pth``, ``sitecustomize.py``). A
file that only unsets the variable, or sets it while conda builds a package, is fine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.checks.folders import Role
from certify.checks.hit import Hit
from certify.checks.scripts import bounded, texts_of
from certify.finding import Severity
from certify.rules.env1_texts import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "ENV105"
NAME = "ldpath-startup"
SEVERITY = Severity.ERROR
HELP = "remove the line; list the folder in /etc/ld.so.conf.d and run ldconfig, or link with a RUNPATH"


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each such file."""
    yield from bounded(_found(image))


def _found(image: ImageTree) -> Iterator[Hit]:
    for text in texts_of(image).of(Role.STARTUP):
        if found := text.sets(VARIABLE):
            yield Hit(path=text.via, message=f"{text.via} sets {VARIABLE} in line {text.line(found.start)}")
