"""A tool that only root can use, where nobody is root.

At the site a container runs as its user, with setuid off: sudo, su and gosu fail in a start command or a
test, as do systemctl, service and sshd, and ports below 1024 cannot be opened. The same holds for a wrapper that a
step writes. In a step sudo only does nothing, as a step is root already; take it away, so that the image needs no
sudo. Shell text that asks first who it is (``id -u``) is left alone; EXPOSE only says something, and opens nothing.

Bad::

    entrypoint: [gosu, tool, /opt/tool/bin/tool]

Good::

    entrypoint: [/opt/tool/bin/tool]
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import at, commands
from certify.rules.env1_texts import texts
from certify.rules.hit import Hit
from certify.rules.subject import Script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.env1_texts import Text
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "PRM306"
NAME = "needs-root-tool"
SEVERITY = Severity.WARNING

HELP = "start the program itself, as the user who calls it"
_STEP_HELP = "a step is root already: leave sudo out"

_SWITCHING = ("sudo", "su", "gosu", "su-exec", "runuser", "doas", "setpriv", "chroot")
_SERVICES = ("systemctl", "service", "sshd", "init", "systemd")
_TOOLS = frozenset({*_SWITCHING, *_SERVICES})
_TRACE = pattern(rf"\b(?:{'|'.join(map(re.escape, (*_SWITCHING, *_SERVICES)))})\b")
_SUDO = pattern(r"\bsudo\b")
_SEPARATOR = pattern(r"[;&|(`]|(?<!\\)\n")
_WORD = pattern(r"\S+")
_PORT = pattern(r"(?:--(?:port|listen-port|http-port)=|--(?:bind|listen|host)=\S*:|(?:0\.0\.0\.0|\[::\]|\*):)([1-9]\d{0,3})")
_PORT_FOLLOWS = frozenset({"--port", "--listen-port", "--http-port"})
_WRAPPED = pattern(r"\b(?:sudo|su|gosu|su-exec|runuser|systemctl|sshd)\b")
_ASKS = pattern(r"\bid\s+-u|\bE?UID\b|\bwhoami\b")


class _Named(NamedTuple):
    """A tool, and where it stands in the text."""

    name: str
    start: int
    end: int


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the start commands, at the tests, and for sudo in the steps."""
    read = any(script.kind == "start" for script in subject.scripts)    # the same commands, as shell text
    for route, words in subject.starts:
        message = _port(words) or (None if read else _start(words))
        if message:
            yield Hit(route=route, message=message, help=HELP)
    for script in subject.scripts:
        yield from _sudo(script) if script.kind == "step" else _tools(script)
    for text in texts(subject, _WRAPPED):
        yield from _in_wrapper(text)


def _start(words: tuple[str, ...]) -> str | None:
    name = words[0].rpartition("/")[2] if words else ""
    if name in _TOOLS:
        return f"the image starts with {name}, which only root can use"
    if name in ("sh", "bash", "dash") and len(words) > 2 and "c" in words[1]:
        hits = list(_tools(Script(route=(), text=words[2], where="the start command", kind="test")))
        return hits[0].message if hits else None
    return None


def _port(words: tuple[str, ...]) -> str | None:
    joined = (f"{word}={words[at + 1]}" if word in _PORT_FOLLOWS and words[at + 1:] else word for at, word in enumerate(words))
    ports = [found[1] for found in map(_PORT.fullmatch, joined) if found and int(found[1]) < 1024]
    return f"the image opens port {ports[0]}, which only root may" if ports else None


def _in_wrapper(text: Text) -> Iterator[Hit]:
    """A program of the image that is shell text; what the recipe copies or writes, once for each file."""
    if text.kind != "sh" or not text.is_program or _ASKS.search(text.text):
        return
    from certify.shell.settings import Setting  # where shell text is read

    for command in commands(Script(route=text.route, text=text.text, where=text.path), _WRAPPED):
        tool = _tool(command)
        if tool is not None:
            place = Setting(name=tool.name, value="", start=tool.start, end=tool.end, how=text.how)
            yield text.hit(place, f"{tool.name}, which only root can use, is in", HELP)
            return


def _tools(script: Script) -> Iterator[Hit]:
    for command in commands(script, _TRACE) if not _ASKS.search(script.text) else ():
        tool = _tool(command)
        if tool is not None:
            message = f"{tool.name} in {script.where}: only root can use it, and users never are"
            yield at(script, command.lines, tool.start, tool.end, message, HELP)
            return


def _sudo(script: Script) -> Iterator[Hit]:
    """One hit for each script: whoever writes sudo writes it everywhere."""
    for command in commands(script, _SUDO):
        tool = _wrapper(command)
        if tool is not None and tool.name == "sudo":
            yield at(script, command.lines, tool.start, tool.end, f"sudo in {script.where}", _STEP_HELP)
            return


def _tool(command: Simple) -> _Named | None:
    """The tool that a command is, with all of its words, or the one that runs it."""
    if command.name in _TOOLS:
        words = command.command.words
        return _Named(command.name, words[0].start, words[-1].end)
    return _wrapper(command)


def _wrapper(command: Simple) -> _Named | None:
    """The tool that runs the command for another user: it stands before it, after the last separator."""
    before = command.before
    begin = max((found.end() for found in _SEPARATOR.finditer(before)), default=0)
    for word in _WORD.finditer(before, begin):
        name = word[0].strip("\"'").rpartition("/")[2]
        if name in _SWITCHING:
            start = command.start - len(before) + word.end() - len(word[0].lstrip("\"'"))
            return _Named(name, start, start + len(word[0].strip("\"'")))
    return None
