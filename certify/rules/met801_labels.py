r"""Labels that are missing or wrong, or a license that is no SPDX expression.

People who find the image ask what it is, under which licence, and where it comes from: the labels
org.opencontainers.image.version, .licenses and .source tell. Missing labels weigh least, as some builds add
them from outside; a label whose value is none (a date that is no date, a URL that is no URL) is a mistake. In
a recipe the fields ``version``, ``license`` and ``summary`` say it; there ``license`` is to be an SPDX expression, too.

Bad::

    FROM scratch
    LABEL org.opencontainers.image.version="1.2" \
          org.opencontainers.image.licenses="MIT" \
          org.opencontainers.image.source="our server"

Good::

    FROM scratch
    LABEL org.opencontainers.image.version="1.2" \
          org.opencontainers.image.licenses="MIT" \
          org.opencontainers.image.source="https://example.org/tool"
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.licences import Wrong
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "MET801"
NAME = "labels"
SEVERITY = Severity.WARNING

HELP = "see https://github.com/opencontainers/image-spec/blob/main/annotations.md"

PREFIX = "org.opencontainers.image."
LICENSES = PREFIX + "licenses"
WANTED = ("version", "licenses", "source")
_VALUES = {"version": "1.0", "licenses": "MIT", "source": "https://..."}
_URL = pattern(r"(?:https?|ssh|git)://\S+|git@\S+")
# What most software has, and needs no look at a list.
_PLAIN = pattern(r"MIT|Apache-2\.0|BSD-[23]-Clause|(?:GPL-[23]\.0|LGPL-(?:2\.1|3\.0)|AGPL-3\.0)-(?:only|or-later)"
                 r"|LicenseRef-[\w.-]+")
_DATE = pattern(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")
_SPDX = pattern(r"\(?[A-Za-z0-9][\w.+:-]*\)*(?: +(?:AND|OR|WITH) +\(*[A-Za-z0-9][\w.+:-]*\)*)*")
FORMS = {
    "created": (_DATE, "a date such as 2026-01-31T12:00:00Z"), "licenses": (_SPDX, "an SPDX expression"),
    "source": (_URL, "a URL"), "url": (_URL, "a URL"), "documentation": (_URL, "a URL"),
    "base.digest": (re.compile(r"sha256:[0-9a-f]{64}"), "a digest"),
}


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the labels of the shipped stage."""
    if subject.recipe is not None:
        found = _wrong(subject.recipe.license)
        if found is not None:
            yield Hit(route=("license",), message=f"the license is not an SPDX expression: {found.name}", help=found.advice)
        return
    for route, key, value in subject.labels:
        form = FORMS.get(key.removeprefix(PREFIX)) if key.startswith(PREFIX) and "$" not in value else None
        found = _wrong(value) if form is not None and key == LICENSES else None
        if found is not None:
            yield Hit(route=route, message=f"the label {key} is not an SPDX expression: {found.name}", help=found.advice)
        elif form is not None and form[0].fullmatch(value) is None:
            yield Hit(route=route, message=f"the label {key} is not {form[1]}", help=HELP)
    told = {key.removeprefix(PREFIX) for _, key, _ in subject.labels}
    missing = [name for name in WANTED if name not in told]
    base = next((base for base in reversed(subject.bases) if base.shipped and not base.copied), None)
    if missing and base is not None:
        yield Hit(route=base.route, message=f"the image does not tell its {', '.join(PREFIX + name for name in missing)}",
                  help="write: LABEL " + " ".join(f'{PREFIX}{name}="{_VALUES[name]}"' for name in missing), weaker=True)


def _wrong(text: str) -> Wrong | None:
    """What is wrong with an SPDX expression."""
    if _PLAIN.fullmatch(text):
        return None
    from certify.rules.licences import wrong

    return wrong(text)
