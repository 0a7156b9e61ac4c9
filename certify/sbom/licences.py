"""A package's own words on its licence, in the terms of SPDX where they are such."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.license import DisjunctiveLicense, License

if TYPE_CHECKING:
    from collections.abc import Sequence


def licensed(words: Sequence[str]) -> list[License]:
    """One licence as an identifier, an expression or a name; several as identifiers or names: CycloneDX allows no more."""
    if len(words) == 1:
        return [_one(words[0])]
    return list({repr(made): made for made in map(_among, words)}.values())


@functools.lru_cache(maxsize=4096)
def _one(word: str) -> License:
    return LicenseFactory().make_from_string(word)


@functools.lru_cache(maxsize=4096)
def _among(word: str) -> DisjunctiveLicense:
    made = _one(word)
    return made if isinstance(made, DisjunctiveLicense) else DisjunctiveLicense(name=word)
