"""Mending what a check found, as far as it needs no key: whatever is signed stays as it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, assert_never

from builder.errors import Error
from certify.store import atomic, quarantine, rebuild, revoked, sight
from certify.store.fsck.problem import Mend
from certify.store.fsck.structure import PRIVATE
from certify.store.layout import FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from certify.store.fsck.problem import Problem
    from certify.store.layout import Store
    from certify.trust import Trust


def mend(store: Store, problems: Iterable[Problem], trust: Trust, now: datetime) -> list[tuple[Problem, str]]:
    """Mend what can be mended; give what could not be, with the reason. Only under the store's lock.

    What cannot be mended without a key is not tried: check again to see what is left.
    """
    wanted = {(one.mend, one.about): one for one in problems if one.mend is not None}
    failed = []
    # Sight first of all, and bytes before names: what is half mended is closed, not open.
    for kind in (Mend.FOLDER, Mend.TEMP, Mend.HIDE, Mend.GUARD, Mend.META, Mend.LINK, Mend.RESTORE, Mend.GUARD_NAME, Mend.LISTS,
                 Mend.INDEX):
        for (each, about), problem in wanted.items():
            if each is kind:
                try:
                    _mend(store, kind, about, trust, now)
                except Error as error:
                    failed.append((problem, error.message))
                except OSError as error:
                    failed.append((problem, error.strerror or str(error)))
    return failed


def _mend(store: Store, kind: Mend, about: str, trust: Trust, now: datetime) -> None:
    match kind:
        case Mend.FOLDER:
            _folder(store, about)
        case Mend.TEMP:
            store.sweep()
            quarantine.sweep(store)
        case Mend.HIDE:
            _hide(store, about, trust, now)
        case Mend.GUARD:
            rebuild.protect_image(store, about, trust)
        case Mend.META | Mend.RESTORE:
            sight.restore(store, about, trust=trust, now=now)
        case Mend.LINK:
            rebuild.make_link(store, about, now)
        case Mend.GUARD_NAME:
            rebuild.protect_name(store, about, trust)
        case Mend.LISTS:
            rebuild.make_lists(store, trust)
        case Mend.INDEX:
            rebuild.make_index_json(store, trust, now)
        case _:
            assert_never(kind)


def _folder(store: Store, name: str) -> None:
    fd = atomic.open_folder(store.root / name)
    try:
        os.fchmod(fd, {**FOLDERS, **dict.fromkeys(PRIVATE, 0o700)}[name])
    finally:
        os.close(fd)


def _hide(store: Store, digest: str, trust: Trust, now: datetime) -> None:
    why = sight.reason(rebuild.certificate_of(store, digest, trust), revoked.read(store, trust), now)
    if why:
        quarantine.hide(store, digest, why, now)
