"""Who may use an image: names made numbers, their signed record, and which realm is wider than which."""

from __future__ import annotations

import grp
import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Fault
from certify import strictjson

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from builder.recipe.model import Access

PAYLOAD_TYPE: Final = "application/vnd.certify.access.v1+json"
LOWEST: Final = 1               # 0 is root, who needs no permission and must not be given one by mistake
HIGHEST: Final = 2**32 - 2      # 2^32-1 is "no id" to the kernel; above, Shifter wraps and admits another
MOST: Final = 1000              # ids in a list: Shifter aborts above


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Principal:
    """A user or a group: the number that decides, and the name it was resolved from, if it had one."""

    id: int
    name: str | None = None

    def __str__(self) -> str:
        return self.name or str(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Realm:
    """Everyone (``public``), or the users and groups listed, each sorted by number and never both empty."""

    public: bool = False
    users: tuple[Principal, ...] = ()
    groups: tuple[Principal, ...] = ()

    def __post_init__(self) -> None:
        if self.public == bool(self.users or self.groups):
            raise Fault(
                "access is either public or lists users or groups", hint="an empty list would admit everyone"
            )
        for one in (self.users, self.groups):
            ids = [principal.id for principal in one]
            if (
                ids != sorted(set(ids))
                or len(ids) > MOST
                or any(not LOWEST <= number <= HIGHEST for number in ids)
            ):
                raise Fault(
                    f"access: ids must be from {LOWEST} to {HIGHEST}, sorted, each once, at most {MOST}"
                )

    @property
    def uids(self) -> frozenset[int]:
        """The numbers of the users."""
        return frozenset(one.id for one in self.users)

    @property
    def gids(self) -> frozenset[int]:
        """The numbers of the groups."""
        return frozenset(one.id for one in self.groups)

    def same_ids(self, other: Realm) -> bool:
        """Tell whether both admit the same numbers; names may differ."""
        return (self.public, self.uids, self.gids) == (other.public, other.uids, other.gids)

    def wider_than(self, other: Realm) -> bool:
        """Tell whether this admits anybody by a number that the other does not list."""
        return not other.public and (self.public or not (self.uids <= other.uids and self.gids <= other.gids))

    def admits(self, uid: int, gids: Collection[int]) -> bool:
        """Tell whether a process with this uid and these gids (primary and others) may use the image."""
        return self.public or uid in self.uids or not self.gids.isdisjoint(gids)

    def __str__(self) -> str:
        if self.public:
            return "public"
        parts = [
            f"{kind} {', '.join(map(str, one))}"
            for kind, one in (("users", self.users), ("groups", self.groups))
            if one
        ]
        return "; ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRecord:
    """The signed record: the image's digest, a number that only grows, and who.

    ``meta`` is the sha256 (hex) of the .meta made from it.
    """

    digest: str
    number: int
    realm: Realm
    meta: str

    def to_payload(self) -> bytes:
        """Give the bytes to sign."""
        shown: object = (
            "public"
            if self.realm.public
            else {"users": _shown(self.realm.users), "groups": _shown(self.realm.groups)}
        )
        return strictjson.dumps(
            {
                "version": 1,
                "digest": f"sha256:{self.digest}",
                "number": self.number,
                "access": shown,
                "meta": f"sha256:{self.meta}",
            }
        )

    @classmethod
    def from_payload(cls, payload: bytes) -> AccessRecord:
        """Read verified bytes; raises Fault."""
        reader = strictjson.Reader(strictjson.loads(payload), "access record")
        reader.version()
        record = cls(
            digest=reader.digest("digest"),
            number=reader.integer("number", 1),
            meta=reader.digest("meta"),
            realm=_realm(reader),
        )
        reader.done()
        return record


def resolve(access: Access) -> Realm:
    """Give the numbers behind an image's ``access:``, looked up on this machine.

    Raises Fault for unknown names and for root.
    """
    if access.public:
        if access.users or access.groups:
            raise Fault("access: public and a list exclude each other")
        return Realm(public=True)
    return Realm(
        users=_sorted(_user(one) for one in access.users),
        groups=_sorted(_group(one) for one in access.groups),
    )


def union(realms: Iterable[Realm]) -> Realm:
    """Give the realm of everybody who is in one of the realms, of which there is at least one."""
    every = list(realms)
    if any(one.public for one in every):
        return Realm(public=True)
    return Realm(users=_sorted(user for one in every for user in one.users),
                 groups=_sorted(group for one in every for group in one.groups))


def _user(named: str | int) -> Principal:
    if isinstance(named, int):
        return _principal(named, None)
    try:
        return _principal(pwd.getpwnam(named).pw_uid, named)
    except KeyError as error:
        raise Fault(f"access: no user {named!r} on this machine",
                    hint="give the number, or publish where the site's accounts are known") from error


def _group(named: str | int) -> Principal:
    if isinstance(named, int):
        return _principal(named, None)
    try:
        return _principal(grp.getgrnam(named).gr_gid, named)
    except KeyError as error:
        raise Fault(f"access: no group {named!r} on this machine",
                    hint="give the number, or publish where the site's groups are known") from error


def _principal(number: int, name: str | None) -> Principal:
    if isinstance(number, bool) or not LOWEST <= number <= HIGHEST:
        raise Fault(f"access: {name or number} has the id {number}; ids are from {LOWEST} to {HIGHEST}",
                    hint="root needs no permission" if number == 0 else None)
    return Principal(id=number, name=name)


def _sorted(found: Iterable[Principal]) -> tuple[Principal, ...]:
    by_id: dict[int, Principal] = {}
    for one in found:
        if one.id not in by_id or by_id[one.id].name is None:
            by_id[one.id] = one
    return tuple(by_id[number] for number in sorted(by_id))


def _shown(principals: Iterable[Principal]) -> list[dict[str, Any]]:
    return [{"id": one.id} | ({"name": one.name} if one.name else {}) for one in principals]


def _realm(reader: strictjson.Reader) -> Realm:
    if isinstance(reader.value("access"), str):
        reader.text("access", "public")
        return Realm(public=True)
    inner = reader.child("access")
    realm = Realm(users=_listed(inner, "users"), groups=_listed(inner, "groups"))
    inner.done()
    return realm


def _listed(inner: strictjson.Reader, key: str) -> tuple[Principal, ...]:
    found = []
    for value in inner.array(key, MOST):
        one = strictjson.Reader(value, f"access record: {key}")
        found.append(
            Principal(
                id=one.integer("id", LOWEST, HIGHEST),
                name=one.text("name", r"[^\n]{1,100}") if one.has("name") else None,
            )
        )
        one.done()
    return tuple(found)
