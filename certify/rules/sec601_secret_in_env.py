"""A password, token or key in the environment, in a label or in a step's text.

Whoever can read the image, its history or the repository has it. Give secrets to a build as secrets
(buildah --secret), and to users at run time from the site. Quiet: names of files, switches and numbers,
fingerprints of public keys, references to other variables, and texts that are plainly examples or dummies. An ENV that
keeps what a build argument brings is found as well, and so is a RUN that logs in with one. The message never shows
the value.

Bad::

    env:
      LICENSE_SERVER_PASSWORD: correct-horse-battery

Good::

    env:
      LICENSE_SERVER_PASSWORD_FILE: /run/secrets/license
      GPG_KEY: A035C8C19219BA821ECEA86B64E628F8D684696D
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import assigned, at, commands
from certify.rules.hit import Hit, Second, Stretch
from certify.rules.secret_forms import form_of, is_given, is_secret, names_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.recipe import Route
    from certify.rules.commands import Simple
    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "SEC601"
NAME = "secret-in-env"
SEVERITY = Severity.ERROR

HELP = "take it out, and change it where it is used, as it is known now; a build gets it with --secret, a user from the site"


_MOUNT = "give it as a secret: RUN --mount=type=secret,id={}, and read it from /run/secrets in that step"
MAX_ARGUMENTS = 50  # whose names promise secrets, of one file
MAX_USES = 500      # of variables in one text that are looked at
REACH = 120         # characters before a variable that are looked at
_REFERENCE = pattern(r"\$\{?([A-Za-z_]\w*)\}?")
_IN_URL = pattern(r"://[^\s\"'@/]{0,100}\Z")
_TO_HOST = pattern(r"[^\s\"'/@]{0,100}@")
_IN_HEADER = pattern(r"(?:\b(?:authorization|[\w-]{0,30}(?:token|api-?key)) ?: ?(?:(?:bearer|basic|token) )?"
                     r"|_auth(?:token)?=|[?&]\w{0,20}token="
                     r"|--[\w-]{0,30}(?:pass|password|token|secret|key)[= ]|-u ?[\"']?[\w.-]{0,50}:)[\"']?\Z", re.IGNORECASE)
_BROUGHT = pattern(r"\0+|\$\{?\w+\}?")
_ASSIGNED = pattern(r"(?:PASS|SECRET|TOKEN|CREDENTIAL|KEY)\w*=[\"'\w]")
_OPTION = pattern(r"--[\w-]{0,40}(?:pass|token|secret|key)|\bsshpass\b|\bcurl\b[^\n]{0,300}\s(?:-u|--user)\b")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at variables, labels, and the text of steps, tests and files written in place."""
    for variable in subject.variables:
        found = form_of(variable.value)
        if found or is_secret(variable.name, variable.value):
            yield Hit(route=variable.route, help=HELP, shipped=variable.shipped,
                      message=f"{variable.name} in {variable.where} holds {_shown(found, variable.value)}")
    yield from _kept_arguments(subject)
    yield from _used_arguments(subject)
    for route, key, value in subject.labels:
        found = form_of(value)
        if found or is_secret(key.rpartition(".")[2].replace("-", "_"), value):
            yield Hit(route=route, message=f"the label {key} holds {_shown(found, value)}", help=HELP)
    for written in subject.written:
        found = form_of(written.text)
        if found:
            yield Hit(route=written.route, message=f"{written.path} holds {found[0]}", help=HELP, shipped=written.shipped)
    for script in subject.scripts:
        yield from _in_text(script)


def _kept_arguments(subject: Subject) -> Iterator[Hit]:
    """ENV TOKEN=$TOKEN in a Containerfile: whoever gives the argument leaves it in the image."""
    for variable in subject.variables if subject.recipe is None else ():
        if variable.stays and names_secret(variable.name) and _BROUGHT.fullmatch(variable.value):
            yield Hit(route=variable.route, help=HELP,
                      message=f"{variable.name} in {variable.where} keeps what a build argument brings")


def _used_arguments(subject: Subject) -> Iterator[Hit]:
    """A build argument that a RUN logs in with: the history of the image keeps what it was; told once for each."""
    given = [one for one in subject.variables if not one.lasting and names_secret(one.name)] if subject.recipe is None else []
    told = set[str]()
    for script in subject.scripts if given else ():
        before = {one.name: one for one in given[:MAX_ARGUMENTS]
                  if one.shipped == script.shipped and _number(one.route) < _number(script.route)}
        for used in _logging_in(script, before.keys() - told) if script.kind == "step" and before else ():
            told.add(used[1])
            line = script.text.count("\n", 0, used.start())
            column = used.start() - (script.text.rfind("\n", 0, used.start()) + 1)
            yield Hit(route=script.route, shipped=script.shipped, help=_MOUNT.format(used[1].lower()),
                      message=f"{script.where} uses the build argument {used[1]}, and the history of the image keeps its value",
                      within=Stretch(line=line, column=column, length=len(used[0])),
                      related=(Second(before[used[1]].route, "the argument"),))


def _number(route: Route) -> int:
    return route[1] if len(route) > 1 and isinstance(route[1], int) else -1


def _logging_in(script: Script, names: set[str]) -> Iterator[re.Match[str]]:
    """The first place of each variable where a secret is given: in a URL before its host, in a header, after an option."""
    text = script.text
    for used in itertools.islice(_REFERENCE.finditer(text), MAX_USES):
        if used[1] not in names:
            continue
        before = text[max(0, used.start() - REACH):used.start()]
        if not (_IN_HEADER.search(before) or (_IN_URL.search(before) and _TO_HOST.match(text, used.end()))):
            continue
        if text[text.rfind("\n", 0, used.start()) + 1:used.start()].lstrip().startswith("#"):
            continue
        names.discard(used[1])
        if re.search(rf"(?:^|[\s;&|]){used[1]}=", text) is None:     # what the text sets by itself is no argument
            yield used


def _in_text(script: Script) -> Iterator[Hit]:
    found = form_of(script.text)
    if found is None or _is_read_only(script.text, found[1]):
        yield from _in_words(script)
        return
    kind, start, end = found
    line = script.text.count("\n", 0, start)
    column = start - (script.text.rfind("\n", 0, start) + 1)
    yield Hit(route=script.route, message=f"{script.where} holds {kind}", help=HELP, shipped=script.shipped,
              within=Stretch(line=line, column=column, length=end - start))


def _in_words(script: Script) -> Iterator[Hit]:
    """Secrets by the names of variables and options; the first one, as the others have the same cause."""
    for one, lines in assigned(script, _ASSIGNED):
        if one.name.isupper() and is_given(one.name, one.value):
            yield at(script, lines, one.start, one.end, f"{one.name} in {script.where} holds {_shown(None, one.value)}", HELP)
            return
    for command in commands(script, _OPTION):
        for number, word in enumerate(command.words):
            value = _given(command, number, word)
            if value is not None:
                yield command.hit(f"{command.name} in {script.where} is given {_shown(None, value)}", HELP, word=number)
                return


def _given(command: Simple, number: int, word: str) -> str | None:
    """The secret that an option has as its value."""
    name, sign, value = word.partition("=")
    value = value if sign else (command.words[number + 1:number + 2] or ("",))[0]
    if command.name == "curl" and name in ("-u", "--user"):
        name, value = "--password", value.partition(":")[2]
    elif command.name == "sshpass" and word.startswith("-p"):
        name, value = "--password", word[2:] or value
    return value if name.startswith("--") and is_given(name[2:].replace("-", "_"), value) else None


def _is_read_only(text: str, start: int) -> bool:
    """Whether the text only searches for such a form: grep 'BEGIN PRIVATE KEY'."""
    line = text[text.rfind("\n", 0, start) + 1:start]
    return "grep" in line or line.lstrip().startswith("#")


def _shown(found: tuple[str, int, int] | None, value: str) -> str:
    return found[0] if found else f"a secret of {len(value)} characters"
