"""How an image came to be, as its maker said: read from signed provenance, or from the record of a build."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import unquote

from builder import lockreader
from builder.errors import Fault
from builder.lock import Lock
from certify import evidence, reference, strictjson
from certify.statement import PROVENANCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from builder.record import Record
    from certify.certificate import Certificate
    from certify.statement import Statement

_DEPENDENCIES: Final = 100_000
_VERSION: Final = r"[^\n]{1,300}"
_TOOL: Final = r"[A-Za-z0-9._+-]{1,100}"
_LINE: Final = re.compile(r"[^\n]{1,4000}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An image's making. ``digest``, ``recipe`` (its file), ``key`` and ``tree`` are sha256 in hex.

    ``resolved`` is what it, its stages and its parents were made of; ``files`` are the digests of the recipe's own files
    in it, by path; ``version`` is the builder's, or empty if it is not known.
    """

    name: str
    tag: str
    platform: str
    digest: str
    recipe: str
    key: str
    tree: str
    tools: Mapping[str, str]
    resolved: Lock
    files: Mapping[str, str]
    version: str = ""

    @property
    def title(self) -> str:
        """The image for people: name and tag."""
        return f"{self.name}:{self.tag}"


def of_certificate(certificate: Certificate, statements: Sequence[Statement]) -> Made:
    """What the verified evidence of a certificate says; raises Fault where that is too little to make the image again."""
    title = f"{certificate.name}:{certificate.tag}"
    told = next(one.predicate for one in statements if one.predicate_type == PROVENANCE)     # no certificate is without
    definition = strictjson.Reader(told, "provenance").child("buildDefinition")
    _require_built(definition.text("buildType"), title)
    outer, inner = definition.child("externalParameters"), definition.child("internalParameters")
    if not inner.has("resolved"):
        _too_old(title)
    tools, builder = inner.child("tools"), strictjson.Reader(told, "provenance").child("runDetails").child("builder")
    return Made(name=certificate.name, tag=certificate.tag, platform=certificate.platform, digest=certificate.digest,
                recipe=outer.child("recipe").text("sha256", strictjson.HEX64), key=outer.text("key", strictjson.HEX64),
                tree=inner.text("tree", strictjson.HEX64), tools={name: tools.text(name, _VERSION) for name in tools.keys(_TOOL)},
                resolved=_resolved(inner.value("resolved"), title), files=_files(definition),
                version=builder.child("version").text("certify", _VERSION))


def of_record(record: Record) -> Made:
    """What the record of a build says; raises Fault where it is not what a build writes."""
    plain = strictjson.Reader({name: getattr(record, name) for name in ("name", "tag", "platform", "digest", "recipe", "key",
                                                                        "tree", "tools")}, "build record")
    tools = plain.child("tools")
    fields = {name: plain.text(name, strictjson.HEX64) for name in ("digest", "recipe", "key", "tree")}
    words = {"name": plain.text("name", reference.NAME), "tag": plain.text("tag", reference.TAG),
             "platform": plain.text("platform", reference.PLATFORM)}
    files = [strictjson.Reader(one, "build record: files") for one in record.files]
    return Made(**words, **fields, tools={name: tools.text(name, _VERSION) for name in tools.keys(_TOOL)},
                resolved=_resolved(record.resolved, f"{words['name']}:{words['tag']}"),
                files={one.text("from", _LINE): one.text("sha256", strictjson.HEX64) for one in files})


def _require_built(kind: str, title: str) -> None:
    if kind == evidence.EXAMINED:
        raise Fault(f"{title} was examined and certified, but not built by the one who signed: nobody says what it was made of",
                    hint="certify ship builds and certifies in one go; such an image can be built again")
    if kind != evidence.BUILD_TYPE:
        raise Fault(f"{title} was built in a way that is not known here: {kind[:100]}", hint="use a newer certify")


def _too_old(title: str) -> NoReturn:
    raise Fault(f"{title} was published by an older certify, which did not say what it was made of",
                hint="publish a new revision with certify ship; that can be built again")


def _resolved(value: Any, title: str) -> Lock:  # noqa: ANN401
    try:
        return Lock(images=lockreader.parse(json.dumps(value), Path("provenance")))
    except Fault as error:
        raise Fault(f"{title}: what it was made of is not told in a form that is known here: {error.message}",
                    hint="use a newer certify") from error


def _files(definition: strictjson.Reader) -> dict[str, str]:
    """The recipe's own files among the dependencies."""
    found = {}
    for value in definition.array("resolvedDependencies", _DEPENDENCIES):
        reader = strictjson.Reader(value, "provenance: dependency")
        kind, _, path = reader.text("uri", _LINE).partition(":")
        if kind == "file":
            found[unquote(path)] = reader.child("digest").text("sha256", strictjson.HEX64)
    return found
