"""Compare two images that nobody has examined: both mounted by FUSE, in a mount namespace that goes with them."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from builder.compare import Difference, differences
from builder.errors import Error
from certify.sandbox import enter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from builder.rootfs import Root

MOST: Final = 10_000        # differences that are told one by one; the others are counted
_LONGEST: Final = 4_000     # characters of a detail: a link's target may be a page long


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two trees differ: the first ``MOST`` differences, and the number of all, by kind."""

    differences: tuple[Difference, ...] = ()
    kinds: Mapping[str, int]

    @property
    def count(self) -> int:
        """The number of all differences."""
        return sum(self.kinds.values())


def compare(first: int, second: int) -> Comparison:
    """Compare the trees of two images behind open handles. Raises Fault if one cannot be read, Error if the machine fails.

    Fails closed: without the last word, or with a word that is not expected, nothing counts as compared.
    """
    told: list[Difference] = []
    ends: list[Any] = []

    def heard(event: dict[str, Any]) -> None:
        if event["event"] == "difference" and not ends:
            told.append(Difference(event["path"], event["kind"], event["detail"]))
        else:
            ends.append(event)

    enter.listen({"kind": "compare", "images": [first, second]}, (first, second), heard, "the images could not be compared")
    end = ends[0] if len(ends) == 1 else {}
    kinds = end.get("kinds") if end.get("event") == "end" else None
    if not isinstance(kinds, dict) or len(told) != min(sum(kinds.values()), MOST):
        raise Error("the images could not be compared: the comparison ended without a word",
                    hint="certify doctor shows what is missing")
    return Comparison(differences=tuple(told), kinds=kinds)


def events(first: Root, second: Root) -> Iterator[dict[str, object]]:
    """What the inner side tells: differences, and at the end how many there were of each kind."""
    kinds: Counter[str] = Counter()
    for difference in differences(first, second):
        kinds[difference.kind] += 1
        if kinds.total() <= MOST:
            yield {"event": "difference", **asdict(difference), "detail": difference.detail[:_LONGEST]}
    yield {"event": "end", "kinds": dict(kinds)}
