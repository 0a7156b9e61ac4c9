"""A password, token or key in the environment, the labels or the start command of the image.

Whoever can read the image has it. Give secrets to a build as secrets (buildah --secret), and to users at run time from
the site. Quiet: names of files, switches and numbers, fingerprints of public keys, references to other variables, and
texts that are plainly examples. The message never shows the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.image import PATH
from certify.checks.hit import Hit
from certify.checks.scripts import bounded
from certify.finding import Severity
from certify.rules.secret_forms import form_of, is_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "SEC601"
NAME = "secret-in-env"
SEVERITY = Severity.ERROR
HELP = "take it out, and change it where it is used, as it is known now; a build gets it with --secret, a user from the site"

_MAX_TEXT = 65536       # characters of one value


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each variable, each label, and the start command."""
    yield from bounded(_found(image))


def _found(image: ImageTree) -> Iterator[Hit]:
    for name, value in image.config.environment.items():
        if told := _told(name, value):
            yield Hit(path=PATH, message=f"{name} in the image's environment holds {told}")
    for name, value in (image.labels or {}).items():
        if told := _told(name.rpartition(".")[2].replace("-", "_"), value):
            yield Hit(path=PATH, message=f"the label {name} holds {told}")
    if found := form_of(" ".join(image.config.entrypoint)[:_MAX_TEXT]):
        yield Hit(path=PATH, message=f"the image's start command holds {found[0]}")


def _told(name: str, value: str) -> str | None:
    if found := form_of(value[:_MAX_TEXT]):
        return found[0]
    return f"a secret of {len(value)} characters" if is_secret(name, value[:_MAX_TEXT]) else None
