"""What no builder takes, of instructions that change nothing a rule looks at, and of all lists in JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from certify.containerfile.words import Token, is_mixed

if TYPE_CHECKING:
    from certify.containerfile.instruction import Instruction
    from certify.containerfile.state import State

_PAIRS = frozenset({"ARG", "ENV", "LABEL"})
_WORDS = _PAIRS | {"ADD", "COPY", "EXPOSE", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
_LISTED = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "VOLUME"})


def without_comment(state: State, instruction: Instruction) -> Instruction:
    """The instruction without what is meant as a comment behind it: that is an argument like the others, and is told."""
    if instruction.keyword not in _WORDS or instruction.line.text.find("#", instruction.start, instruction.end) < 0:
        return instruction
    first, *rest = instruction.words()
    pairs = instruction.keyword in _PAIRS and "=" in instruction.text(first)
    for token in rest[instruction.keyword in ("ENV", "LABEL") and not pairs:]:
        text = instruction.text(token)
        if text == "#" or (pairs and text.startswith("#")):
            state.fault(instruction, Token(token.start, instruction.end), f"{instruction.keyword} takes this for an argument",
                        "write a comment on a line of its own, above")
            return replace(instruction, end=len(instruction.line.text[:token.start].rstrip()))
    return instruction


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
