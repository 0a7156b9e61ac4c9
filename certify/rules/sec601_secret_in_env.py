"""A password, token or key in the environment, in a label or in a step's text.

Whoever can read the image, its history or the repository has it. Give secrets to a build as secrets
(buildah --secret), and to users at run time from the site. Quiet: names of files, switches and numbers,
fingerprints of public keys, references to other variables, and texts that are plainly examples or dummies. An ENV that
keeps what a build argument brings is found as well. The message never shows the value.

Bad::

    env:
      LICENSE_SERVER_PASSWORD: correct-horse-battery

Good::

    env:
      LICENSE_SERVER_PASSWORD_FILE: /run/secrets/license
      GPG_KEY: A035C8C19219BA821ECEA86B64E628F8D684696D
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import assigned, at, commands
from certify.rules.hit import Hit, Stretch
from certify.rules.secret_forms import form_of, is_given, is_secret, names_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "SEC601"
NAME = "secret-in-env"
SEVERITY = Severity.ERROR

HELP = "take it out, and change it where it is used, as it is known now; a build gets it with --secret, a user from the site"


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
