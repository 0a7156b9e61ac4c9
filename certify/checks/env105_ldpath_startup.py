"""LD_LIBRARY_PATH set in a file that shells or logins read at their start.

Only some shells read such a file, so a program works in a login shell and fails under the batch system; where it is
read, it drops or fights what the site put there to inject its own MPI and GPU libraries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "ENV105"
NAME = "ldpath-startup"
SEVERITY = Severity.ERROR
HELP = "remove the line; list the folder in /etc/ld.so.conf.d and run ldconfig, or link with a RUNPATH"

_VARIABLE: Final = "LD_LIBRARY_PATH"
_SHELL: Final = re.compile(
    r"/etc/(profile|profile\.d/.*\.sh|bash\.bashrc|bashrc|zsh(env|rc)|z(profile|login)|zsh/z(shenv|shrc|profile|login))"
    r"|/(etc/skel|root)/\.(profile|bash_profile|bash_login|bashrc|zshenv|zshrc|zprofile)"
    r"|.*/etc/conda/activate\.d/.*\.sh", re.DOTALL     # a name may hold a line end
)
_CSH: Final = re.compile(r"/etc/(csh\.(cshrc|login)|profile\.d/.*\.csh)|/(etc/skel|root)/\.(cshrc|tcshrc|login)", re.DOTALL)
_PLAIN: Final = re.compile(r"/etc/environment|/etc/security/pam_env\.conf")

# Blanks, never \s: a variable without a value must not take the next line's text for one.
_SETENV: Final = re.compile(rf"^[^#\n]*?\bsetenv[ \t]+{_VARIABLE}[ \t]+([^\s;\"'#]|\"[^\"]|'[^'])", re.MULTILINE)
_PAIR: Final = re.compile(
    rf"^[ \t]*(?:export[ \t]+)?{_VARIABLE}(?:[ \t]*=[ \t]*[\"']?[^\s\"'#]|[ \t]+(?:DEFAULT|OVERRIDE)=\S)", re.MULTILINE)


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each such file."""
    for path in image.entries:
        reader = next((lines for pattern, lines in _READERS if pattern.fullmatch(path)), None)
        text = image.text(path) if reader else None
        if reader and text and _VARIABLE in text:
            line = next(reader(text), None)
            if line is not None:
                yield Hit(path=path, message=f"{path} sets {_VARIABLE} in line {line}")


def _shell(text: str) -> Iterator[int]:
    from certify.shell.assignments import assignments

    yield from (found.line + 1 for found in assignments(text) if found.name == _VARIABLE and found.value)


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    yield from (text.count("\n", 0, match.end()) + 1 for match in pattern.finditer(text))


_READERS: Final = (
    (_SHELL, _shell),
    (_CSH, lambda text: _matches(_SETENV, text)),
    (_PLAIN, lambda text: _matches(_PAIR, text)),
)
