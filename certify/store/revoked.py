"""A store's list of what must not be used any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.revocation import PAYLOAD_TYPE, Revoked, read_file

if TYPE_CHECKING:
    from certify.store.layout import Store
    from certify.trust import Trust

__all__ = ["PAYLOAD_TYPE", "Revoked", "believed", "read"]


def read(store: Store, trust: Trust) -> Revoked | None:
    """Read the store's list, None if there is none.

    One that cannot be read or believed is a Fault, not an absence.
    """
    return read_file(store.revoked, trust)


def believed(store: Store, trust: Trust) -> Trust:
    """The trust, but for the keys that the store's list revokes. Raises Fault for a list that is not believed."""
    listed = read(store, trust)
    return trust if listed is None else trust.without(listed.keys)
