"""COPY, ADD, WORKDIR and VOLUME: what is put where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.containerfile.expand import expand
from certify.containerfile.words import Token
from certify.rules.subject import Fetch, Put, Written
from certify.shell.fold import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from builder.recipe import Route
    from certify.containerfile.instruction import Instruction
    from certify.containerfile.lines import Heredoc
    from certify.containerfile.mapped import Mapped
    from certify.containerfile.state import State

    Operand = tuple[Mapped, Token]

MAX_PATH = 4096     # a path that only grows from WORKDIR to WORKDIR is none

_URL = re.compile(r"(?:https?|ftp|git|ssh)://|git@", re.IGNORECASE)
_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")


def copy(state: State, instruction: Instruction) -> None:
    """COPY: from the folder of the file, from a stage, from an image, or from here-documents."""
    flag = instruction.flag("from")
    if flag is not None:
        text = state.expand(instruction, flag.value.start, flag.value.end, as_written=True)
        state.copies_from(state.place(instruction, ("from",), flag.value, text), text.text)
        if text.text.isdecimal() and not state.later and not state.has_ended(int(text.text[:6])):
            state.fault(instruction, flag.value, f"there is no stage {text.text[:40]} before this one")
    _transfer(state, instruction, local=flag is None)


def add(state: State, instruction: Instruction) -> None:
    """ADD: as COPY, but from the network too."""
    _transfer(state, instruction, local=True)


def workdir(state: State, instruction: Instruction) -> None:
    """WORKDIR: makes a folder, and what is relative starts there."""
    token = Token(instruction.start, instruction.end)
    text = state.expand(instruction, token.start, token.end)
    state.scope.workdir = (_absolute(state, text.text) or UNKNOWN)[:MAX_PATH]
    if state.scope.posix and state.scope.workdir.startswith("/"):
        state.puts.append(Put(route=state.place(instruction, ("to",), token, text), path=state.scope.workdir, what="WORKDIR",
                              shipped=state.shipped, given=instruction.text(token)))


def volume(state: State, instruction: Instruction) -> None:
    """VOLUME: folders that an engine puts a volume over."""
    operands = _operands(state, instruction, sources=False)
    if not operands or not all(text.text for text, _ in operands):
        state.fault(instruction, instruction.token, "VOLUME needs the path of a folder")
    for number, (text, token) in enumerate(operands):
        path = _absolute(state, text.text)
        if path and state.scope.posix:
            state.puts.append(Put(route=state.place(instruction, ("volume", number), token, text), path=path,
                                  what="VOLUME", shipped=state.shipped, given=instruction.text(token)))


def _transfer(state: State, instruction: Instruction, *, local: bool) -> None:
    operands = _operands(state, instruction, sources=True)
    if len(operands) < 2:
        state.fault(instruction, instruction.token, f"{instruction.keyword} needs a source and a destination")
        return
    *sources, (text, token) = operands
    route, path = state.place(instruction, ("to",), token, text), _absolute(state, text.text)
    if path is not None:
        _take_written(state, instruction, sources, path)
    if local and instruction.keyword == "ADD":
        _take_fetched(state, instruction, sources)
    if path is None or not state.scope.posix:
        return
    owner = _owner(state, instruction)
    for source in _local(instruction, sources) if local else [None]:
        state.puts.append(Put(route=route, path=path, what=instruction.keyword, source=source, mode=_mode(instruction),
                              shipped=state.shipped, given=instruction.text(token), owner=owner))


def _take_fetched(state: State, instruction: Instruction, sources: Sequence[Operand]) -> None:
    for number, (text, token) in enumerate(sources):
        if _URL.match(text.text):
            state.fetches.append(Fetch(route=state.place(instruction, ("source", number), token, text),
                                       url=text.text, sha256=_checksum(state, instruction), what="ADD",
                                       shipped=state.shipped))


def _take_written(state: State, instruction: Instruction, sources: Sequence[Operand], path: str) -> None:
    heredocs = {heredoc.mark.token: heredoc for heredoc in instruction.heredocs}
    for number, (_, token) in enumerate(sources):
        if token in heredocs:
            name = path + heredocs[token].mark.name if path.endswith("/") else path
            route, text = _text(state, instruction, number, heredocs[token])
            state.written.append(Written(route=route, path=name, text=text, shipped=state.shipped))


def _text(state: State, instruction: Instruction, number: int, heredoc: Heredoc) -> tuple[Route, str]:
    """A here-document's text, and its route: that has the place of the destination, and within it the text's."""
    body = heredoc.body
    if not heredoc.mark.literal:
        body = expand(body, 0, len(body.text), state.scope.lookup, quotes=False, as_written=True)
    route = (*instruction.route, "written", number)
    state.document.places[route] = state.document.places[(*instruction.route, "to")]
    state.document.texts[route] = body
    return route, body.text


def _local(instruction: Instruction, sources: Sequence[Operand]) -> list[str | None]:
    """The sources in the folder of the file, None for those in the network; here-documents are told as written."""
    marks = {heredoc.mark.token for heredoc in instruction.heredocs}
    return [None if _URL.match(text.text) else text.text for text, token in sources if token not in marks]


def _operands(state: State, instruction: Instruction, *, sources: bool) -> list[Operand]:
    """The arguments; of sources, all but the last, what only the build knows stays as it is written."""
    given = instruction.strings()
    if given is None:
        given = [(instruction.line.part(token.start, token.end), token) for token in instruction.words()]
    last = len(given) - 1
    return [(state.expand(instruction, 0, len(text.text), line=text, as_written=sources and at < last), token)
            for at, (text, token) in enumerate(given)]


def _absolute(state: State, path: str) -> str | None:
    """A path from the root; None if that cannot be told. A final slash stays: it means a folder."""
    if not path.startswith(("/", UNKNOWN)):
        path = f"{state.scope.workdir.rstrip('/')}/{path}"
    return path if path.startswith("/") else None


def _mode(instruction: Instruction) -> str | None:
    flag = instruction.flag("chmod")
    return None if flag is None else instruction.text(flag.value)


def _owner(state: State, instruction: Instruction) -> tuple[Route, str] | None:
    flag = instruction.flag("chown")
    if flag is None:
        return None
    text = state.expand(instruction, flag.value.start, flag.value.end, as_written=True)
    return state.place(instruction, ("chown",), flag.value, text), text.text


def _checksum(state: State, instruction: Instruction) -> str | None:
    flag = instruction.flag("checksum")
    text = "" if flag is None else state.expand(instruction, flag.value.start, flag.value.end).text
    match = _SHA256.fullmatch(text)
    return match[1] if match else None
