"""The runtime's .meta file: what Shifter reads of an image, written so that it cannot mean anything else.

Shifter's reader fails open in several ways (a value that ends in a backslash swallows the next line, a later
line replaces an earlier one, an empty list of ids is public), so what was written is read again by a reader
that does the same, and compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.errors import Fault
from certify.store.access import Realm

if TYPE_CHECKING:
    from builder.image import ImageConfig

_BLANK: Final = " \t\n\v\f\r"           # what C's isspace trims; Python's strip() would trim more
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What the runtime understands.

    ``entry`` is the start command as it splits it; no ids at all means public.
    """

    format: str | None = None
    uids: tuple[int, ...] = ()
    gids: tuple[int, ...] = ()
    env: tuple[str, ...] = ()
    entry: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    workdir: str | None = None


def render(config: ImageConfig, realm: Realm) -> bytes:
    """Give the .meta of an image for a realm.

    Raises Fault for what this file cannot say without meaning something else.
    """
    wanted = Meta(format="squashfs", uids=tuple(sorted(realm.uids)), gids=tuple(sorted(realm.gids)),
                  env=tuple(f"{name}={value}" for name, value in sorted(config.environment.items())),
                  entry=config.entrypoint, workdir=config.workdir)
    for name in config.environment:
        if not _VARIABLE.fullmatch(name):
            raise Fault(f"the environment's name {name[:80]!r} cannot be handed to the runtime")
    text = "".join(f"{line}\n" for line in _lines(wanted))
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise Fault("a value of the image is not text and cannot be handed to the runtime") from error
    if parse(data) != wanted:
        raise Fault(
            "the image's environment, entrypoint or workdir cannot be handed to the runtime unchanged",
            hint="look for spaces at the ends of values",
        )
    return data


def parse(data: bytes) -> Meta:
    """Read a .meta file as the runtime does, with all its quirks.

    Never raises for odd content, as it does not either.
    """
    fields: dict[str, str] = {}
    env: list[str] = []
    for line in _logical(data.decode("utf-8", "surrogateescape").split("\n")):
        key, colon, value = line.partition(":")
        key, value = key.strip(_BLANK), value.strip(_BLANK)
        if line.startswith("#") or not colon:
            continue
        if key == "ENV":
            env.append(value)
        else:
            fields[key] = value  # a later line replaces an earlier one
    return Meta(
        format=fields.get("FORMAT"),
        uids=_ids(fields.get("USERACL", "")),
        gids=_ids(fields.get("GROUPACL", "")),
        env=tuple(env),
        entry=_listed(fields.get("ENTRY")),
        cmd=_listed(fields.get("CMD")),
        workdir=fields.get("WORKDIR"),
    )


def _lines(wanted: Meta) -> list[str]:
    lines = ["FORMAT: squashfs"]
    # Right after FORMAT, so that no value of the image stands before it; an empty list would be public.
    lines += [
        f"{key}: {','.join(map(str, ids))}"
        for key, ids in (("USERACL", wanted.uids), ("GROUPACL", wanted.gids))
        if ids
    ]
    lines += [f"ENV: {_safe(one, 'env')}" for one in wanted.env]
    if wanted.entry:
        lines.append("ENTRY: [" + ", ".join(f"'{_element(one)}'" for one in wanted.entry) + "]")
    if wanted.workdir is not None:
        lines.append(f"WORKDIR: {_safe(wanted.workdir, 'workdir')}")
    return lines


def _safe(value: str, where: str) -> str:
    if _CONTROL.search(value):
        raise Fault(
            f"{where}: a line end or control character cannot be handed to the runtime: {value[:80]!r}"
        )
    if value.rstrip().endswith("\\"):
        raise Fault(
            f"{where}: a backslash at the end would swallow the next line of the .meta: {value[-80:]!r}"
        )
    return value


def _element(value: str) -> str:
    if not value or "'" in value:
        raise Fault(f"entrypoint: an element may not be empty or hold a single quote: {value[:80]!r}")
    return _safe(value, "entrypoint")


def _logical(lines: list[str]) -> list[str]:
    joined, swallowing = [], False
    for line in lines:
        bare = line.rstrip(_BLANK)
        ends = bare.endswith("\\")
        if not swallowing:
            joined.append(line)
        swallowing = ends
    return joined


def _ids(value: str) -> tuple[int, ...]:
    numbers = (one.strip(_BLANK) for one in value.split(","))
    return tuple(int(one) % 2**32 for one in numbers if re.fullmatch(r"[0-9]{1,30}", one))


def _listed(value: str | None) -> tuple[str, ...]:
    return tuple(re.findall(r"'([^']*)'", value)) if value else ()
