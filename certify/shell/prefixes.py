"""The prefixes of installations that a command names: options, settings, and variables of make and its like."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from certify.shell.installers import DECIDERS
from certify.shell.options import arguments
from certify.shell.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from certify.shell.items import Assigned, Command, Word

# Understood with every command that is not a talker: each configure script has a name of its own.
_PREFIXES = r"--(?:(?:exec-|install-)?prefix|install-?(?:dir|path|root)|toolkitpath)"
_OPTION = re.compile(rf"({_PREFIXES}|--(?:s?bin|lib|libexec)dir|(?:-D)?CMAKE_INSTALL_PREFIX(?::[A-Z]+)?|-Dprefix)=(.*)",
                     re.DOTALL)
_OPTION_BEFORE = re.compile(_PREFIXES)


class _Own(NamedTuple):
    """Options that mean a prefix to one program only; it needs one of the words, where there are some."""

    options: str
    words: frozenset[str] = frozenset()
    takes: str = ""
    prefix: bool = True


_PIP = _Own("t target root", frozenset({"install"}), "r c e f i")
_CONDA = _Own("p", frozenset({"create", "install", "update"}), "n c f")
_INSTALLER = _Own("p")
_OWN = {
    **dict.fromkeys(("pip", "pip3", "uv pip"), _PIP), **dict.fromkeys(("conda", "mamba"), _CONDA),
    "micromamba": _CONDA._replace(options="p r root-prefix"),
    "cargo": _Own("root", frozenset({"install"})),
    "gem": _Own("i n install-dir bindir", frozenset({"install"}), "v"),
    "R": _Own("l library", frozenset({"INSTALL"})),
    "setup.py": _Own("home root install-lib install-scripts", frozenset({"install", "develop", "install_lib"})),
    **dict.fromkeys(("eb", "EasyBuild"), _Own("installpath installpath-software")),
    "cpanm": _Own("l L local-lib local-lib-contained"), "luarocks": _Own("tree"),
    **dict.fromkeys(("meson", "waf"), _Own("destdir", prefix=False)),
}
_INSTALLERS = re.compile(r"(?:mini|ana)conda\d?[^/]*\.sh|(?:miniforge|mambaforge)[^/]*\.sh|conda\.sh|"
                         r"[\w.+-]*install[\w.+-]*\.(?:sh|run|bin)", re.IGNORECASE)
_CONDAS = frozenset({"conda", "mamba", "micromamba"})

# Whether the variable is a prefix. DESTDIR and INSTALL_ROOT are where files are staged: the software does not
# look there later, so a folder of scratch is a good place for them.
_VARIABLES = {**dict.fromkeys(("PREFIX", "prefix", "exec_prefix", "INSTALL_PREFIX", "CMAKE_INSTALL_PREFIX", "INSTALL_BASE",
                               "INSTALL_DIR", "INSTALL_PATH", "INSTALL_TOP", "BINDIR", "bindir", "LIBDIR", "libdir", "GOBIN",
                               "NVHPC_INSTALL_DIR"), True), "DESTDIR": False, "INSTALL_ROOT": False}
_VARIABLE = re.compile(rf"({'|'.join(_VARIABLES)})=(.*)", re.DOTALL)
_MAKES = frozenset({"make", "gmake", "bmake", "scons", "cmake", "meson", "ninja", "perl", "go"})

# Settings that programs keep: the word before the value.
_SETTINGS = {"npm": "prefix", "pip": r"(?:global|install|user|site)\.(?:target|prefix|root)", "pip3": r"global\.target",
             "poetry": r"virtualenvs\.path", "conda": "envs_dirs|envs_path", "mamba": "envs_dirs", "bundle": "path"}
_SPACK = re.compile(r"(?:config:)?(install_tree(?::root)?|view(?::\w+:root)?):[\"']?(/[^\"'\s]*)")

# Commands whose words are text about something, not instructions to install.
_TALKERS = frozenset({"echo", "printf", "grep", "egrep", "fgrep", "sed", "awk", "test", "[", ":", "git",
                      "cat", "rm", "ls", "logger", "true", "false", "read", "export", "declare", "set",
                      "alias"})


def of(command: Command, exported: Mapping[str, Assigned]) -> Iterator[Target]:
    """The prefixes of a command; ``exported`` are the variables that the text exported before it."""
    if command.name in _TALKERS:
        return
    name, words = _program(command)
    if name not in _CONDAS or _CONDA.words & {word.value for word in words}:
        yield from _options(words)
        yield from _own_options(name, words)
    if name in _MAKES:
        yield from _arguments(words)
    yield from _settings(name, words)
    yield from (Target(paths=(one.value,), what=one.name, prefix=_VARIABLES[one.name], start=one.start, end=one.end)
                for one in command.prefix if one.name in _VARIABLES)
    yield from _decided(name, words, {**exported, **{one.name: one for one in command.prefix}})


def _program(command: Command) -> tuple[str, Sequence[Word]]:
    """The program that runs, whoever starts it: ``python3 -m pip``, ``python3 setup.py``, ``sh installer.sh``."""
    name, words = command.name, command.words
    values = [word.value for word in words[1:3]]
    if name.startswith("python") and values[:1] == ["-m"] and len(values) > 1:
        return values[1], words[2:]
    if name == "uv" and values[:1] == ["pip"]:
        return "uv pip", words[1:]
    if values and (name.startswith("python") or name in ("sh", "bash", "perl")) and not values[0].startswith("-"):
        inner = values[0].rpartition("/")[2]
        return (name if name == "perl" else inner), (words if name == "perl" else words[1:])
    return name, words


def _options(words: Sequence[Word]) -> Iterator[Target]:
    for before, word in itertools.pairwise(words):
        if _OPTION_BEFORE.fullmatch(before.value):
            yield Target.at(word, word.values, before.value, prefix=True)
        matches = [match for match in map(_OPTION.fullmatch, word.values) if match]
        if matches:
            yield Target.at(word, tuple(match[2] for match in matches), matches[0][1], prefix=True)


def _own_options(name: str, words: Sequence[Word]) -> Iterator[Target]:
    own = _OWN.get(name) or (_INSTALLER if _is_installer(name, words) else None)
    if own is None or (own.words and not own.words & {word.value for word in words}):
        return
    given = arguments(words[1:], f"{own.options} {own.takes}")
    options = {f"-{one}" if len(one) == 1 else f"--{one}" for one in own.options.split()}
    yield from (Target.at(word, word.values, option, prefix=own.prefix) for option, word in given.values(*options))


def _is_installer(name: str, words: Sequence[Word]) -> bool:
    """An installer by its name, or (``sh /tmp/x.sh -b -p /opt/x``) by how those of conda are told their place."""
    return _INSTALLERS.fullmatch(name) is not None or (
        name.endswith(".sh") and any(re.fullmatch(r"-b[fsup]*", word.value) for word in words))


def _arguments(words: Sequence[Word]) -> Iterator[Target]:
    for word in words[1:]:
        matches = [match for match in map(_VARIABLE.fullmatch, word.values) if match]
        if matches:
            name = matches[0][1]
            yield Target.at(word, tuple(match[2] for match in matches), name, prefix=_VARIABLES[name])


def _settings(name: str, words: Sequence[Word]) -> Iterator[Target]:
    """``npm config set prefix /x`` and its like."""
    if len(words) < 3:
        return
    if name == "spack":
        yield from _of_spack(words)
    elif name in _SETTINGS and words[1].value == "config":
        for before, word in itertools.pairwise(words[2:]):
            if re.fullmatch(_SETTINGS[name], before.value):
                yield Target.at(word, word.values, f"{name} config {before.value}", prefix=True, scratch=True)


def _of_spack(words: Sequence[Word]) -> Iterator[Target]:
    if words[1].value == "config":
        for word in words[3:]:
            matches = [match for match in map(_SPACK.fullmatch, word.values) if match]
            if matches:
                yield Target.at(word, tuple(match[2] for match in matches), matches[0][1], prefix=True)
    elif words[1].value == "view":
        given = arguments(words[2:], "c config-file d dependencies e exclude projection-file").operands
        if len(given) > 1 and given[0].value in ("symlink", "add", "soft", "hardlink", "hard", "copy", "relocate"):
            yield Target.at(given[1], given[1].values, f"spack view {given[0].value}", prefix=True)


def _decided(name: str, words: Sequence[Word], variables: Mapping[str, Assigned]) -> Iterator[Target]:
    """What the variables decide that this installer reads."""
    for one in variables.values():
        decider = DECIDERS.get(one.name)
        if decider is None or not re.fullmatch(decider.programs, name.partition(" ")[0]):
            continue
        given = arguments(words[1:], decider.over) if decider.over else None
        if (given is None or not given.valued) and any(word.value.removeprefix("--").startswith(
                decider.word.removeprefix("--")) for word in words):
            yield Target(paths=(one.value.partition(":")[0],), what=one.name, prefix=decider.prefix, scratch=decider.scratch,
                         start=one.start, end=one.end)
