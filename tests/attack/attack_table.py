"""The table of attacks: what somebody does, the naive copy of our step that falls for it, and what ours says.

An attack is a function of a small site. It does all that the attacker does and gives back a Try: the naive step, which
must tell that the attacker got what was wanted, and our own, which must refuse or give the attacker nothing. What is
shown by a heavier test elsewhere has a row that names the test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Try:
    """The two steps, each called once after the attack: ``naive`` tells whether the attacker wins."""

    naive: Callable[[], bool]
    ours: Callable[[], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A row. ``refused`` is what our error says; where there is none, ours goes on, and ``harmless`` says with what.

    ``fooled`` is the naive copy and ``fools`` why it is, ``shown_by`` the test that shows a row without a function, as a
    path and a name.
    """

    theme: str
    name: str
    does: str
    fooled: str = ""
    fools: str = ""
    refused: str = ""
    harmless: str = ""
    run: Callable[[Any], Try] | None = None
    shown_by: str = ""


ATTACKS: list[Attack] = []


def attack(theme: str, *, fools: Callable[..., Any], refused: str = "", harmless: str = "") -> Callable[..., Any]:
    """Add the function as a row: it is called what the attack is called, and its docstring says what the attacker does."""
    def add(function: Callable[[Any], Try]) -> Callable[[Any], Try]:
        ATTACKS.append(Attack(theme=theme, name=_words(function.__name__), does=_line(function),
                              fooled=fools.__qualname__, fools=_line(fools), refused=refused, harmless=harmless,
                              run=function))
        return function
    return add


def elsewhere(theme: str, name: str, does: str, result: str, shown_by: str) -> None:
    """Add a row for what a test of its own shows; ``result`` says what becomes of the attack."""
    ATTACKS.append(Attack(theme=theme, name=name, does=does, harmless=result, shown_by=shown_by))


def _words(name: str) -> str:
    return name.replace("_", " ").strip()


def _line(function: Callable[..., Any]) -> str:
    return " ".join((function.__doc__ or "").split()).rstrip(".")
