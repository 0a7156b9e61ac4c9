"""What no builder takes, of instructions that change nothing a rule looks at, and of all lists in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.containerfile.words import Token, is_mixed

if TYPE_CHECKING:
    from certify.containerfile.instruction import Instruction
    from certify.containerfile.state import State

_LISTED = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "VOLUME"})


def plain(state: State, instruction: Instruction) -> None:
    """EXPOSE and STOPSIGNAL: their variables are put in place, which fails where a quote stays open."""
    state.expand(instruction, instruction.start, instruction.end)


def healthcheck(state: State, instruction: Instruction) -> None:
    """HEALTHCHECK: no runtime of a site ever runs it, so its command is not judged."""
    kind, *rest = instruction.words()
    name = instruction.text(kind).upper()
    if name not in ("CMD", "NONE"):
        state.fault(instruction, kind, "HEALTHCHECK takes CMD with a command, or NONE")
    elif bool(rest) != (name == "CMD"):
        state.fault(instruction, kind, "HEALTHCHECK CMD needs a command" if name == "CMD" else "HEALTHCHECK NONE takes no more")


def listed(state: State, instruction: Instruction) -> None:
    """A list in JSON holds strings alone; what is no JSON at all is shell text, or words."""
    if instruction.keyword in _LISTED and is_mixed(instruction.line.text, instruction.start, instruction.end):
        state.fault(instruction, Token(instruction.start, instruction.end), "a list may hold strings in double quotes only")
