"""A program that is a wrapper and sets LD_LIBRARY_PATH for the real one.

The wrapper puts its folders before those of the site's runtime, so the image's MPI or its C++ library is loaded
although the site has put in its own; and every program that the real one starts gets them as well. Looked at are the
scripts of any interpreter in folders of programs and on PATH, what links there lead to, the entrypoint, and scripts
elsewhere that pass their arguments on or stand in a program's place.

Scripts that a user sources (``setvars.sh`` of oneAPI, ``thisroot.sh``) weigh less: nothing happens until they are. So
do the wrappers of a distribution's own packages, one for each package.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from certify.checks.folders import SHELLS, Role
from certify.checks.hit import Hit, grouped
from certify.checks.scripts import texts_of
from certify.finding import Severity
from certify.rules.env1_texts import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.scripts import Text
    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "ENV106"
NAME = "ldpath-wrapper"
SEVERITY = Severity.ERROR
HELP = ("give the program itself the way to its libraries: link it with -Wl,--enable-new-dtags,-rpath,'$ORIGIN/../lib', "
        "or patchelf --set-rpath")

_PASSES: Final = re.compile(r"\$(?:[@*]|\{(?:1\+)?[\"']?\$?[@*])")
_EXEC: Final = re.compile(r"(?:^|[\s;&|])exec[ \t]")
_BUILD_TOOLS: Final = re.compile(r"(.*-)?libtool(ize)?|ltmain\.sh|config(ure|\.status)|CTestTestfile.*|depcomp")


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each package, step or tree with wrappers, and with scripts to source."""
    texts = texts_of(image)
    found = {text.via: text for role in (Role.PROGRAM, Role.SOURCED) for text in texts.of(role)
             if not _BUILD_TOOLS.fullmatch(text.via.rpartition("/")[2]) and text.sets(VARIABLE)}
    started = {path for path in found if _is_started(image, found[path])}
    own = {path for path in started if image.owner(found[path].path) is None}

    def said(path: str) -> str:
        what = "is a wrapper that sets" if path in started else "sets for who sources it"
        return f"{path} {what} {VARIABLE} in line {_line(found[path])}"

    yield from grouped(image, sorted(own), said)
    yield from grouped(image, sorted(found.keys() - own), said, severity=Severity.WARNING)
    if texts.unread:
        yield Hit(path="/", message=f"{texts.unread} scripts or links were not read: there are too many, or they are too big")


def _line(text: Text) -> int:
    found = text.sets(VARIABLE)
    return text.line(found.start) if found else 0


def _is_started(image: ImageTree, text: Text) -> bool:
    """Whether a script is a program itself, and not there to be sourced."""
    shell = text.kind in ("sh", "csh", "fish", "unknown")
    if text.role is Role.PROGRAM:
        sourced = shell and text.via.endswith(SHELLS) and not _PASSES.search(text.text)
        return not sourced or text.via in image.config.entrypoint
    executable = image.entries[text.path].st_mode & 0o111 and text.text.startswith("#!")
    return bool(executable) and (_replaces(image, text.path) or (shell and _becomes(text.text)))


def _becomes(text: str) -> bool:
    """Whether a shell script becomes another program and passes its own arguments on."""
    found = ((line, _EXEC.search(line)) for line in text.splitlines() if "exec" in line and "$" in line)
    return any(match and _PASSES.search(line, match.end()) and "#" not in line[:match.start()] for line, match in found)


def _replaces(image: ImageTree, path: str) -> bool:
    """Whether a script stands in a program's place: the program lies beside it under a like name, or in a bin folder."""
    folder, _, name = path.rpartition("/")
    likely = (f"{name}.bin", f"{name}-bin", f"{name}.real", f".{name}", f"{name}.exe", f"bin/{name}", f"libexec/{name}")
    return any(image.is_file(f"{folder}/{one}") for one in likely)
