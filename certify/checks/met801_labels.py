"""Labels that are missing or wrong, of an image made elsewhere.

People who find the image ask what it is, under which licence, and where it comes from: the labels
org.opencontainers.image.version, .licenses and .source tell. Missing labels weigh least; a label whose value is none (a
date that is no date, a URL that is no URL) is a mistake. An image built with certify says all this in a file of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from builder.image import PATH
from certify.checks.hit import Hit
from certify.finding import Severity
from certify.rules.met801_labels import FORMS, PREFIX, WANTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "MET801"
NAME = "labels"
SEVERITY = Severity.WARNING
HELP = "see https://github.com/opencontainers/image-spec/blob/main/annotations.md"

_MAX_VALUE: Final = 4096    # characters: a longer value is none of these


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each wrong label, one for all that are missing."""
    if image.labels is None:
        return
    for key, value in sorted(image.labels.items()):
        form = FORMS.get(key.removeprefix(PREFIX)) if key.startswith(PREFIX) else None
        if form is not None and (len(value) > _MAX_VALUE or form[0].fullmatch(value) is None):
            yield Hit(path=PATH, message=f"the label {key} is not {form[1]}")
    missing = [PREFIX + name for name in WANTED if PREFIX + name not in image.labels]
    if missing:
        yield Hit(path=PATH, message=f"the image does not tell its {', '.join(missing)}", severity=Severity.INFO)
