"""What an interrupted change left: the next one that may write finishes it or takes it back, before it does anything else.

Whoever was killed, or ran out of disk, left whole files, but some of them ahead of others: a list, a .meta or an ACL that
does not say yet, or not any more, what the signed records say. The records decide.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from certify.store.layout import Store
    from certify.trust import Trust


def recover(store: Store, trust: Trust, now: datetime) -> None:
    """Make all that needs no key what the signed records say, if a change was interrupted, and sweep; only under the lock.

    A store that was made before there were lists gets them. What cannot be mended stays as it is, for fsck to tell. Raises
    Error if the store is not to be listed.
    """
    unlisted = not os.path.lexists(store.lists)
    if store.interrupted or unlisted:
        from certify.store import fsck  # only then

        found = fsck.check(store, trust, now=now)
        with ExitStack() as stack:
            if unlisted:
                stack.enter_context(store.changing())
            fsck.mend(store, [one for one in found.problems if one.kind is not fsck.Kind.TEMP], trust, now)
    store.sweep()
