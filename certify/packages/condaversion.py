"""The order of conda's versions. Source: CEP 33, https://conda.org/learn/ceps/cep-0033/, and conda's own documentation."""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

from certify.packages.endless import Endless

_Atom: TypeAlias = tuple[int, Any]

_RUNS: Final = re.compile(r"[0-9]+|[*]+|[^0-9*]+")
_WORD, _NUMBER, _POST = range(3)        # 1.0rc < 1.0 < 1.0post; a missing part is the number 0
_NOTHING: Final[_Atom] = (_NUMBER, (0, ""))


def conda(text: str) -> tuple[Any, ...]:
    """The key of a version ``[epoch!]version[+local]``: equal for 1.1 and 1.1.0, and without regard to case."""
    rest, _, local = text.lower().partition("+")
    epoch, mark, version = rest.partition("!")
    if not mark:
        epoch, version = "0", rest
    return _atom(epoch), _parts(version), _parts(local)


def _parts(text: str) -> Endless:
    """Parts between dots, each of atoms: numbers and words by turns."""
    words = re.split(r"[._-]", text)
    if not words[-1] and len(words) > 1:        # OpenSSL's convention: 1.0.1_ comes before 1.0.1a
        words[-2:] = [f"{words[-2]}_"]
    return Endless([_part(word) for word in words], Endless((), _NOTHING))


def _part(text: str) -> Endless:
    atoms = [_atom(run) for run in _RUNS.findall(text)]
    if atoms and atoms[0][0] != _NUMBER:        # 1.1.a1 is 1.1.0a1
        atoms.insert(0, _NOTHING)
    return Endless(atoms, _NOTHING)


def _atom(run: str) -> _Atom:
    if run.isdecimal():
        return _NUMBER, (len(run.lstrip("0")), run.lstrip("0"))     # a number of any length
    return (_POST, ()) if run == "post" else (_WORD, "DEV" if run == "dev" else run)       # capitals first
