"""What a user has seen of each store: the highest numbers of its signed records, so that nothing older is accepted again.

A store cannot prove by itself that it is the newest: all of it may have been put back. Whoever looked before remembers:
the number of the list of what was revoked and the keys on it, of each tag, of each image's access record. One file for a
user, by default ~/.local/state/certify/seen.json; a site can give all of its users a floor in /var/lib/certify/seen.json,
by running ``certify verify`` there with CERTIFY_SEEN set to it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Fault
from certify import strictjson
from certify.files import read_if_there

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Self

VARIABLE: Final = "CERTIFY_SEEN"
FLOOR: Final = Path("/var/lib/certify/seen.json")
REVOCATION: Final = "revocation"
_FILE: Final = Path("certify") / "seen.json"
_TEXT: Final = r"[^\n]{1,4096}"


class PutBack(Fault):
    """A record is older than one that was seen, or gone."""


def tag(name: str, called: str) -> str:
    """What the number of a tag record is remembered as."""
    return f"tag {name}:{called}"


def access(digest: str) -> str:
    """What the number of an image's access record is remembered as."""
    return f"access {digest}"


def default_path(environ: Mapping[str, str]) -> Path | None:
    """The user's own file, None for somebody without a home, and for root in the home of somebody else, as sudo may leave it."""
    if named := environ.get(VARIABLE):
        return Path(named)
    state = environ.get("XDG_STATE_HOME", "")
    home = Path(state) if state.startswith("/") else Path(environ["HOME"]) / ".local" / "state" if environ.get("HOME") else None
    return home / _FILE if home and (os.geteuid() != 0 or _roots(home / _FILE)) else None


def _roots(path: Path) -> bool:
    """Whether nobody but root could have put a link on the way to a file."""
    return all(one.lstat().st_uid == 0 for one in path.parents if os.path.lexists(one))


@dataclass(slots=True)
class Seen:
    """The numbers that were seen in one store, and those of the proof that is under way; these count once they are saved.

    ``with`` saves them at its end, those of a proof that failed as well: each is of a record that was believed.
    """

    store: str
    path: Path | None = None
    numbers: dict[str, int] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    fresh: dict[str, int] = field(default_factory=dict)
    fresh_keys: frozenset[str] = frozenset()

    @classmethod
    def load(cls, store: Path, path: Path | None, floor: Path | None = FLOOR) -> Seen:
        """What is remembered of the store in that folder. Raises Fault for a file that cannot be understood."""
        seen = cls(store=os.path.realpath(store), path=path)
        for file in (floor, path):
            for name, one in (_read(file) if file else {}).items():
                if name == seen.store:
                    seen.keys |= one.keys
                    seen.numbers = {key: max(seen.numbers.get(key, 0), one.numbers.get(key, 0))
                                    for key in {*seen.numbers, *one.numbers}}
        return seen

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.save()

    def least(self, what: str) -> int:
        """The least number that is accepted."""
        return self.numbers.get(what, 0)

    def accept(self, what: str, number: int, shown: str) -> None:
        """Raise PutBack for a number below one that was seen; ``shown`` is what people call the record."""
        if number < self.least(what):
            raise PutBack(f"{shown} has number {number}, seen before was {self.least(what)}: an older one was put back",
                          hint=self._hint())
        self.fresh[what] = number

    def absent(self, what: str, shown: str) -> None:
        """Raise PutBack if a record that was seen is gone."""
        if self.least(what):
            raise PutBack(f"{shown} is gone; seen before was number {self.least(what)}", hint=self._hint())

    def save(self) -> bool:
        """Remember what the proof accepted, if it all was; False if this user cannot keep a file."""
        grown = any(number > self.least(what) for what, number in self.fresh.items())
        if not grown and self.fresh_keys <= self.keys:
            return True
        if self.path is None:
            return False
        try:
            with _locked(self.path):
                _write(self.path, self)
        except OSError:
            return False
        return True

    def _hint(self) -> str:
        return f"look into it; if {self.store} was made anew, remove its entry from {self.path or FLOOR}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    fd = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _write(path: Path, seen: Seen) -> None:
    """Add to what others wrote meanwhile; numbers only grow."""
    stores = _read(path)
    there = stores.get(seen.store, Seen(store=seen.store))
    numbers = {key: max(there.numbers.get(key, 0), seen.fresh.get(key, 0)) for key in {*there.numbers, *seen.fresh}}
    stores[seen.store] = Seen(store=seen.store, numbers=numbers, keys=there.keys | seen.fresh_keys)
    plain = {name: {"numbers": one.numbers, "keys": sorted(one.keys)} for name, one in stores.items()}
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with new.open("xb") as file:
            file.write(strictjson.dumps({"version": 1, "stores": plain}) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        with suppress(FileNotFoundError):
            new.unlink()


def _read(path: Path) -> dict[str, Seen]:
    # What is not this user's to read (a HOME that sudo left behind) is not this user's memory.
    data = read_if_there(path) if os.access(path, os.R_OK) else None
    if data is None:
        return {}
    try:
        reader = strictjson.Reader(strictjson.loads(data), "what was seen of stores")
        reader.version()
        stores = reader.child("stores")
        return {name: _store(name, stores.child(name)) for name in stores.keys(_TEXT)}
    except Fault as error:
        raise Fault(f"{path}: {error.message}", hint="look into it; without this file, all that was seen is forgotten") from error


def _store(name: str, reader: strictjson.Reader) -> Seen:
    numbers = reader.child("numbers")
    keys: list[Any] = reader.array("keys", 100_000)
    return Seen(store=name, numbers={key: numbers.integer(key) for key in numbers.keys(_TEXT)},
                keys=frozenset(str(one) for one in keys))
