"""From the bytes of a Containerfile to its document and its subject."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from certify.containerfile import files, forms, stages, steps, variables
from certify.containerfile.document import ContainerDocument, decoded
from certify.containerfile.instruction import MEANT_FROM, inner, instructions
from certify.containerfile.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from certify.containerfile.instruction import Instruction
    from certify.containerfile.stages import Stage
    from certify.rules.subject import Subject

TRIGGER = 100       # what the shortest instruction of ONBUILD takes of State.triggers
_LASTING = frozenset({"ARG", "CMD", "ENTRYPOINT", "ENV", "LABEL", "SHELL", "USER", "WORKDIR"})     # what comes after sees them
_NOT_LATER = frozenset({"FROM", "MAINTAINER", "ONBUILD"})     # what ONBUILD cannot keep


def read(data: bytes, path: str) -> tuple[ContainerDocument, Subject]:
    """Read a Containerfile or Dockerfile.

    What is wrong with it is in the document's problems, and the rest is read; only bytes that are no text, or too
    many, raise RecipeError.
    """
    document = decoded(data, path)
    found = list(instructions(document))
    heads, outside = stages.find(document, found)
    if not heads and not any(problem.help == MEANT_FROM for problem in document.problems):
        document.report(0, 0, "there is no FROM, so this is no Containerfile")
    state = State(document, outside)
    for position, instruction in enumerate(found):
        stage = heads.get(position)
        if stage is not None:
            state.start(stage, instruction)
            _pull_triggers(state, stage)
        elif state.stage is not None:
            _take(state, instruction)
        elif instruction.keyword != "ARG" and heads:
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
        instruction = forms.without_comment(state, instruction)
        forms.listed(state, instruction)
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
    if state.stage is not None and instruction.keyword in _LASTING:
        state.kept.setdefault(state.stage.number, []).append(instruction)


def _pull_triggers(state: State, stage: Stage) -> None:
    """What the parent kept for later happens first of all; its findings are told already, where it stands."""
    kept = state.kept.get(stage.parent, []) if stage.parent is not None else []
    if not kept or state.triggers <= 0:
        return
    document = ContainerDocument(path=state.document.path, text=state.document.text, starts=state.document.starts)
    aside = State(document, state.outside, stage, state.scope, users=state.users, labels=state.labels, starts=state.starts,
                  inherited=state.inherited)
    for instruction in kept:
        state.triggers -= len(instruction.line.text) + TRIGGER
        if state.triggers <= 0:
            return
        _take(aside, instruction)


def _misplaced(document: ContainerDocument, instruction: Instruction) -> None:
    place = instruction.line.place(instruction.token.start, instruction.token.end)
    document.report(*place, f"{instruction.keyword} cannot stand here")


_HANDLERS: dict[str, Callable[[State, Instruction], None]] = {
    "ADD": files.add, "ARG": variables.arg, "CMD": steps.start, "COPY": files.copy, "ENTRYPOINT": steps.start,
    "ENV": variables.env, "EXPOSE": forms.plain, "HEALTHCHECK": forms.healthcheck, "LABEL": variables.label,
    "RUN": steps.run, "SHELL": steps.shell, "STOPSIGNAL": forms.plain, "USER": variables.user, "VOLUME": files.volume,
    "WORKDIR": files.workdir,
}
