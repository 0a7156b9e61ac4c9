"""Every path of the image that a subject puts something at: its fields, and the destinations in its steps."""

from __future__ import annotations

import functools
import itertools
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from certify.patterns import pattern
from certify.rules.commands import HOME, destinations_of
from certify.rules.hit import Hit, Stretch
from certify.rules.origins import of_put, of_stretch
from certify.rules.scratch import is_below, removes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from builder.recipe import Route
    from certify.rules.hit import Second
    from certify.rules.subject import Put, Script, Subject, Variable
    from certify.shell.installers import Decider

MAX_PLACES = 500        # of one step that one rule looks at: more than anybody reads

_QUOTING = str.maketrans("", "", "\"'\\")
_NO_FILES = pattern(r"/dev/(?:null|stdout|stderr|stdin|tty|fd)\b")
_UNKNOWN = pattern("\0+")
_HERE = pattern(r"\$\{?PWD\b|\bpwd\b")
_GOES = pattern(r"\b(?:cd|pushd)[ \t]+[\"']?(/[\w/]{0,99})")

# Lasting variables that name where software of the image is, and where it or its data may be: nobody can read those in /root.
_SOFTWARE = frozenset({"CONDA_DIR", "CONDA_PREFIX", "CONDA_ROOT", "VIRTUAL_ENV"})
_READ = _SOFTWARE | {"HF_HOME", "JAVA_HOME", "JULIA_DEPOT_PATH", "MAMBA_ROOT_PREFIX", "NLTK_DATA", "NVM_DIR", "PYENV_ROOT",
                     "PYTHONPATH", "R_LIBS", "R_LIBS_SITE", "R_LIBS_USER", "SPACK_ROOT", "TORCH_HOME"}

# In a Containerfile these bring files that a later RUN may only need for the build.
_STAGING = frozenset({"COPY", "ADD"})


class Place(NamedTuple):
    """An absolute path, how the recipe comes to it, and where.

    ``lasting`` is false for what a step may use as scratch; ``prefix`` marks what software is installed into, and
    ``folder`` a mere empty folder. What is ``weaker`` may do no harm.
    """

    path: str
    what: str
    route: Route
    lasting: bool = True
    folder: bool = False
    prefix: bool = False
    within: Stretch | None = None
    shipped: bool = True
    put: Put | None = None
    script: Script | None = None
    weaker: bool = False

    def hit(self, subject: Subject, reason: str, advice: str) -> Hit:
        """A hit here: the path, as far as it can be told, the reason why it is no good, and what decides the path."""
        shown = _UNKNOWN.sub("...", self.path)
        return Hit(route=self.route, message=f"{self.what}: {shown} {reason}", help=advice, within=self.within,
                   shipped=self.shipped, related=self._related(subject), weaker=self.weaker)

    def _related(self, subject: Subject) -> tuple[Second, ...]:
        if self.put is not None:
            return of_put(subject, self.put)
        return of_stretch(subject, self.script, self.within) if self.script is not None and self.within is not None else ()


def places(subject: Subject, owners: Sequence[str]) -> Iterator[Place]:
    """All of them, with paths made plain; a step that names none of the ``owners`` is not read.

    What a step takes away again is not there later, and none of them.
    """
    last = last_workdir(subject)
    for put in subject.puts:
        passing = put.what in _STAGING or (put.what == "WORKDIR" and put is not last)
        yield Place(path=_plain(put.path), what=put.what, route=put.route, shipped=put.shipped, lasting=not passing,
                    folder=put.what in ("VOLUME", "WORKDIR"), put=put)
    for written in subject.written:
        yield Place(path=_plain(written.path), what="a file", route=written.route, shipped=written.shipped)
    yield from in_variables(subject, owners)
    for script in subject.scripts:
        if script.kind == "step" and _may_reach(script, owners):
            yield from in_step(script, owners)


def last_workdir(subject: Subject) -> Put | None:
    """Where the image starts; those before it only serve the build."""
    return next((put for put in reversed(subject.puts) if put.what == "WORKDIR"), None)


def may_name(text: str, owners: Sequence[str]) -> bool:
    """Whether a text could name one of the paths: by its last component, as the rest may be in a variable."""
    return _names_of(tuple(owners)).search(_NO_FILES.sub("", text.translate(_QUOTING))) is not None


@functools.lru_cache(maxsize=16)
def _names_of(owners: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"[/}}\w](?:{'|'.join(re.escape(owner.rpartition('/')[2]) for owner in owners)})\b")


def _may_reach(script: Script, owners: Sequence[str]) -> bool:
    """Whether the text names one of the paths, by itself or through a variable that it starts with."""
    text, known = script.text, script.known
    if may_name(text, owners) or any(name in text and may_name(value, owners) for name, value in known.items()):
        return True
    gone = [found[1].rstrip("/") for found in _GOES.finditer(text)]
    if gone and any(owner.rpartition("/")[0] in gone for owner in owners):
        return True
    return script.folder != "" and _HERE.search(text) is not None and may_name(script.folder, owners)


def in_variables(subject: Subject, owners: Sequence[str]) -> Iterator[Place]:
    """Prefixes below the ``owners`` in the environment: read by an installer in the steps, or by who looks for software later."""
    for variable in subject.variables:
        if not variable.value.startswith(("/", ":")) or not may_name(variable.value, owners):
            continue
        from certify.shell.installers import DECIDERS  # most recipes need nothing of the shell's reader

        decider, path = DECIDERS.get(variable.name), _plain(variable.value.strip(":").partition(":")[0])
        if decider is not None and any(_is_read(variable, decider, script, path) for script in subject.scripts):
            yield Place(path=path, what=variable.name, route=variable.route, shipped=variable.shipped, prefix=decider.prefix,
                        lasting=decider.prefix and not decider.scratch)
        else:
            yield from itertools.islice(_lasting(variable, owners), 1)


def _lasting(variable: Variable, owners: Sequence[str]) -> Iterator[Place]:
    """What the image's environment names below the ``owners``, though users cannot reach it there."""
    if variable.stays and variable.name in (_READ if HOME in owners else _SOFTWARE):
        for path in variable.value.split(":"):
            if is_below(path, *owners):
                yield Place(path=_plain(path), what=variable.name, route=variable.route, shipped=variable.shipped, prefix=True,
                            weaker=True)


def _is_read(variable: Variable, decider: Decider, script: Script, path: str) -> bool:
    """Whether an installer in a step reads a variable; one that the text itself hands on is told of there."""
    name = variable.name
    if script.kind != "step" or script.known.get(name) != variable.value or decider.word not in script.text:
        return False
    if not re.search(rf"(?<![\w.-])(?:{decider.programs})(?![\w.-])", script.text):
        return False
    return name not in script.text or not any(is_below(_plain(found.path), path) for found in destinations_of(script))


def in_step(script: Script, owners: Sequence[str]) -> Iterator[Place]:
    """What a step installs or writes below the ``owners`` and does not take away again."""
    return itertools.islice(_in_step(script, tuple(owners)), MAX_PLACES)


def _in_step(script: Script, owners: tuple[str, ...]) -> Iterator[Place]:
    for found in destinations_of(script):
        path = _plain(found.path)
        if not is_below(path, *owners):
            continue
        partly = found.what.startswith(("tar", "unzip"))     # they put there whatever an archive has
        if not removes(script, path, (found.line, found.column), partly=partly):
            within = Stretch(line=found.line, column=found.column, length=found.length)
            yield Place(path=path, what=found.what, route=script.route, lasting=found.prefix and not found.scratch,
                        folder=found.folder, prefix=found.prefix, within=within, shipped=script.shipped, script=script)


def _plain(path: str) -> str:
    return "/" + posixpath.normpath(path).lstrip("/")
