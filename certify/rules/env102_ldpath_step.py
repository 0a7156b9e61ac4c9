"""A step or a test that sets LD_LIBRARY_PATH in its shell text.

The variable ends with the step, but it hides what the image lacks: a library that only this step finds is
missing when a user starts the program. In a test it proves something that is not true at the site. The text
is read as bash reads it: export, declare and their like, read, printf -v, ${LD_LIBRARY_PATH:=...}, eval and
bash -c with text that can be told, functions that export their arguments, csh's setenv, and programs of perl
and python that set it for what they start. Reading, unsetting or emptying the variable is fine, and what
cannot be told without running is left to the check of the image.

Bad::

    steps:
      - name: compile
        run: |
          export LD_LIBRARY_PATH=/opt/tool/lib:$LD_LIBRARY_PATH
          make -C /src/tool install PREFIX=/opt/tool

Good::

    steps:
      - name: compile
        run: |
          unset LD_LIBRARY_PATH    # whatever the base says
          make -C /src/tool install PREFIX=/opt/tool LDFLAGS='-Wl,--enable-new-dtags,-rpath,/opt/tool/lib'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.rules.commands import known_of
from certify.rules.env1_texts import VARIABLE, may_name_it
from certify.rules.env101_ldpath_env import HELP
from certify.rules.hit import Hit, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.subject import Script, Subject
    from certify.shell.items import Program
    from certify.site import Site

CODE = "ENV102"
NAME = "ldpath-step"
SEVERITY = Severity.ERROR

ONE_COMMAND = frozenset({"prefix", "env"})      # ENV103 is about these

_TEST_HELP = "a test must pass as the site will run it: without this variable. " + HELP


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Read the text of each step and each test."""
    for script in subject.scripts:
        if any(map(may_name_it, (script.text, *script.known.values()))):
            yield from hits(script, one_command=False)
            yield from _programs(script)


def hits(script: Script, *, one_command: bool) -> Iterator[Hit]:
    """The assignments of a script: those for one command alone, or the others."""
    from certify.shell.assignments import assignments  # the reader, and tree-sitter, only now

    for found in assignments(script.text, known_of(script)):
        if found.name == VARIABLE and found.value and (found.how in ONE_COMMAND) == one_command:
            yield Hit(route=script.route, message=f"{VARIABLE} is set in {script.where} ({found.how})",
                      help=_TEST_HELP if script.kind == "test" else HELP, shipped=script.shipped,
                      within=Stretch(line=found.line, column=found.column, length=found.length))


def _programs(script: Script) -> Iterator[Hit]:
    from certify.shell.settings import settings
    from certify.shell.writings import lines_of, run_programs

    for program in run_programs(script.text, known_of(script)):
        found = any(one.name == VARIABLE for one in settings(program.text, program.language, VARIABLE))
        if found or _hands_on(program):
            line, column, length = lines_of(script.text).place(program.start, program.end)
            yield Hit(route=script.route, message=f"{VARIABLE} is set in {script.where} ({program.language})",
                      help=_TEST_HELP if script.kind == "test" else HELP, shipped=script.shipped,
                      within=Stretch(line=line, column=column, length=length))


def _hands_on(program: Program) -> bool:
    """Whether a program sets it in text that it gives to a shell."""
    from certify.shell.settings import settings
    from certify.shell.writings import run_by

    return any(one.name == VARIABLE for text in run_by(program) for one in settings(text, "sh", VARIABLE))
