"""Code that is made for the processor of the build.

``-march=native`` and its like ask the machine that compiles what it can. The build node is not the compute
node: there the program ends with an illegal instruction, or runs slower than it could. Name the processor that
the site has. OpenBLAS asks the machine by itself, unless it is told DYNAMIC_ARCH=1 or a TARGET. The same goes for
the GPU of the build, which most builds do not even have. (Without one PyTorch compiles for all GPUs that it knows, so a
missing TORCH_CUDA_ARCH_LIST is no finding.)

Bad::

    steps:
      - run: make -C /src/tool install PREFIX=/opt/tool CFLAGS='-O3 -march=native'

Good::

    steps:
      - run: make -C /src/tool install PREFIX=/opt/tool CFLAGS='-O3 -march=x86-64-v3'
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import assigned, at, commands
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "PIN505"
NAME = "host-tuned"
SEVERITY = Severity.WARNING

HELP = "name the processor that the site has, such as -march=x86-64-v3"

HELP_BLAS = "say make DYNAMIC_ARCH=1, or TARGET=<the site's processor>"

_OPENBLAS = pattern(r"OpenBLAS")
_SOURCES = pattern(r"(?:^|/)OpenBLAS[^/]*/?$")
_TARGETED = pattern(r"(?:\b|-D)(?:DYNAMIC_ARCH|TARGET)\b")
_ENTERING = pattern(r"\b(?:cd|pushd|popd)\b[ \t]*([^\s;&|]{0,400})")

# A flag at the start of a word or after a space, = or a quote; names of options of build systems only as =ON.
_NATIVE = pattern(r"(?:(?:^|[\s=\"',:])(-m(?:arch|tune|cpu)=native|-xH(?:ost|OST)|-tp[= ]host|-C ?target-cpu=native"
                     r"|(?:-arch|--gpu-architecture)=native)"
                     r"(?=$|[\s\"',;:])|^(-D\w*_NATIVE(?:_\w+)?(?::BOOL)?=(?:ON|1|TRUE|YES)|target-cpu=native|--enable-native(?:=yes)?"
                     r"|-DCMAKE_CUDA_ARCHITECTURES(?::\w+)?=native)$)")
_TRACE = pattern(r"=native|-xHost|-xHOST|-tp[= ]host|_NATIVE|--enable-native")
_TALKERS = frozenset({"echo", "printf", "grep", "egrep", "sed", "awk", "perl", "git", "test", "[", "[[", "cat", ":", "rm"})


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at flags in the environment, in assignments and in the words of commands."""
    for variable in subject.variables:
        found = _NATIVE.search(variable.value)
        if found:
            yield Hit(route=variable.route, message=_message(found), help=HELP, shipped=variable.shipped)
    for script in subject.scripts:
        if script.kind == "step":
            yield from _in_step(script)


def _in_step(script: Script) -> Iterator[Hit]:
    yield from _openblas(script)
    told: set[tuple[int, int]] = set()
    for one, lines in assigned(script, _TRACE):
        found = _NATIVE.search(one.value)
        if found and (one.start, one.end) not in told:
            told.add((one.start, one.end))
            yield at(script, lines, one.start, one.end, _message(found), HELP)
    for command in commands(script, _TRACE):
        for number, word in enumerate(command.command.words[1:] if command.name not in _TALKERS else ()):
            found = _NATIVE.search(word.value)
            inside = script.text[word.start:word.end]
            known = any(start <= word.start and word.end <= end for start, end in told)
            if found and not known and _TRACE.search(inside):       # not what a variable brings from elsewhere
                yield command.hit(_message(found), HELP, word=number)


def _openblas(script: Script) -> Iterator[Hit]:
    """The first make in the sources of OpenBLAS, if nothing says for which processors."""
    if not _OPENBLAS.search(script.text):
        return
    told = any(name in script.known for name in ("DYNAMIC_ARCH", "TARGET")) or _TARGETED.search(script.text)
    entered = [(found.start(), _SOURCES.search(found[1].strip("\"'")) is not None) for found in _ENTERING.finditer(script.text)]
    for command in commands(script, _OPENBLAS) if not told else ():
        at = bisect_left(entered, (command.start,))
        inside = any(map(_SOURCES.search, command.words)) or (at and entered[at - 1][1])
        if command.name in ("make", "gmake") and inside and "clean" not in command.words:
            yield command.hit("make of OpenBLAS compiles for the machine that builds, not for the compute nodes", HELP_BLAS)
            return


def _message(found: re.Match[str]) -> str:
    return f"{found[1] or found[2]} compiles for the machine that builds, not for the compute nodes"
