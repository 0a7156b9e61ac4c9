"""A value for LD_LIBRARY_PATH among the arguments of a command.

Build tools, test drivers, launchers and environment managers set the variable for what they start, or keep it
for later: ``make test LD_LIBRARY_PATH=...``, ``-DX="LD_LIBRARY_PATH=..."``, ``conda env config vars set``,
``mpirun -x``, ``podman run -e``. What a command makes of its arguments is its own business, so this is a
warning. Text that is only printed, searched for or recorded (echo, grep, git) is fine.

Bad::

    steps:
      - name: check
        run: make -C /src/tool check LD_LIBRARY_PATH=/src/tool/lib

Good::

    steps:
      - name: check
        run: make -C /src/tool check LDFLAGS=-Wl,-rpath,/src/tool/lib
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import known_of
from certify.rules.env1_texts import VARIABLE, may_name_it
from certify.rules.hit import Hit, Stretch
from certify.rules.origins import of_stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.subject import Script, Subject
    from certify.shell.items import Command, Word
    from certify.site import Site

CODE = "ENV108"
NAME = "ldpath-arg"
SEVERITY = Severity.WARNING

HELP = "let the program find its libraries by itself: with CMAKE_INSTALL_RPATH, an rpath in LDFLAGS, or ldconfig"

_WHOLE = pattern(rf"(?:--?[A-Za-z][\w-]*=?(?:[A-Z]+,)?(?:\w+=[^,]*,)*)?['\"]?{VARIABLE}\+?=['\"]?[^\s'\"|*]\S*")
_FOR_PEOPLE = "annotation|body|caption|comment|description|help|label|message|msg|note|notes|reason|subject|summary|text|title"
_DEFINED = pattern(rf"(?:-D|--)(?!(?:{_FOR_PEOPLE})=)[\w-]+(?::\w+)?=.*(?<!\w){VARIABLE}=(?![\s'\";]|$).*", re.DOTALL)
_DEBUGGED = pattern(rf"set (?:env|environment) {VARIABLE}(?:\s*=\s*|\s+)\S.*")
_PAIR = pattern(r"--?(?:g?env|setenv|export|env-set|s)")
_TALKERS = frozenset({
    "echo", "printf", "grep", "egrep", "fgrep", "rg", "sed", "awk", "gawk", "perl", "test", "[", "[[", "git", "cat",
    "logger", ":", "true", "false", "read", "export", "declare", "typeset", "local", "readonly", "set", "unset", "alias",
    "trap", "eval", "expect", "svn", "hg", "gh", "glab", "say", "die", "log", "info", "warn", "warning", "error", "fail",
    "debug", "skip", "msg", "note", "case", "diff", "cmp", "expr", "find", "bash", "sh", "su", "tee", "setenv", "unsetenv",
    "printenv", "fatal", "assert_eq", "flock", "parallel", "python", "python3", "ruby", "dash", "zsh", "ksh", "tcsh", "csh",
    "wall", "notify-send", "mail", "zgrep", "bzgrep", "xzgrep", "ack", "ag", "pgrep", "pkill", "curl", "wget", "jq", "yq",
    "dialog", "whiptail", "zenity", "dch", "debchange", "ssh-keygen",
})


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the words of the commands of each step and each test."""
    for script in subject.scripts:
        if any(map(may_name_it, (script.text, *script.known.values()))):
            for hit in _hits(script):
                yield hit._replace(related=of_stretch(subject, script, hit.within)) if hit.within is not None else hit


def _hits(script: Script) -> Iterator[Hit]:
    from certify.shell.items import Command
    from certify.shell.reader import read
    from certify.shell.writings import lines_of

    lines = lines_of(script.text)
    for command in read(script.text, known_of(script)):
        if isinstance(command, Command) and not command.own and command.name not in _TALKERS:
            for word in _given(command):
                line, column, length = lines.place(word.start, word.end)
                yield Hit(route=script.route, message=f"{command.name or 'a command'} is given {VARIABLE} in {script.where}",
                          help=HELP, shipped=script.shipped, within=Stretch(line=line, column=column, length=length))


def _given(command: Command) -> Iterator[Word]:
    """The words that give the variable a value."""
    words = command.words
    for number, word in enumerate(words[1:], start=1):
        pair = words[number - 1:number + 2]
        if any(one.fullmatch(value) for one in (_WHOLE, _DEFINED, _DEBUGGED) for value in word.values) or (
                VARIABLE in word.values and len(pair) == 3 and _PAIR.fullmatch(pair[0].value) and pair[2].value):
            yield word
