"""RUN, SHELL, CMD and ENTRYPOINT: shell text, as the shell will read it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from certify.containerfile import mounts
from certify.containerfile.expand import expand
from certify.containerfile.mapped import Mapped
from certify.containerfile.shells import SHELLS, of_words, replaced
from certify.containerfile.words import Token
from certify.rules.subject import Script

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from builder.recipe import Route
    from certify.containerfile.instruction import Instruction
    from certify.containerfile.mapped import Piece
    from certify.containerfile.state import State

_PLAIN_WORD = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_RUNS_TEXT = re.compile(r"-[a-z]*c[a-z]*")
_COMMENT = re.compile(r"(?:^|(?<=\s))#", re.MULTILINE)
_SHEBANG = re.compile(r"#!\s*(?:\S*/env\s+(?:-S\s*)?)?(\S+)")
_FROM = re.compile(r"(?:^|,)from=([^,]+)")


def run(state: State, instruction: Instruction) -> None:
    """RUN: shell text, a list of words, or here-documents."""
    for flag in instruction.flags:
        if flag.name == "mount":
            mounts.judge(state, instruction, flag.value)
        _mounted(state, instruction, flag.name, flag.value)
    script, shell = _exec_form(instruction), "bash"     # in a list of words the author has chosen the shell
    if script is None:
        script, shell = _shell_form(state, instruction), state.scope.reader
    if script is not None:
        _comments(state, script)
        route = _note(state, instruction, "run", script)
        state.scripts.append(Script(route=route, text=script.text, where=_where(state, instruction),
                                    known=state.known(), shipped=state.shipped, shell=_chosen(script.text, shell),
                                    folder=state.scope.workdir if state.scope.workdir.startswith("/") else ""))
        if replaced(script.text):
            state.scope.system = "bash"


def _chosen(text: str, shell: str) -> str:
    """The shell of a text, which may name its own: one that is no bash at heart, or bash, which has all of sh."""
    match = _SHEBANG.match(text)
    named = _base(match[1]) if match else ""
    return named if named in ("zsh", "ksh") else "bash" if match else shell


def shell(state: State, instruction: Instruction) -> None:
    """SHELL: from here on shell text is for another one."""
    given = instruction.strings()
    if not given:
        state.fault(instruction, Token(instruction.start, instruction.end), "SHELL takes a list of strings in JSON")
        return
    name = of_words([text.text for text, _ in given])
    state.scope.posix, state.scope.shell = name is not None, name or state.scope.shell


def start(state: State, instruction: Instruction) -> None:
    """CMD and ENTRYPOINT: the last one of each counts, and its shell text is judged too."""
    given = instruction.strings()
    whole = Token(instruction.start, instruction.end)
    script = _exec_form(instruction) if given is not None else instruction.line.part(whole.start, whole.end)
    if state.at_once:
        _replace(state, instruction.keyword)
    if script is None or not state.shipped:
        return
    route = _note(state, instruction, "start", script)
    words = tuple(text.text for text, _ in given) if given is not None else _split(script.text)
    if state.at_once:
        state.starts[instruction.keyword] = (route, words)
    if given is not None or state.scope.posix:
        state.scripts.append(Script(route=route, text=script.text, where=_where(state, instruction), kind="start",
                                    known=state.known(), shipped=state.shipped))


def _replace(state: State, keyword: str) -> None:
    """Forget the command of before, and with a new ENTRYPOINT the CMD for the old one."""
    state.starts.pop(keyword, None)
    state.inherited.discard(keyword)
    if keyword == "ENTRYPOINT" and "CMD" in state.inherited:
        state.starts.pop("CMD", None)


def _note(state: State, instruction: Instruction, name: str, script: Mapped) -> Route:
    route = (*instruction.route, name)
    state.document.places[route] = script.place(0, len(script.text))
    state.document.texts[route] = script
    return route


def _where(state: State, instruction: Instruction) -> str:
    return f"{'ONBUILD ' if state.later else ''}{instruction.keyword} in line {instruction.number}"


def _shell_form(state: State, instruction: Instruction) -> Mapped | None:
    heredocs = instruction.heredocs
    whole = Token(instruction.start, instruction.end)
    if len(heredocs) == 1 and heredocs[0].mark.token == whole:
        return _body(state, instruction)
    if not state.scope.posix:
        return None
    if not heredocs:
        return instruction.line.part(whole.start, whole.end)
    return Mapped(_with_bodies(instruction), instruction.line.place(whole.start, whole.start)[0])


def _with_bodies(instruction: Instruction) -> Iterator[Piece]:
    """The line and its here-documents, as the shell itself gets to read them."""
    yield from instruction.line.cut(instruction.start, instruction.end)
    for heredoc in instruction.heredocs:
        begin, end = heredoc.body.place(0, len(heredoc.body.text))
        yield "\n", begin, begin
        yield from heredoc.body.cut(0, len(heredoc.body.text))
        yield heredoc.mark.name, end, end


def _body(state: State, instruction: Instruction) -> Mapped | None:
    """A here-document that is the whole RUN: a script for the shell, or for the interpreter that it names.

    Text for another interpreter becomes what would feed it by hand: ``python3 - <<'EOF'``.
    """
    heredoc = instruction.heredocs[0]
    body = heredoc.body
    match = _SHEBANG.match(body.text)
    name = _base(match[1]) if match else ""
    if name in SHELLS or (not match and state.scope.posix):
        return body
    if not match:
        return None
    begin, end = body.place(0, len(body.text))
    head = f"{shlex.quote(match[1])} - <<'{heredoc.mark.name}'\n"
    return Mapped([(head, begin, begin), *body.cut(0, len(body.text)), (heredoc.mark.name, end, end)])


def _exec_form(instruction: Instruction) -> Mapped | None:
    """A list of words as shell text: what follows ``bash -c`` itself, other words in quotes where they need it."""
    given = instruction.strings()
    if not given:
        return None
    texts = [text for text, _ in given]
    if len(texts) > 2 and _base(texts[0].text) in SHELLS:
        at = next((at for at, text in enumerate(texts[1:-1], 1) if _RUNS_TEXT.fullmatch(text.text)), None)
        if at is not None:
            return texts[at + 1]
    return Mapped(_quoted(texts), texts[0].anchor)


def _quoted(texts: Sequence[Mapped]) -> Iterator[Piece]:
    for number, text in enumerate(texts):
        begin, end = text.place(0, len(text.text))
        if number:
            yield " ", begin, begin
        if _PLAIN_WORD.fullmatch(text.text):
            yield from text.cut(0, len(text.text))
        else:
            yield shlex.quote(text.text), begin, end


def _mounted(state: State, instruction: Instruction, name: str, value: Token) -> None:
    match = _FROM.search(instruction.line.text, value.start, value.end) if name == "mount" else None
    if match is not None:
        token = Token(*match.span(1))
        text = expand(instruction.line, token.start, token.end, state.scope.lookup, escape=instruction.escape, as_written=True)
        state.copies_from(state.place(instruction, ("mount", token.start), token, text), text.text)


def _comments(state: State, script: Mapped) -> None:
    """Note what may be a comment of the shell: from the sign to the end of its line in the file."""
    last = 0
    for match in _COMMENT.finditer(script.text) if "#" in script.text else ():
        begin = script.place(*match.span())[0]
        if begin >= last:
            last = state.document.line_end(begin)
            state.document.comment(begin, last)


def _split(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:      # quotes that do not close
        return tuple(text.split())


def _base(word: str) -> str:
    return word.rpartition("/")[2]
