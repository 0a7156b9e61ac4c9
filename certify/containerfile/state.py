"""What has been read of a Containerfile so far, and the subject that it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from certify.containerfile.expand import expand
from certify.containerfile.stages import Scope, begin
from certify.rules.subject import Base, Subject

if TYPE_CHECKING:
    from pathlib import Path

    from builder.recipe import Route
    from certify.containerfile.document import ContainerDocument
    from certify.containerfile.instruction import Instruction
    from certify.containerfile.mapped import Mapped
    from certify.containerfile.stages import Stage
    from certify.containerfile.words import Token
    from certify.rules.subject import Fetch, Put, Script, Variable, Written

MAX_TRIGGERED = 50_000      # characters of ONBUILD that all stages together read again
MAX_KNOWN = 2_000_000       # characters of environment that all scripts of a file may start with together


@dataclass(slots=True)
class State:
    """Filled by the handlers of the instructions.

    ``outside`` holds the arguments before the first FROM; ``later`` is true while an instruction of ONBUILD is read, and
    ``kept`` has those of each stage. ``inherited`` names the start commands that come from the stage's parent.
    """

    document: ContainerDocument
    outside: Scope
    stage: Stage | None = None
    scope: Scope = field(default_factory=Scope)
    later: bool = False
    scripts: list[Script] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    puts: list[Put] = field(default_factory=list)
    fetches: list[Fetch] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    bases: list[Base] = field(default_factory=list)
    users: list[tuple[Route, str]] = field(default_factory=list)
    labels: list[tuple[Route, str, str]] = field(default_factory=list)
    starts: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)
    kept: dict[int, list[Instruction]] = field(default_factory=dict)
    inherited: set[str] = field(default_factory=set)
    _ended: dict[int, Scope] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    triggers: int = MAX_TRIGGERED
    _known: int = MAX_KNOWN

    @property
    def shipped(self) -> bool:
        """Whether what is read now becomes the image."""
        return self.stage is not None and self.stage.shipped

    @property
    def at_once(self) -> bool:
        """Whether what is read now holds for the image itself, and not only for those made from it."""
        return self.shipped and not self.later

    def start(self, stage: Stage, instruction: Instruction) -> None:
        """Begin a stage."""
        self._end()
        self.inherited = set(self.starts)
        self.stage, self.scope = stage, begin(stage, self._ended)
        if stage.parent is None and stage.reference.lower() != "scratch":
            self.bases.append(Base(route=(*instruction.route, "image"), reference=stage.reference, shipped=stage.shipped))

    def has_ended(self, number: int) -> bool:
        """Whether the stage of that number is before this one."""
        return number in self._ended

    def copies_from(self, route: Route, reference: str) -> None:
        """Note an image that files are copied from, if it is no stage."""
        known = reference.lower() in self._names or (reference.isdecimal() and len(reference) < 6)
        if not known and reference:
            self.bases.append(Base(route=route, reference=reference, shipped=self.shipped, copied=True))

    def expand(self, instruction: Instruction, start: int, end: int, *, as_written: bool = False,
               line: Mapped | None = None) -> Mapped:
        """A stretch of an instruction's line (or of ``line``) with its variables in place; what is wrong there is told."""
        return expand(line or instruction.line, start, end, self.scope.lookup, escape=instruction.escape,
                      as_written=as_written, report=self.document.report)

    def fault(self, instruction: Instruction, token: Token, message: str, hint: str | None = None) -> None:
        """Report a token of an instruction."""
        self.document.report(*instruction.line.place(token.start, token.end), message, hint)

    def place(self, instruction: Instruction, tail: Route, token: Token, text: Mapped | None = None) -> Route:
        """The route of a part of an instruction, with its place and its text noted."""
        route = (*instruction.route, *tail)
        self.document.places[route] = instruction.line.place(token.start, token.end)
        if text is not None:
            self.document.texts[route] = text
        return route

    def known(self) -> dict[str, str]:
        """The environment of a RUN: what is known of the variables and the arguments in force."""
        found = {name: value for name, value in self.scope.args.items() if value is not None}
        found |= self.scope.env
        self._known -= sum(map(len, found.values())) + 16 * len(found)
        return found if self._known >= 0 else {}

    def subject(self, folder: Path) -> Subject:
        """All that was read."""
        self._end()
        return Subject(
            kind="containerfile", folder=folder, scripts=tuple(self.scripts), variables=tuple(self.variables),
            puts=tuple(self.puts), fetches=tuple(self.fetches), written=tuple(self.written), bases=tuple(self.bases),
            users=tuple(self.users), labels=tuple(self.labels), starts=tuple(self.starts.values()),
        )

    def _end(self) -> None:
        if self.stage is not None:
            self._ended[self.stage.number] = self.scope
            if self.stage.name:
                self._names.add(self.stage.name.lower())
