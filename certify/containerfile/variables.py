"""ENV, ARG, LABEL and USER."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.containerfile.expand import expand
from certify.containerfile.words import Token
from certify.rules.secret_forms import names_secret
from certify.rules.subject import Variable
from certify.shell.fold import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.containerfile.instruction import Instruction
    from certify.containerfile.mapped import Mapped
    from certify.containerfile.state import State


def env(state: State, instruction: Instruction) -> None:
    """Lasting variables; each name and value is told before any of them is set."""
    found = [(_name(state, instruction, name), *_value(state, instruction, ("env", number), name, value))
             for number, (name, value) in enumerate(_pairs(state, instruction))]
    for key, route, text in found:
        title = "the image's environment" if state.shipped else f"the environment of {_stage(state)}"
        where = f"{title}, by ONBUILD" if state.later else title
        state.scope.set_env(key, text.text)
        state.variables.append(Variable(route=route, name=key, value=text.text, where=where, shipped=state.shipped))


def arg(state: State, instruction: Instruction) -> None:
    """Build arguments: a RUN after them sees them as variables."""
    for number, token in enumerate(instruction.words()):
        name, sign, _ = instruction.text(token).partition("=")
        start = token.start + len(name)
        if sign:
            route, text = _value(state, instruction, ("arg", number), Token(token.start, start), Token(start + 1, token.end))
            value: str | None = text.text
        else:
            route = state.place(instruction, ("arg", number), token)
            value = state.outside.args.get(name)
            value = state.scope.args.get(name) if value is None else value
        state.scope.set_arg(name, value)
        if value is not None or names_secret(name):     # what only the build knows matters to nobody else
            state.variables.append(Variable(route=route, name=name, value=UNKNOWN if value is None else value, lasting=False,
                                            where=f"an ARG of {_stage(state)}", shipped=state.shipped))


def label(state: State, instruction: Instruction) -> None:
    """Labels, of what becomes the image."""
    for number, (name, value) in enumerate(_pairs(state, instruction)):
        route, text = _value(state, instruction, ("label", number), name, value, as_written=True)
        if state.at_once:
            state.labels.append((route, _name(state, instruction, name), text.text))


def user(state: State, instruction: Instruction) -> None:
    """The user that the image, or the rest of its build, runs as."""
    token = Token(instruction.start, instruction.end)
    text = state.expand(instruction, token.start, token.end, as_written=True)
    route = state.place(instruction, ("user",), token, text)
    if state.at_once:
        state.users.append((route, text.text))


def _pairs(state: State, instruction: Instruction) -> Iterator[tuple[Token, Token]]:
    """Names and values, of ``a=b c=d`` and of the old ``a b``."""
    words = instruction.words()
    if "=" not in instruction.text(words[0]):
        if len(words) < 2:
            state.fault(instruction, words[0], f"{instruction.keyword} needs a value after the name")
            return
        yield words[0], Token(words[1].start, instruction.end)
        return
    for token in words:
        name, sign, _ = instruction.text(token).partition("=")
        if name and sign:
            yield Token(token.start, token.start + len(name)), Token(token.start + len(name) + 1, token.end)
        else:
            state.fault(instruction, token, f"{instruction.keyword} needs name=value here")


def _name(state: State, instruction: Instruction, name: Token) -> str:
    """A name, which may be written with quotes and variables too; a quote that goes on is told of the value."""
    return expand(instruction.line, name.start, name.end, state.scope.lookup, escape=instruction.escape, as_written=True).text


def _value(state: State, instruction: Instruction, tail: tuple[str, int], name: Token, value: Token, *,
           as_written: bool = False) -> tuple[tuple[str | int, ...], Mapped]:
    text = state.expand(instruction, value.start, value.end, as_written=as_written)
    route = state.place(instruction, tail, value, text)
    state.document.key_places[route] = instruction.line.place(name.start, name.end)
    return route, text


def _stage(state: State) -> str:
    return state.stage.title if state.stage is not None else "the file"
