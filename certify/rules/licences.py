"""Whether a text is an SPDX expression, and which one is meant where it is none.

The names that nearly all software has are known here; the whole list of SPDX is loaded for the others. Names are
compared without regard to case, as SPDX wants it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from certify.patterns import pattern

MAX_LENGTH = 1000       # characters; a longer expression is looked at by its shape alone
MAX_SHOWN = 80          # characters of what is wrong

_SHAPE = pattern(r"\(?[A-Za-z0-9][\w.+:-]*\)*(?: +(?:AND|OR|WITH) +\(*[A-Za-z0-9][\w.+:-]*\)*)*")
_NAME = pattern(r"[\w.+:-]+")
_REFERENCE = pattern(r"(?:DocumentRef-[\w.-]+:)?LicenseRef-[\w.-]+|NOASSERTION|NONE|AND|OR|WITH")
_WORDS = pattern(r"\b(?:the|gnu|licen[sc]es?|version)\b")
_NO_NAME = pattern(r"[^a-z0-9+]+")
_VERSION = pattern(r"v(?:er)?(?=\d)")

_GNU = [f"{name}-{version}-{end}" for name, versions in {"GPL": "2.0 3.0", "LGPL": "2.1 3.0", "AGPL": "3.0"}.items()
        for version in versions.split() for end in ("only", "or-later")]
_USUAL = {name.lower(): name for name in (
    "MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MPL-2.0", "Zlib", "BSL-1.0", "PSF-2.0", "CC0-1.0",
    "CC-BY-4.0", "Unlicense", *_GNU)}
_MEANT = {      # without what people write differently; the usual names are looked for in the same way
    **dict.fromkeys(("apache", "apache2", "apache20", "asl2", "asl20", "al2"), "Apache-2.0"),
    **dict.fromkeys(("bsd", "bsd3", "3clausebsd", "newbsd", "modifiedbsd", "revisedbsd", "bsd3clauses"), "BSD-3-Clause"),
    **dict.fromkeys(("bsd2", "2clausebsd", "simplifiedbsd", "freebsd"), "BSD-2-Clause"),
    **dict.fromkeys(("proprietary", "commercial", "closed", "closedsource", "nonfree", "allrightsreserved"),
                    "LicenseRef-proprietary"),
    "publicdomain": "LicenseRef-public-domain", "expat": "MIT", "mitexpat": "MIT", "psf": "PSF-2.0", "psf2": "PSF-2.0",
    "python": "PSF-2.0", "boost": "BSL-1.0", "boostsoftware10": "BSL-1.0", "cc0": "CC0-1.0", "ccby4": "CC-BY-4.0",
    **dict.fromkeys(("mpl", "mpl2", "mozilla2", "mozillapublic20"), "MPL-2.0"), "gpl": "GPL-3.0-or-later",
    "lgpl": "LGPL-3.0-or-later", "agpl": "AGPL-3.0-or-later",
    **{key: f"{name.upper()}-{version}-{'or-later' if later else 'only'}"
       for name, version in (("gpl", "2.0"), ("gpl", "3.0"), ("lgpl", "2.1"), ("lgpl", "3.0"), ("agpl", "3.0"))
       for later in ("", "+", "orlater", "plus")
       for key in (f"{name}{version.replace('.', '')}{later}", f"{name}{version.removesuffix('.0').replace('.', '')}{later}")},
}


class Wrong(NamedTuple):
    """The name that makes a text no SPDX expression (or all of the text), and what to write instead."""

    name: str
    advice: str


def wrong(text: str) -> Wrong | None:
    """What is wrong with an expression, or None; never raises."""
    if _SHAPE.fullmatch(text) is None:
        return Wrong(text[:MAX_SHOWN] or "it is empty", _advice(text))
    unknown = [name for name in _NAME.findall(text)
               if name.removesuffix("+").lower() not in _USUAL and not _REFERENCE.fullmatch(name)]
    return _by_the_list(text, unknown) if unknown and len(text) <= MAX_LENGTH else None


def _by_the_list(text: str, unknown: list[str]) -> Wrong | None:
    """What the list of SPDX says to an expression; of several names that are not usual, the first one that it has not."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    exceptions = set(re.findall(r" WITH +\(*([\w.+:-]+)", text))
    for name in dict.fromkeys(unknown):
        try:
            canonicalize_license_expression(f"Apache-2.0 WITH {name}" if name in exceptions else name)
        except InvalidLicenseExpression:
            return Wrong(name[:MAX_SHOWN], _advice(name))
    return None


def _advice(name: str) -> str:
    key = _key(name)
    meant = _MEANT.get(key) or next((usual for usual in _USUAL.values() if _key(usual) == key), None)
    listed = "https://spdx.org/licenses lists the names, and LicenseRef-<name> is one for all else"
    return f"did you mean {meant}? {listed}" if meant else listed


def _key(name: str) -> str:
    """A name without what people write differently; long texts have none."""
    return _VERSION.sub("", _NO_NAME.sub("", _WORDS.sub("", name.lower()))) if len(name) < 60 else ""
