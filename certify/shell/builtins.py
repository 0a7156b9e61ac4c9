"""What the words of a command mean: the variables that it sets, and the shell text that it runs."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from certify.shell.fold import UNKNOWN
from certify.shell.items import Assigned, Word
from certify.shell.output import formatted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

DECLARING = frozenset({"export", "declare", "typeset", "local", "readonly"})
SHELLS = frozenset({"sh", "bash", "dash", "ksh", "zsh", "rbash"})
_LOGINS = frozenset({"su", "runuser", "flock", "script", "sg"})
_LAUNCHERS = frozenset({"aprun", "conda", "flux", "ltrace", "mamba", "micromamba", "mpiexec", "mpirun", "orterun", "perf", "pixi",
                        "poetry", "prun", "prterun", "scl", "spack", "srun", "strace", "systemd-run", "valgrind", "watch"})
_AS_USER = re.compile(r"-u.*|--user(?:=.*)?")     # runuser then runs a command, not a shell
_WRAPPERS = frozenset({"builtin", "catchsegv", "chroot", "chrt", "command", "coproc", "doas", "env", "exec", "fakeroot",
                       "flock", "gosu", "ionice", "nice", "nohup", "numactl", "setarch", "setpriv", "setsid",
                       "stdbuf", "su-exec", "sudo", "taskset", "time", "timeout", "unbuffer", "unshare", "xargs",
                       "xvfb-run"})
_WITH_OPERAND = frozenset({"chroot", "flock", "gosu", "setarch", "su-exec", "taskset"})   # env needs none, chroot a folder
_SETTING = frozenset({"coproc", "doas", "env", "sudo", "time"})  # after these, A=b is an assignment

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(?:\[[^]]*\])?\+?=(.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*")
_WRAPPER_WORD = re.compile(r"[-+].*|\d+(\.\d+)?[smhd]?|[A-Za-z_]\w*=.*", re.DOTALL)
_WRAPPER_OPTION_WITH_WORD = frozenset({"-a", "-C", "-g", "-I", "-u", "--chdir", "--group", "--unset",
                                       "--user"})
_SHELL_OPTION_WITH_WORD = frozenset({"-o", "+o", "-O", "+O", "--rcfile", "--init-file"})
READ_OPTION_WITH_WORD = re.compile(r"-\w*[dinNptu]")


def unwrap(words: Sequence[Word]) -> tuple[Word, ...]:
    """The command that sudo, env, time and their like will run; the words themselves where there is none."""
    start = 0
    while start < len(words) and (_base(words[start]) in _WRAPPERS or _runs_as_user(words[start:start + 4])):
        operand = _base(words[start]) in _WITH_OPERAND
        if _base(words[start]) == "flock" and any(word.value == "-c" for word in words[start:start + 4]):
            break
        start += 1
        while start < len(words) and _WRAPPER_WORD.fullmatch(words[start].value):
            start += 2 if words[start].value in _WRAPPER_OPTION_WITH_WORD else 1
        start += operand and start < len(words)
    if start < len(words) and _base(words[start]) == "find":
        return _found(words[start:])
    return tuple(words[start:])


def _runs_as_user(words: Sequence[Word]) -> bool:
    return _base(words[0]) == "runuser" and any(_AS_USER.fullmatch(word.value) for word in words[1:])


def _found(words: Sequence[Word]) -> tuple[Word, ...]:
    """The command that ``find -exec`` runs."""
    after = itertools.dropwhile(lambda word: word.value not in ("-exec", "-execdir", "-ok"), words)
    inner = itertools.takewhile(lambda word: word.value not in (";", "+"), tuple(after)[1:])
    return tuple(inner) or tuple(words)


def wrapped_assignments(words: Sequence[Word]) -> Iterator[Assigned]:
    """What ``env A=b command`` and its like set."""
    inner = unwrap(words)
    wrapped = words and (_base(words[0]) in _WRAPPERS or _runs_as_user(words[:4]))
    wrappers = words[:len(words) - len(inner)] if wrapped else ()
    if _SETTING & {_base(word) for word in wrappers}:
        for word in wrappers:
            yield from _assignments(word, "env")


def assigned(words: Sequence[Word]) -> Iterator[Assigned]:
    """What a builtin sets: ``words`` are the command's, unwrapped."""
    setter = _SETTERS.get(words[0].value) if words else None
    if setter is not None:
        yield from setter(words)


def declares(words: Sequence[Word]) -> bool:
    """Whether a declaring builtin gives values; ``export -n`` takes a variable out of the environment."""
    return not (words[0].value == "export" and _has_flag(words, "n"))


def references(words: Sequence[Word]) -> bool:
    """Whether a declaring builtin makes names for other variables (``declare -n``)."""
    return words[0].value != "export" and _has_flag(words, "n")


def scripts(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """Words that, joined by spaces, are shell text that the command runs."""
    name = _base(words[0]) if words else ""
    if name == "eval":
        yield tuple(word for word in words[1:] if word.value != "--")
    elif name == "trap":
        yield tuple(word for word in words[1:2] if not word.value.startswith("-"))
    elif name in SHELLS or name in _LOGINS:
        yield from _after_c(words, stop=name in SHELLS)
    elif name in _LAUNCHERS:
        yield from _after_c(launched(words), stop=True)
    elif name == "alias":
        yield from (_glued(word) for word in words[1:] if "=" in word.value)
    elif name == "parallel":
        yield tuple(itertools.takewhile(lambda word: not word.value.startswith(":::"),
                                        itertools.dropwhile(lambda word: word.value.startswith("-"), words[1:])))


def launched(words: Sequence[Word]) -> tuple[Word, ...]:
    """The shell, with its words, that mpirun, ``conda run`` and their like start; nothing for other commands."""
    inner = itertools.dropwhile(lambda word: _base(word) not in SHELLS, words[1:])
    return tuple(inner) if words and _base(words[0]) in _LAUNCHERS else ()


def reads_script(words: Sequence[Word]) -> bool:
    """Whether the command is a shell that takes its text from its input."""
    name = _base(words[0]) if words else ""
    if name in (".", "source"):
        return len(words) > 1 and words[1].value in ("/dev/stdin", "/proc/self/fd/0", "/dev/fd/0")
    if name in ("su", "runuser"):
        return not any(re.fullmatch(r"-\w*c\w*|--command.*", word.value) for word in words[1:])
    return name in SHELLS and (_all_options(words[1:]) or any(word.value in ("-s", "/dev/stdin") for word in words[1:3]))


def _all_options(words: Sequence[Word]) -> bool:
    """With the names that follow them: ``-euo pipefail``."""
    before = ("", *(word.value for word in words))
    return all((word.value.startswith("-") and "c" not in word.value) or re.fullmatch(r"-\w*o", last)
               for last, word in zip(before, words, strict=False))


def _glued(word: Word) -> tuple[Word, ...]:
    """What an alias stands for."""
    return (Word(values=tuple(value.partition("=")[2] for value in word.values), start=word.start, end=word.end),)


def _after_c(words: Sequence[Word], *, stop: bool) -> Iterator[tuple[Word, ...]]:
    given, at = False, 1
    while at < len(words):
        value = words[at].value
        if value in _SHELL_OPTION_WITH_WORD:
            at += 1
        elif value == "--command" or re.fullmatch(r"-\w*c\w*", value):
            given = True
        elif not value.startswith(("-", "+")):
            if given:
                yield (words[at],)
            if given or stop:
                return
        at += 1


def _base(word: Word) -> str:
    return word.value.rpartition("/")[2]


def _has_flag(words: Sequence[Word], flag: str) -> bool:
    return any(word.value.startswith("-") and flag in word.value for word in words[1:])


def _assignments(word: Word, how: str) -> Iterator[Assigned]:
    for value in word.values:
        match = _ASSIGNMENT.fullmatch(value)
        if match:
            yield Assigned(name=match[1], value=match[2], start=word.start, end=word.end, how=how)


def _named(word: Word, value: str, how: str) -> Iterator[Assigned]:
    for name in word.values:
        if _NAME.fullmatch(name):
            yield Assigned(name=name, value=value, start=word.start, end=word.end, how=how)


def _declare(words: Sequence[Word]) -> Iterator[Assigned]:
    if declares(words):
        for word in words[1:]:
            yield from _assignments(word, words[0].value)


def _read(words: Sequence[Word]) -> Iterator[Assigned]:
    skip = False
    for word in words[1:]:
        if skip:
            skip = False
        elif word.value.startswith("-"):
            skip = bool(READ_OPTION_WITH_WORD.fullmatch(word.value))
        else:
            yield from _named(word, UNKNOWN, "read")


def _printf(words: Sequence[Word]) -> Iterator[Assigned]:
    if len(words) > 1 and words[1].value.startswith("-v") and len(words[1].value) > len("-v"):
        glued = Word(values=tuple(value[2:] for value in words[1].values), start=words[1].start,
                     end=words[1].end)
        yield from _named(glued, _formatted(words[2:]), "printf")
    elif len(words) > 2 and words[1].value == "-v":
        yield from _named(words[2], _formatted(words[3:]), "printf")


def _formatted(words: Sequence[Word]) -> str:
    return formatted([word.value for word in words if word.value != "--"])


def _setenv(words: Sequence[Word]) -> Iterator[Assigned]:
    """Csh's ``setenv name value``, and Cray's and others' functions of that name."""
    if len(words) == 3:
        yield from _named(words[1], words[2].value, "setenv")


_SETTERS: dict[str, Callable[[Sequence[Word]], Iterator[Assigned]]] = {
    **dict.fromkeys(DECLARING, _declare), "read": _read, "printf": _printf, "setenv": _setenv,
}
