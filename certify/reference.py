"""References to images, in OCI grammar: ``name[:tag][@sha256:hex]``, or ``sha256:hex`` alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from builder.errors import Fault

LATEST: Final = "latest"
MOST_NAME: Final = 100          # characters, as in the recipe's schema
NAME: Final = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
HEX: Final = re.compile(r"[0-9a-f]{64}")
# As in the recipe's schema: a version that looked like a tag or a pointer would collide with one.
VERSION: Final = re.compile(r"(?!latest$)(?!.*-[0-9]+$)[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
PLATFORM: Final = re.compile(r"[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9]+)?")

_HINT: Final = "name[:tag][@sha256:<64 hex digits>], or sha256:<64 hex digits>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a person types to name an image; ``digest`` is 64 hex digits without a prefix.

    Making one checks it: a Reference holds nothing that could leave a folder. Raises Fault.
    """

    name: str | None = None
    tag: str | None = None
    digest: str | None = None

    def __post_init__(self) -> None:
        if self.name is None and (self.tag is not None or self.digest is None):
            raise Fault("a reference needs a name or a digest", hint=_HINT)
        if self.name is not None and not (NAME.fullmatch(self.name) and len(self.name) <= MOST_NAME):
            raise Fault(f"not a name of an image: {self.name[:120]!r}",
                        hint="lower case letters, digits, and single . _ - between them")
        if self.tag is not None and not TAG.fullmatch(self.tag):
            raise Fault(f"not a tag: {self.tag[:150]!r}", hint=_HINT)
        if self.digest is not None and not HEX.fullmatch(self.digest):
            raise Fault(f"not a sha256 digest: {self.digest[:80]!r}", hint=_HINT)
        if self.name == "sha256" and self.digest is None and HEX.fullmatch(self.tag or ""):
            raise Fault("a name and tag that read as a digest", hint=_HINT)

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference; raises Fault."""
        if text.startswith("sha256:") and HEX.fullmatch(text[7:]):
            return cls(digest=text[7:])
        rest, at, digest = text.partition("@")
        if at and not digest.startswith("sha256:"):
            raise Fault(f"not a reference to an image: {text[:200]!r}", hint=_HINT)
        name, colon, tag = rest.partition(":")
        return cls(name=name, tag=tag if colon else None, digest=digest[7:] if at else None)

    def __str__(self) -> str:
        if self.name is None:
            return f"sha256:{self.digest}"
        tag = "" if self.tag is None else f":{self.tag}"
        return self.name + tag + ("" if self.digest is None else f"@sha256:{self.digest}")
