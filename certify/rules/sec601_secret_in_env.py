"""A password, token or key in the environment, in a label or in a step's text.

Whoever can read the image, its history or the repository has it. Give secrets to a build as secrets
(buildah --secret), and to users at run time from the site. Quiet: names of files, switches and numbers,
fingerprints of public keys, references to other variables, and texts that are plainly examples. The message
never shows the value.

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
from certify.rules.hit import Hit, Stretch
from certify.rules.secret_forms import form_of, is_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "SEC601"
NAME = "secret-in-env"
SEVERITY = Severity.ERROR

HELP = "take it out, and change it where it is used, as it is known now; a build gets it with --secret, a user from the site"


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at variables, labels, and the text of steps, tests and files written in place."""
    for variable in subject.variables:
        found = form_of(variable.value)
        if found or is_secret(variable.name, variable.value):
            yield Hit(route=variable.route, help=HELP, shipped=variable.shipped,
                      message=f"{variable.name} in {variable.where} holds {_shown(found, variable.value)}")
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


def _in_text(script: Script) -> Iterator[Hit]:
    found = form_of(script.text)
    if found is None or _is_read_only(script.text, found[1]):
        return
    kind, start, end = found
    line = script.text.count("\n", 0, start)
    column = start - (script.text.rfind("\n", 0, start) + 1)
    yield Hit(route=script.route, message=f"{script.where} holds {kind}", help=HELP, shipped=script.shipped,
              within=Stretch(line=line, column=column, length=end - start))


def _is_read_only(text: str, start: int) -> bool:
    """Whether the text only searches for such a form: grep 'BEGIN PRIVATE KEY'."""
    line = text[text.rfind("\n", 0, start) + 1:start]
    return "grep" in line or line.lstrip().startswith("#")


def _shown(found: tuple[str, int, int] | None, value: str) -> str:
    return found[0] if found else f"a secret of {len(value)} characters"
