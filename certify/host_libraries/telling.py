"""The words that the checks on host libraries share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from certify.host_libraries.judging import Loss
    from certify.host_libraries.proof import Proof
    from certify.site import Site


def severity(proof: Proof, site: Site, runtimes: Iterable[str], *, companion: bool = False) -> Severity:
    """An error where the recipe wants the library and the site's own runtime is concerned, else a warning."""
    return Severity.ERROR if proof.asked and site.runtime in runtimes and not companion else Severity.WARNING


def under(proof: Proof, runtimes: Iterable[str]) -> str:
    """The runtimes that are concerned, in the profile's order."""
    named = [one for one in proof.library.runtimes if one in set(runtimes)]
    return "under every runtime" if len(named) == len(proof.library.runtimes) else "under " + listed(named)


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def grouped(losses: Iterable[Loss], key: Callable[[Loss], Hashable]) -> list[list[Loss]]:
    """The losses that have one cause, in the order in which they were found."""
    groups: dict[Hashable, list[Loss]] = {}
    for loss in losses:
        groups.setdefault(key(loss), []).append(loss)
    return list(groups.values())


def more(paths: Iterable[str], what: str = "files") -> str:
    """``(and 3 more files)`` beside the first of several paths."""
    count = len(set(paths)) - 1
    return f" (and {count} more {what if count > 1 else what.removesuffix('s')})" if count > 0 else ""


def chain(loss: Loss) -> str:
    """Who needs whom, down to the file that is loaded in place of the site's."""
    return " -> ".join((*loss.chain, loss.found or loss.name))
