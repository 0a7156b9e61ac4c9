"""What several checks ask of one image is computed once, and forgotten with the image."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from certify.checks.tree import ImageTree
    from certify.site import Site

_Value = TypeVar("_Value")


class Memo(Generic[_Value]):
    """The last answer for each image that is in use."""

    def __init__(self) -> None:
        self._known: weakref.WeakKeyDictionary[ImageTree, tuple[Site, _Value]] = weakref.WeakKeyDictionary()

    def get(self, image: ImageTree, site: Site, compute: Callable[[], _Value]) -> _Value:
        """The value for an image at a site."""
        known = self._known.get(image)
        if known is None or known[0] is not site:
            known = self._known[image] = (site, compute())
        return known[1]
