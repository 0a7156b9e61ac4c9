"""The files and folders that a command makes, by a table of commands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certify.shell.options import arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from certify.shell.items import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a command writes to (several paths if a loop chooses), and where it stands (offsets).

    ``prefix`` is a place that software is installed into, and ``scratch`` one that may as well serve the build alone;
    ``folder`` is a mere empty folder.
    """

    paths: tuple[str, ...]
    what: str
    start: int
    end: int
    prefix: bool = False
    folder: bool = False
    scratch: bool = False

    @classmethod
    def at(cls, word: Word, paths: tuple[str, ...], what: str, *, prefix: bool = False, folder: bool = False,
           scratch: bool = False) -> Target:
        """A target that stands where a word stands."""
        return cls(paths=paths, what=what, start=word.start, end=word.end, prefix=prefix, folder=folder, scratch=scratch)


def of(words: Sequence[Word]) -> Iterator[Target]:
    """The targets of a command's words; a relative path counts from the command's folder."""
    name = words[0].value.rpartition("/")[2]
    reader = _COMMANDS.get(name)
    if reader is not None:
        yield from reader(name, words)


# What each takes with a value: else that would be an operand.
_TAKES = {
    **dict.fromkeys(("cp", "mv", "ln"), "t S target-directory suffix"),
    "install": "g m o S t group mode owner strip-program suffix target-directory",
    "mkdir": "m mode", "tee": "", "sponge": "", "touch": "d r t date reference", "truncate": "r s reference size",
    "scp": "c F i J l o P S",
    "rsync": "e f M B T exclude include exclude-from include-from files-from filter rsh chmod chown usermap groupmap bwlimit "
             "log-file temp-dir partial-dir compare-dest copy-dest link-dest max-size min-size timeout port backup-dir suffix",
}
_TAR = ("C f b T X g K N V F H I L directory file files-from exclude-from exclude transform strip-components "
        "use-compress-program owner group mode format mtime")
_VENV = "p python prompt"
_CURL = ("A b c C d D e E F h H K m o P Q r t T u U w x X y Y z output output-dir header data data-raw data-binary user "
         "user-agent retry retry-delay retry-max-time max-time connect-timeout cacert cert key proxy referer request range "
         "cookie cookie-jar form url dump-header limit-rate max-filesize resolve write-out config speed-limit speed-time")
_WGET = ("a A B D e i I l n o O P Q R t T U w X output-document directory-prefix output-file append-output header user password "
         "tries timeout wait user-agent input-file post-data ca-certificate execute quota limit-rate cut-dirs")
_GIT = "b c C j o u branch config depth jobs origin reference separate-git-dir template upload-pack shallow-since"


def _copy(name: str, words: Sequence[Word]) -> Iterator[Target]:
    """The last of two or more operands, unless -t or --target-directory names the folder."""
    given = arguments(words[1:], _TAKES[name])
    named = list(given.values("-t", "--target-directory"))
    if named:
        yield from (Target.at(word, word.values, f"{name} {option}") for option, word in named)
    elif len(given.operands) > 1 and not _is_remote(name, given.operands[-1]):
        yield Target.at(given.operands[-1], given.operands[-1].values, name)


def _is_remote(name: str, word: Word) -> bool:
    return name in ("rsync", "scp") and ":" in word.value.partition("/")[0]


def _install(name: str, words: Sequence[Word]) -> Iterator[Target]:
    if {"-d", "--directory"} & arguments(words[1:], _TAKES[name]).flags:
        yield from _folders(name, words)
    else:
        yield from _copy(name, words)


def _folders(name: str, words: Sequence[Word]) -> Iterator[Target]:
    for word in arguments(words[1:], _TAKES[name]).operands:
        yield Target.at(word, word.values, name, folder=True)


def _each(name: str, words: Sequence[Word]) -> Iterator[Target]:
    for word in arguments(words[1:], _TAKES[name]).operands:
        yield Target.at(word, word.values, name)


def _tar(name: str, words: Sequence[Word]) -> Iterator[Target]:
    """The folder that tar unpacks in; packing only reads there."""
    given = arguments(_dashed(words[1:]), _TAR)
    if {"-x", "--extract", "--get"} & given.flags:
        named = list(given.values("-C", "--directory", "--one-top-level"))
        yield from (Target.at(word, word.values, f"{name} {option}") for option, word in named[-1:])
        if not named:
            yield Target.at(words[0], (".",), name)


def _dashed(words: Sequence[Word]) -> list[Word]:
    """``xzfC a.tgz /opt``, as it was written before options had dashes: ``-xz -f a.tgz -C /opt``."""
    first, rest = words[:1], list(words[1:])
    if not first or first[0].value.startswith("-"):
        return list(words)
    kind, letters = type(first[0]), first[0].value
    found: list[Word] = []
    for letter in letters:
        found.append(kind(values=(f"-{letter}",), start=first[0].start, end=first[0].end))
        if letter in "fCbTXgKNVFHIL" and rest:
            found.append(rest.pop(0))
    return [*found, *rest]


def _unzip(name: str, words: Sequence[Word]) -> Iterator[Target]:
    given = arguments(words[1:], "d P")
    named = list(given.values("-d"))
    yield from (Target.at(word, word.values, f"{name} -d") for _, word in named)
    if not named and given.operands and not {"-l", "-t", "-p", "-v", "-z", "-Z"} & given.flags:
        yield Target.at(words[0], (".",), name)


def _seven(name: str, words: Sequence[Word]) -> Iterator[Target]:
    if len(words) > 1 and words[1].value in ("x", "e"):
        yield from (Target.at(word, tuple(value[2:] for value in word.values), f"{name} -o") for word in words[2:]
                    if word.value.startswith("-o"))


def _curl(name: str, words: Sequence[Word]) -> Iterator[Target]:
    given = arguments(words[1:], _CURL)
    folder = next((f"{word.value}/" for _, word in given.values("--output-dir")), "")
    for option, word in given.values("-o", "--output"):
        if word.value != "-":
            yield Target.at(word, tuple(_below(folder, value) for value in word.values), f"{name} {option}")
    if {"-O", "--remote-name", "--remote-name-all"} & given.flags:
        yield from _fetched(f"{name} -O", folder, given.operands)


def _below(folder: str, path: str) -> str:
    return path if path.startswith(("/", "\0")) else folder + path


def _wget(name: str, words: Sequence[Word]) -> Iterator[Target]:
    given = arguments(words[1:], _WGET)
    named = list(given.values("-O", "--output-document"))
    for option, word in named:
        if word.value != "-":
            yield Target.at(word, word.values, f"{name} {option}")
    into = list(given.values("-P", "--directory-prefix")) if not named else []
    yield from (Target.at(word, word.values, f"{name} {option}") for option, word in into)
    if not named and not into and "--spider" not in given.flags:
        yield from _fetched(name, "", given.operands)


def _fetched(what: str, folder: str, urls: Sequence[Word]) -> Iterator[Target]:
    """Files that have the name of what is fetched."""
    for word in urls:
        path = re.sub(r"[?#].*", "", word.value.rstrip("/"), flags=re.DOTALL).rpartition("/")[2]
        yield Target.at(word, (folder + path,), what)


def _git(name: str, words: Sequence[Word]) -> Iterator[Target]:
    given = arguments(words[1:], _GIT)
    if len(given.operands) < 2 or given.operands[0].value != "clone":
        return
    base = next((f"{word.value}/" for word in words[2:3] if words[1].value == "-C"), "")
    url, *where = given.operands[1:3]
    if where:
        yield Target.at(where[0], tuple(_below(base, value) for value in where[0].values), f"{name} clone")
    else:
        place = re.split(r"[/:]", url.value.rstrip("/").removesuffix(".git"))[-1]
        yield Target.at(url, (base + place,), f"{name} clone")


def _python(_name: str, words: Sequence[Word]) -> Iterator[Target]:
    if len(words) > 3 and words[1].value == "-m" and words[2].value in ("venv", "virtualenv"):
        yield from _environment(words[2].value, words[2:])


def _environment(name: str, words: Sequence[Word]) -> Iterator[Target]:
    for word in arguments(words[1:], _VENV).operands:
        yield Target.at(word, word.values, name, prefix=True, scratch=True)


def _uv(_name: str, words: Sequence[Word]) -> Iterator[Target]:
    if len(words) > 1 and words[1].value == "venv":
        yield from _environment("uv venv", words[1:])


def _dd(_name: str, words: Sequence[Word]) -> Iterator[Target]:
    for word in words[1:]:
        if word.value.startswith("of="):
            yield Target.at(word, tuple(value.removeprefix("of=") for value in word.values), "dd")


_COMMANDS: dict[str, Callable[[str, Sequence[Word]], Iterator[Target]]] = {
    **dict.fromkeys(("cp", "mv", "ln", "rsync", "scp"), _copy),
    **dict.fromkeys(("touch", "tee", "sponge", "truncate"), _each),
    **dict.fromkeys(("python", "python3"), _python), **dict.fromkeys(("tar", "bsdtar", "gtar"), _tar),
    **dict.fromkeys(("7z", "7za", "7zr", "7zz"), _seven),
    "install": _install, "mkdir": _folders, "virtualenv": _environment, "uv": _uv, "git": _git, "dd": _dd,
    "unzip": _unzip, "curl": _curl, "wget": _wget,
}
