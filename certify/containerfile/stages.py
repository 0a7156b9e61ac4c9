"""Stages: which there are, which one starts from which, which become the image, and what each knows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from certify.containerfile.expand import MAX_VALUE, expand
from certify.containerfile.shells import of_image
from certify.shell.fold import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certify.containerfile.document import ContainerDocument
    from certify.containerfile.instruction import Instruction

_NUMBER = re.compile(r"\d{1,5}", re.ASCII)
MAX_VARIABLES = 1000        # of one stage; more are not kept
LOADER = "LD_LIBRARY_PATH"  # taken as empty where the file does not set it: what the base has is no doing of this file


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage; ``parent`` is the number of the one that it starts from, if that is none of an image's."""

    number: int
    name: str | None
    reference: str
    parent: int | None
    shipped: bool = False

    @property
    def title(self) -> str:
        """The stage in words."""
        return f"stage '{self.name}'" if self.name else f"stage {self.number}"


@dataclass(slots=True)
class Scope:
    """What is known at a place of a stage. ``posix`` tells whether its shell is one that can be read.

    ``shell`` is the name of it, and ``system`` the program that is /bin/sh.
    """

    env: dict[str, str] = field(default_factory=dict)
    args: dict[str, str | None] = field(default_factory=dict)
    workdir: str = UNKNOWN
    posix: bool = True
    shell: str = "sh"
    system: str = "dash"

    @property
    def reader(self) -> str:
        """The program that reads shell text."""
        return self.system if self.shell == "sh" else self.shell

    def lookup(self, name: str) -> str | None:
        """The value of a variable, None if only the build knows."""
        found = self.env.get(name)
        if found is None:
            found = self.args.get(name)
        return "" if found is None and name == LOADER else found

    def copy(self) -> Scope:
        """The same, to be changed apart."""
        return replace(self, env=dict(self.env), args=dict(self.args))

    def set_env(self, name: str, value: str) -> None:
        """Keep a lasting variable."""
        if name in self.env or len(self.env) < MAX_VARIABLES:
            self.env[name] = value if len(value) <= MAX_VALUE else UNKNOWN

    def set_arg(self, name: str, value: str | None) -> None:
        """Keep a build argument."""
        if name in self.args or len(self.args) < MAX_VARIABLES:
            self.args[name] = value if value is None or len(value) <= MAX_VALUE else None


def begin(stage: Stage, ended: dict[int, Scope]) -> Scope:
    """The scope at the start of a stage: that of its parent at its end."""
    if stage.parent is not None and stage.parent in ended:
        return ended[stage.parent].copy()
    reference = stage.reference.lower()
    windows = any(word in reference for word in ("windows/", "windowsservercore", "nanoserver"))
    return Scope(workdir="/" if reference == "scratch" else UNKNOWN, posix=not windows,
                 system=of_image(reference))


def find(document: ContainerDocument, instructions: Sequence[Instruction]) -> tuple[dict[int, Stage], Scope]:
    """The stages, by the position of their FROM among the instructions, and what the ARGs before them tell."""
    scope, found, names = Scope(), dict[int, Stage](), dict[str, int]()
    for position, instruction in enumerate(instructions):
        if instruction.keyword == "FROM":
            stage = _stage(document, instruction, len(found), names, scope)
            found[position] = stage
            if stage.name:
                if stage.name.lower() in names:
                    token = instruction.words()[2]
                    document.report(*instruction.line.place(token.start, token.end), f"there is a {stage.title} already",
                                    "give each stage a name of its own: which one FROM and --from mean differs among builders")
                names[stage.name.lower()] = stage.number
        elif instruction.keyword == "ARG" and not found:
            declare(document, instruction, scope)
    return _with_shipped(found), scope


def declare(document: ContainerDocument, instruction: Instruction, scope: Scope) -> None:
    """Take the arguments of an ARG before the first FROM."""
    for token in instruction.words():
        name, sign, _ = instruction.text(token).partition("=")
        start = token.start + len(name) + 1
        value = expand(instruction.line, start, token.end, scope.lookup, escape=instruction.escape,
                       report=document.report) if sign else None
        scope.set_arg(name, value.text if value is not None and UNKNOWN not in value.text else None)


def _stage(document: ContainerDocument, instruction: Instruction, number: int, names: dict[str, int],
           scope: Scope) -> Stage:
    words = instruction.words()
    reference = expand(instruction.line, words[0].start, words[0].end, scope.lookup, escape=instruction.escape,
                       as_written=True, report=document.report).text
    named = len(words) == 3 and instruction.text(words[1]).upper() == "AS"
    if len(words) > 1 and not named:
        document.report(*instruction.line.place(words[1].start, words[-1].end), "FROM takes an image, and AS with a name")
    document.places[(*instruction.route, "image")] = instruction.line.place(words[0].start, words[0].end)
    name = instruction.text(words[2]) if named else None
    return Stage(number, name, reference, _parent(reference, number, names))


def _parent(reference: str, number: int, names: dict[str, int]) -> int | None:
    """The stage of that name, or of that number as buildah takes it; no registry has an image called 0."""
    by_number = int(reference) if _NUMBER.fullmatch(reference) else number
    return names.get(reference.lower(), by_number if by_number < number else None)


def _with_shipped(found: dict[int, Stage]) -> dict[int, Stage]:
    """The last stage, and those that it starts from, are the image; the others only give files to it."""
    stages = list(found.values())
    shipped, number = set[int](), len(stages) - 1 if stages else None
    while number is not None:
        shipped.add(number)
        number = stages[number].parent
    return {position: replace(stage, shipped=stage.number in shipped) for position, stage in found.items()}
