"""The instructions of a Containerfile as text, with everything in them escaped: what they say stays what was meant.

Three readers follow each other, and each has its own special characters: the file is lines, of which a backslash at the
end joins two; the lists are JSON; and in ENV, WORKDIR and COPY variables are replaced. Written for buildah 1.28, which
knows no heredocs and silently forgets the rest of a file after a line of more than 64 KiB.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from builder import buildah
from builder.errors import Fault
from builder.normalise import MOUNTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST: Final = 8000     # characters of a line, roughly: at most 4 bytes each
_PIECES: Final = re.compile(r"\\u[0-9a-f]{4}|\\.|[^\\]", re.DOTALL)


def comment(text: str) -> str:
    """A line for people; it is never an instruction or a directive, whatever the text is."""
    return "# " + "".join(letter if letter.isprintable() else "?" for letter in text)


def run(command: Sequence[str], env: Mapping[str, str], bind: str | None = None) -> str:
    """A command with just this environment; ``bind`` is a folder of the context that it sees, read-only."""
    mount = f"--mount=type=bind,source={bind},target={MOUNTED} " if bind else ""
    seen = {"HOSTNAME": buildah.HOSTNAME, **env, **buildah.FIXED}
    # env takes what has a = for a variable, even if it is the path of the program.
    safe = command if "=" not in command[0] else ("/bin/sh", "-c", 'exec "$0" "$@"', *command)
    words = ("/usr/bin/env", "-i", *(f"{name}={value}" for name, value in sorted(seen.items())), *safe)
    return f"RUN {mount}{_list(words)}"


def add(tar: str) -> str:
    """Unpack a tar of the context over the root."""
    return f"ADD {_list((tar, '/'))}"


def copy(source: str, to: str, mode: str | None = None, stage: str | None = None) -> str:
    """Copy a file, or the content of a folder, from the context or from a stage.

    Raises Fault for a source that buildah would take for a pattern: it looks for what a pattern has found as for a pattern
    again, so a set of letters cannot be meant literally.
    """
    if "[" in source or "\\" in source:
        raise Fault(f"{source}: buildah cannot copy what has [ or \\ in its path", hint="copy its folder, or name it otherwise")
    options = (*((f"--from={stage}",) if stage else ()), "--chown=0:0", *((f"--chmod={mode}",) if mode else ()))
    pattern = re.sub(r"[*?]", lambda match: f"[{match[0]}]", source)
    return f"COPY {' '.join(options)} {_list((_word(pattern), _word(to)))}"


def env(name: str, value: str) -> str:
    """A variable of the image."""
    return folded(f'ENV {name}="{_quoted(value)}"')


def workdir(path: str) -> str:
    """Where programs of the image start."""
    return f'WORKDIR "{_quoted(path)}"'


def entrypoint(command: Sequence[str]) -> str:
    """What the image runs when nothing else is asked for."""
    return f"ENTRYPOINT {_list(command)}"


def folded(text: str) -> str:
    """A line in pieces that a parser takes; it is broken only where neither side can be taken for something else."""
    lines, line = [], ""
    pieces = _PIECES.findall(text)
    for piece, after in zip(pieces, (*pieces[1:], ""), strict=True):
        line += piece
        if len(line) >= _MOST and piece[-1] not in "\\ \t" and after[:1] not in ("", " ", "\t", "#"):
            lines.append(line)
            line = ""
    return "\\\n".join((*lines, line))


def _list(words: Sequence[str]) -> str:
    """A JSON list on one line of the parser's; shown as several where a word has several, as a person would write it."""
    return "[" + ", ".join(_json(word) for word in words) + "]"


def _json(word: str) -> str:
    escaped = json.dumps(word, ensure_ascii=False).replace("\x7f", "\\u007f")
    lines = [""]
    for piece in _PIECES.findall(escaped):
        lines[-1] += piece
        if piece == "\\n":
            lines.append("")
    first, *rest = [folded(line) for line in lines]
    start = "\\\n" if rest else ""
    return start + "\\\n".join((first, *map(_no_comment, rest)))


def _no_comment(line: str) -> str:
    """A line that does not look like a comment: the parser would drop it, even within a list."""
    rest = line.lstrip()
    return f"{line[:-len(rest)]}\\u0023{rest[1:]}" if rest.startswith("#") else line


def _word(text: str) -> str:
    return re.sub(r"""[\\$'"`]""", lambda match: f"\\{match[0]}", text)


def _quoted(text: str) -> str:
    return re.sub(r'[\\$"]', lambda match: f"\\{match[0]}", text)
