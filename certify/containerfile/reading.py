"""From the bytes of a Containerfile to its document and its subject."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from certify.containerfile import files, stages, steps, variables
from certify.containerfile.document import decoded
from certify.containerfile.instruction import inner, instructions
from certify.containerfile.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from certify.containerfile.document import ContainerDocument
    from certify.containerfile.instruction import Instruction
    from certify.rules.subject import Subject

_NOT_LATER = frozenset({"FROM", "MAINTAINER", "ONBUILD"})     # what ONBUILD cannot keep


def read(data: bytes, path: str) -> tuple[ContainerDocument, Subject]:
    """Read a Containerfile or Dockerfile.

    What is wrong with it is in the document's problems, and the rest is read; only bytes that are no text, or too
    many, raise RecipeError.
    """
    document = decoded(data, path)
    found = list(instructions(document))
    heads, outside = stages.find(document, found)
    if not heads:
        document.report(0, 0, "there is no FROM, so this is no Containerfile")
    state = State(document, outside)
    for position, instruction in enumerate(found):
        stage = heads.get(position)
        if stage is not None:
            state.start(stage, instruction)
        elif state.stage is not None:
            _take(state, instruction)
        elif instruction.keyword != "ARG":
            _misplaced(document, instruction)
    document.comments.sort()
    document.problems.sort(key=lambda problem: (problem.span.line, problem.span.column))
    return document, state.subject(Path(path).parent)


def _take(state: State, instruction: Instruction) -> None:
    if instruction.keyword == "ONBUILD":
        _keep_for_later(state, instruction)
        return
    handler = _HANDLERS.get(instruction.keyword)
    if handler is not None:
        handler(state, instruction)


def _keep_for_later(state: State, outer: Instruction) -> None:
    """What ONBUILD does, it does in images made from this one: it is judged, but nothing here comes after it."""
    instruction = inner(state.document, outer)
    if instruction is None:
        return
    if instruction.keyword in _NOT_LATER:
        _misplaced(state.document, instruction)
        return
    before, state.scope, state.later = state.scope, state.scope.copy(), True
    _take(state, instruction)
    state.scope, state.later = before, False


def _misplaced(document: ContainerDocument, instruction: Instruction) -> None:
    place = instruction.line.place(instruction.token.start, instruction.token.end)
    document.report(*place, f"{instruction.keyword} cannot stand here")


_HANDLERS: dict[str, Callable[[State, Instruction], None]] = {
    "ADD": files.add, "ARG": variables.arg, "CMD": steps.start, "COPY": files.copy, "ENTRYPOINT": steps.start,
    "ENV": variables.env, "LABEL": variables.label, "RUN": steps.run, "SHELL": steps.shell, "USER": variables.user,
    "VOLUME": files.volume, "WORKDIR": files.workdir,
}
