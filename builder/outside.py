"""What a recipe may name outside its own folder, and by which ways it is fetched: the caller's policy decides."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from builder.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PROXIES: Final = re.compile(r"(?i:https?_proxy|all_proxy)|PIP_PROXY")
_CREDENTIALS: Final = re.compile(r"[a-z0-9]{1,10}://([^/?#\s]{1,1000})@")
_GUESSED: Final = 6     # a shorter password stands in too many other words to be looked for by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The machine and the site, as a build may see them. Nothing of it enters an image.

    ``registries`` are the hosts (``host[:port]``, with a path to narrow them) that images may come from; empty
    allows every registry. ``plain_http`` are those among them that speak no TLS. ``layouts`` and ``trees`` give names
    to OCI layouts and to trees of files on this machine; ``mirrors`` gives a distribution (``debian``,
    ``debian-security``, ``ubuntu``) another address than the machine's. ``certificates`` is a file of CAs to trust.
    """

    registries: tuple[str, ...] = ()
    plain_http: tuple[str, ...] = ()
    layouts: Mapping[str, Path] = field(default_factory=dict)
    trees: Mapping[str, Path] = field(default_factory=dict)
    mirrors: Mapping[str, str] = field(default_factory=dict)
    proxy: str | None = None
    certificates: Path | None = None

    def environment(self, machine: Mapping[str, str]) -> dict[str, str]:
        """The variables of a program that fetches for a build, from those of the machine: the site's proxy before its own.

        Whom the machine reaches without a proxy (``no_proxy``) is still reached so.
        """
        kept = {name: value for name, value in machine.items() if not (self.proxy and _PROXIES.fullmatch(name))}
        return kept if self.proxy is None else {**kept, "http_proxy": self.proxy, "https_proxy": self.proxy}

    def authorities(self) -> str | None:
        """The path of the file of CAs; raises Error where there is none, of which tools tell in odd ways."""
        if self.certificates is None:
            return None
        path = self.certificates.absolute()
        if not path.is_file() or not os.access(path, os.R_OK):
            raise Error(f"the site's certificates {path}: not a file that can be read",
                        hint="mend 'certificates' in the site's profile")
        return str(path)

    def concealed(self, text: str) -> str:
        """A text without the credentials of proxies, the site's and the machine's: some tools quote what they were given."""
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, "****")
        return text

    @contextmanager
    def discreet(self) -> Iterator[None]:
        """Let no error tell the credentials of a proxy."""
        try:
            yield
        except Error as error:
            error.message = self.concealed(error.message)
            error.args = (error.message,)
            error.hint = error.hint and self.concealed(error.hint)
            raise

    def _secrets(self) -> set[str]:
        proxies = [self.proxy or "", *(value for name, value in os.environ.items() if _PROXIES.fullmatch(name))]
        given = [found[1] for found in map(_CREDENTIALS.match, proxies) if found]
        secrets = {f"{one}@" for one in given} | {one.partition(":")[2] for one in given}
        secrets |= {unquote(one) for one in secrets}
        return {one for one in secrets if one.endswith("@") or len(one) >= _GUESSED}
