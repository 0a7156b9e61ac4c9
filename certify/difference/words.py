"""How changes are put in words, for all renderers alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.progress import human_size

if TYPE_CHECKING:
    from certify.difference.model import Difference, FileChange, Look, Total


def title(look: Look) -> str:
    """What an image is called, with the beginning of its digest."""
    return f"{look.name} (sha256:{look.digest[:12]})" if look.digest else look.name


def size(difference: Difference) -> str:
    """The sizes of both images, and what lies between them; nothing where one has none."""
    one, other = difference.one.size, difference.other.size
    return f"{human_size(one)} -> {human_size(other)} ({signed(other - one)})" if one and other else ""


def signed(size: int) -> str:
    """A difference of sizes."""
    return "0" if not size else ("+" if size > 0 else "-") + human_size(abs(size))


def counted(**counts: int) -> str:
    """Counts with their words, without those that are 0."""
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "none"


def of_packages(difference: Difference) -> str:
    """How many packages came, went and moved."""
    hows = [one.how for one in difference.packages]
    return counted(**{how: hows.count(how) for how in ("added", "removed", "up", "down", "changed")})


def of_files(difference: Difference) -> str:
    """How many files came, went and changed."""
    totals = difference.files.totals.values()
    return counted(added=sum(one.added for one in totals), removed=sum(one.removed for one in totals),
                   changed=sum(one.changed for one in totals))


def totals(difference: Difference) -> list[tuple[str, Total]]:
    """The kinds of files of which something differs, by their names."""
    return sorted((kind, one) for kind, one in difference.files.totals.items() if one.added or one.removed or one.changed)


def of_file(change: FileChange) -> str:
    """What became of a file: its size, or both sizes, and why."""
    before, after = change.before, change.after
    if before is None or after is None:
        return human_size(after or before or 0)
    sizes = human_size(after) if before == after else f"{human_size(before)} -> {human_size(after)}"
    return f"{sizes}, {change.why}" if change.why else sizes
