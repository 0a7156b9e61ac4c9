"""The image starts with a tool that only root can use, where nobody is root.

At the site a container runs as its user, with setuid off: sudo, su and gosu fail in a start command, as do systemctl and
sshd, and ports below 1024 cannot be opened. Looked at are the words of the start command, and its script if it is one of a
shell. A script that asks first whether it is root (``id -u``) is fine, as it does without where it is not.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.image import ImageConfig
    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PRM306"
NAME = "needs-root-tool"
SEVERITY = Severity.WARNING
HELP = "start the program itself, as the user who calls it"

_CONFIG: Final = "/.certify/image.json"
_TOOLS: Final = frozenset({"sudo", "su", "gosu", "su-exec", "runuser", "doas", "setpriv", "chroot", "systemctl", "service",
                           "sshd", "init", "systemd"})
_KEYWORDS: Final = frozenset({"if", "then", "else", "elif", "do", "while", "until", "exec", "command", "!", "{"})
_SEPARATORS: Final = re.compile(r"[;&|()\n]")
_ASKS: Final = re.compile(r"\bid\s+-u|\bEUID\b|\bUID\b|\bwhoami\b")
_COMMENT: Final = re.compile(r"(?m)^[ \t]*#.*$")
_PORT: Final = re.compile(r"(?:--(?:port|listen-port|http-port)=|--(?:bind|listen|host)=\S*:)([1-9]\d{0,3})")
_SHELLS: Final = frozenset({"sh", "bash", "dash", "ash"})
_SCRIPT_SIZE: Final = 1 << 16       # bytes of a start script that are read
_WORDS: Final = 8                    # words of a command that are looked at: its keywords, name and an argument
_MOST: Final = 100                  # folders of PATH that are looked in


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """At most one hit on the words, and one on the script."""
    words = image.config.entrypoint
    if not words:
        return
    name = words[0].rpartition("/")[2]
    port = next((found[1] for found in map(_PORT.fullmatch, words) if found and int(found[1]) < 1024), None)
    tool = name if name in _TOOLS else _in_script(words[2]) if name in _SHELLS and len(words) > 2 and "c" in words[1] else None
    if tool is not None:
        yield Hit(path=_CONFIG, message=f"the image starts with {tool}, which only root can use")
    elif port is not None:
        yield Hit(path=_CONFIG, message=f"the image opens port {port}, which only root may")
    program = words[1] if name in _SHELLS and len(words) > 1 and not words[1].startswith("-") else words[0]
    place = _place(image, program)
    if place is not None and (tool := _in_script(_script(image, place))):
        yield Hit(path=place, message=f"{place} starts {tool}, which only root can use")


def _place(image: ImageTree, program: str) -> str | None:
    """The file that a program's name means: where it stands, or the first of PATH."""
    names = [program] if "/" in program else [f"{folder}/{program}" for folder in _folders(image.config)]
    places = (image.resolve(name) for name in names if name.startswith("/"))
    return next((place for place in places if place is not None and image.is_file(place)), None)


def _folders(config: ImageConfig) -> list[str]:
    return config.environment.get("PATH", "/usr/local/bin:/usr/bin:/bin").split(":")[:_MOST]


def _script(image: ImageTree, path: str) -> str:
    """The text of a shell's script, without lines that are comments; nothing if it is none."""
    text = image.head(path, _SCRIPT_SIZE).decode("utf-8", "replace")
    first, _, rest = text.partition("\n")
    words = re.split(r"[\s/]+", first[2:]) if first.startswith("#!") else []
    return _COMMENT.sub("", rest) if _SHELLS.intersection(words) else ""


def _in_script(text: str) -> str | None:
    """The first such tool among the commands of a script, with something to do; None if the script asks who it is."""
    if _ASKS.search(text):
        return None
    for command in _SEPARATORS.split(text):
        words = itertools.dropwhile(_KEYWORDS.__contains__, command.split(None, _WORDS))
        name = next(words, "").rpartition("/")[2]
        if name in _TOOLS and next(words, None) is not None:
            return name
    return None
