"""Who may use an image: names made numbers, their signed record, and which realm is wider than which."""

from __future__ import annotations

import grp
import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Fault
from certify import strictjson

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

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

    @property
    def full(self) -> str:
        """The name with the number behind it, which is what counts."""
        return f"{self.name} ({self.id})" if self.name else str(self.id)


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
        return self._told(str)

    @property
    def full(self) -> str:
        """The realm for people, with the numbers beside the names."""
        return self._told(lambda one: one.full)

    def _told(self, each: Callable[[Principal], str]) -> str:
        listed = (("users", self.users), ("groups", self.groups))
        return "public" if self.public else "; ".join(f"{kind} {', '.join(map(each, one))}" for kind, one in listed if one)


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
        users=_sorted(_resolved(one, user_number, "user") for one in access.users),
        groups=_sorted(_resolved(one, group_number, "group") for one in access.groups),
    )


def union(realms: Iterable[Realm]) -> Realm:
    """Give the realm of everybody who is in one of the realms, of which there is at least one."""
    every = list(realms)
    if any(one.public for one in every):
        return Realm(public=True)
    return Realm(users=_sorted(user for one in every for user in one.users),
                 groups=_sorted(group for one in every for group in one.groups))


def numbered(uids: Collection[int], gids: Collection[int]) -> Realm:
    """Give the realm of these users and groups; of none at all it is everybody, as for the runtime. Raises Fault."""
    return Realm(public=not uids and not gids, users=tuple(Principal(id=one) for one in sorted(uids)),
                 groups=tuple(Principal(id=one) for one in sorted(gids)))


def intersection(one: Realm, other: Realm) -> Realm | None:
    """Give the realm of those whom both list by the same number, None if there are none."""
    if one.public or other.public:
        return other if one.public else one
    users = tuple(each for each in one.users if each.id in other.uids)
    groups = tuple(each for each in one.groups if each.id in other.gids)
    return Realm(users=users, groups=groups) if users or groups else None


def without(realm: Realm, access: Access) -> tuple[tuple[Principal, ...], tuple[Principal, ...], tuple[str, ...]]:
    """Give the users and the groups of a realm that stay when those named go, and in words those who were not listed.

    A name is both the number that it has on this machine and the one that was recorded under it: an account that is gone,
    or has another number by now, must not keep what was given to its name. Raises Fault for a name that is neither.
    """
    users = [(named, _meant(named, realm.users, user_number, "user")) for named in access.users]
    groups = [(named, _meant(named, realm.groups, group_number, "group")) for named in access.groups]
    gone_users, gone_groups = (frozenset[int]().union(*(ids for _, ids in one)) for one in (users, groups))
    unlisted = [f"{kind} {named}" for kind, one, there in (("user", users, realm.uids), ("group", groups, realm.gids))
                for named, ids in one if ids.isdisjoint(there)]
    return (tuple(one for one in realm.users if one.id not in gone_users),
            tuple(one for one in realm.groups if one.id not in gone_groups), tuple(unlisted))


def user_number(name: str) -> int | None:
    """The number of a user on this machine, None for a name that is not known."""
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def group_number(name: str) -> int | None:
    """The number of a group on this machine, None for a name that is not known."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def _meant(named: str | int, listed: Iterable[Principal], number: Callable[[str], int | None], kind: str) -> frozenset[int]:
    if isinstance(named, int):
        return frozenset({named})
    here = number(named)
    meant = {one.id for one in listed if one.name == named} | ({here} if here is not None else set())
    if not meant:
        raise _unknown(kind, named)
    return frozenset(meant)


def _resolved(named: str | int, number: Callable[[str], int | None], kind: str) -> Principal:
    if isinstance(named, int):
        return _principal(named, None)
    here = number(named)
    if here is None:
        raise _unknown(kind, named)
    return _principal(here, named)


def _unknown(kind: str, named: str) -> Fault:
    return Fault(f"access: no {kind} {named!r} on this machine",
                 hint=f"give the number, or publish where the site's {'accounts' if kind == 'user' else 'groups'} are known")


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
