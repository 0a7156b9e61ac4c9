"""Content below given folders, shared by the checks on hidden paths."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from certify.checks.tree import ImageTree

# A link that the distribution's own scripts make, so that no package owns it.
_DISTRIBUTION: Final = ("/var/spool/mail",)


def below(image: ImageTree, folders: Sequence[str], message: Callable[[str, str], str]) -> Iterator[Hit]:
    """One hit for each folder that holds files or links which no package of the distribution brought."""
    for folder in folders:
        own = [path for path, status in image.entries.items()
               if path.startswith(folder + "/") and not stat.S_ISDIR(status.st_mode) and image.owner(path) is None
               and path not in _DISTRIBUTION]
        if own:
            more = f" (and {len(own) - 1} more)" if len(own) > 1 else ""
            yield Hit(path=own[0], message=message(own[0], folder) + more)
