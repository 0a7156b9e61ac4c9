"""What a check of a store finds."""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from certify.store.layout import Store
    from certify.trust import Trust

MOST: Final = 20        # findings of one kind in one folder; more are counted


class Kind(enum.StrEnum):
    """The kinds of findings: their names are stable, programs may rely on them."""

    FOLDER = "folder"                   # a folder of the store has another mode than it must
    ODD = "odd"                         # something that nothing of ours is named like, or of another type
    OWNER = "owner"                     # somebody else owns a file of the store
    TEMP = "temp"                       # left by a publisher that died
    TAG = "tag"                         # a tag record that cannot be read or believed
    TAG_OLD = "tag-old"                 # a tag record that stands behind its siblings
    TAG_LOST = "tag-lost"               # an image was published, and no tag leads to it any more: a key can mend it
    CHAIN = "chain"                     # index or manifest missing, broken, or about something else
    IMAGE = "image"                     # the bytes of a tagged image are missing
    BYTES = "bytes"                     # a blob has other bytes than its name says
    CERTIFICATE = "certificate"         # missing, broken, not believed, or about another image
    EVIDENCE = "evidence"               # what the certificate rests on is missing or broken
    ACCESS = "access"                   # the access record is missing, broken, not believed, or an older one
    META = "meta"                       # the .meta is missing, or the runtime reads something else than was signed
    LINK = "link"                       # images/<hex>.squashfs is not the blob
    GUARD = "guard"                     # mode or ACL let in others than the access record
    SIGHT = "sight"                     # expired or revoked, and still in the runtime's sight
    HIDDEN = "hidden"                   # out of the runtime's sight, as it must be, or without need
    REVOKED = "revoked"                 # the list of what was revoked cannot be read or believed
    LIST = "list"                       # the lists of what is whose do not say what the access records say
    INDEX = "index"                     # index.json does not say what the tags say
    LOG = "log"                         # a record of the log is changed, missing, or not believed
    LOG_CUT = "log-cut"                 # a record of the store is not in the log: the log was cut off
    HOLD = "hold"                       # a pin or lease that cannot be read
    QUARANTINE = "quarantine"           # something in quarantine without a readable record
    UNFINISHED = "unfinished"           # an image without a tag, and not all there: a publish was interrupted
    UNREACHED = "unreached"             # nothing leads to it: for gc


class Mend(enum.StrEnum):
    """What mends a finding without a key."""

    FOLDER = "folder"
    TEMP = "temp"
    META = "meta"
    LINK = "link"
    GUARD = "guard"
    GUARD_NAME = "guard-name"
    LISTS = "lists"
    INDEX = "index"
    HIDE = "hide"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding: its kind, where (a path in the store), what is wrong, and whether it is an error or only a note.

    ``mend`` says how it is mended without a key, ``about`` what it is about: a digest (hex), the name of an image, or a folder.
    """

    kind: Kind
    where: str
    message: str
    error: bool = True
    mend: Mend | None = None
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be checked, and with what: without a trust, signatures are not looked at.

    While a change is ``halfway`` (at work, or interrupted) it is only a note that something lags behind the signed records
    without harm: the next change mends it first. What lets in more than they say is an error all the same.
    """

    store: Store
    trust: Trust | None
    now: datetime
    deep: bool
    halfway: bool = False


def shown(store: Store, path: Path) -> str:
    """Give a path as it is told: relative to the store, with bytes that are no text escaped."""
    return os.fsencode(path.relative_to(store.root)).decode("utf-8", "backslashreplace")
