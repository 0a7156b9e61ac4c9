"""The files and folders that a command makes, by a table of commands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from certify.shell.items import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a command writes to (several paths if a loop chooses), and where it stands (offsets)."""

    paths: tuple[str, ...]
    what: str
    start: int
    end: int
    prefix: bool = False
    folder: bool = False

    @classmethod
    def at(cls, word: Word, paths: tuple[str, ...], what: str, *, prefix: bool = False,
           folder: bool = False) -> Target:
        """A target that stands where a word stands."""
        return cls(paths=paths, what=what, start=word.start, end=word.end, prefix=prefix, folder=folder)


def of(words: Sequence[Word]) -> Iterator[Target]:
    """The targets of a command's words."""
    name = words[0].value.rpartition("/")[2]
    reader = _COMMANDS.get(name)
    if reader is not None:
        yield from reader(name, words[1:])


def _copy(name: str, words: Sequence[Word]) -> Iterator[Target]:
    """The last of two or more operands, unless -t or --target-directory names the folder."""
    named = list(_after(name, words, ("-t", "--target-directory")))
    operands = _operands(words)
    if named:
        yield from named
    elif len(operands) > 1:
        yield Target.at(operands[-1], operands[-1].values, name)


def _install(name: str, words: Sequence[Word]) -> Iterator[Target]:
    folders = any(re.fullmatch(r"-[a-zA-Z]*d[a-zA-Z]*|--directory", word.value) for word in words)
    yield from _folders(name, words) if folders else _copy(name, words)


def _folders(name: str, words: Sequence[Word]) -> Iterator[Target]:
    for word in _operands(words):
        yield Target.at(word, word.values, name, folder=True)


def _each(name: str, words: Sequence[Word]) -> Iterator[Target]:
    for word in _operands(words):
        yield Target.at(word, word.values, name)


def _last(name: str, words: Sequence[Word]) -> Iterator[Target]:
    operands = _operands(words)
    if operands:
        yield Target.at(operands[-1], operands[-1].values, name)


def _tar(_name: str, words: Sequence[Word]) -> Iterator[Target]:
    """The folder of -C, where tar unpacks; packing only reads there."""
    unpacks = any(re.fullmatch(r"-[a-zA-Z]*x[a-zA-Z]*|--extract|--get", word.value) for word in words)
    if unpacks or (words and re.fullmatch(r"[a-zA-Z]*x[a-zA-Z]*", words[0].value)):
        yield from _after("tar", words, ("-C", "--directory", "--one-top-level"))


def _option(*options: str) -> Callable[[str, Sequence[Word]], Iterator[Target]]:
    return lambda name, words: _after(name, words, options)


def _git(_name: str, words: Sequence[Word]) -> Iterator[Target]:
    if words and words[0].value == "clone" and len(_operands(words)) > 2:
        yield from _last("git clone", words)


def _python(_name: str, words: Sequence[Word]) -> Iterator[Target]:
    if len(words) > 2 and words[0].value == "-m" and words[1].value in ("venv", "virtualenv"):
        yield from _last(words[1].value, words[2:])


def _dd(_name: str, words: Sequence[Word]) -> Iterator[Target]:
    for word in words:
        if word.value.startswith("of="):
            yield Target.at(word, (word.value.removeprefix("of="),), "dd")


def _after(name: str, words: Sequence[Word], options: tuple[str, ...]) -> Iterator[Target]:
    """The values of options: the next word, or glued (--option=value, -Cvalue)."""
    for number, word in enumerate(words):
        option = next((one for one in options if word.value.startswith(one)), None)
        if option is None:
            continue
        glued = word.value.removeprefix(option).removeprefix("=" if option.startswith("--") else "")
        if glued:
            yield Target.at(word, (glued,), f"{name} {option}")
        elif number + 1 < len(words):
            yield Target.at(words[number + 1], words[number + 1].values, f"{name} {option}")


def _operands(words: Sequence[Word]) -> list[Word]:
    return [word for word in words if not word.value.startswith("-")]


_COMMANDS: dict[str, Callable[[str, Sequence[Word]], Iterator[Target]]] = {
    **dict.fromkeys(("cp", "mv", "ln", "rsync", "scp"), _copy),
    **dict.fromkeys(("touch", "tee", "truncate"), _each),
    **dict.fromkeys(("python", "python3"), _python),
    "install": _install, "mkdir": _folders, "virtualenv": _last, "tar": _tar, "git": _git, "dd": _dd,
    "unzip": _option("-d"), "curl": _option("-o", "--output"),
    "wget": _option("-O", "--output-document", "-P"),
}
