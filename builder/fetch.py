"""Bring what a recipe declares from the network, by hash, before anything of the recipe runs."""

from __future__ import annotations

import hashlib
import os
import ssl
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import TYPE_CHECKING, Final

from builder import __version__, used
from builder.digest import CHUNK
from builder.errors import Error, Fault
from builder.outside import Outside

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from builder.recipe.model import Source

_TIMEOUT: Final = 60            # seconds without a byte
_MAX_BYTES: Final = 32 << 30    # larger than any source known; keeps a lying server from filling the disk
_MACHINE: Final = Outside()


def source(wanted: Source, store: Path, work: Path, on_line: Callable[[str], None], outside: Outside = _MACHINE) -> Path:
    """The file of a source, from the store or from its address; raises Fault if its bytes are others.

    It is fetched into ``work``, the build's own folder, and gets its place in the store when it is whole.
    """
    path = store / wanted.sha256
    if path.exists():
        used.touch(path)
        return path
    on_line(f"fetching {wanted.url}")
    part = work / f"{wanted.sha256}.part"
    found = _download(wanted.url, part, _opener(outside))
    if found != wanted.sha256:
        raise Fault(f"{wanted.url}: its sha256 is {found}, the recipe says {wanted.sha256}",
                    hint="if the new file is right, write its sha256 into the recipe")
    part.replace(path)
    return path


def _opener(outside: Outside) -> urllib.request.OpenerDirector:
    """Where the site names none, proxy and certificates are the machine's: http_proxy, https_proxy and SSL_CERT_FILE."""
    file = outside.authorities()
    try:
        trusted = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=file))
    except OSError as error:
        raise Error(f"the site's certificates {file}: {error}", hint="a file of CAs in PEM is needed") from error
    proxy = urllib.request.ProxyHandler({"http": outside.proxy, "https": outside.proxy} if outside.proxy else None)
    return urllib.request.build_opener(trusted, proxy)


def _download(url: str, target: Path, opener: urllib.request.OpenerDirector) -> str:
    request = urllib.request.Request(url, headers={"User-Agent": f"certify/{__version__}"})  # noqa: S310 (the schema allows http and https)
    hasher, count = hashlib.sha256(), 0
    try:
        with opener.open(request, timeout=_TIMEOUT) as answer, target.open("xb") as file:
            while chunk := answer.read(CHUNK):
                count += len(chunk)
                if count > _MAX_BYTES:
                    raise Error(f"{url}: more than {_MAX_BYTES >> 30} GiB", hint="is this the right address?")
                hasher.update(chunk)
                file.write(chunk)
            if answer.length:
                raise Error(f"{url}: the connection ended {answer.length} bytes too early", hint="try again")
            os.fsync(file.fileno())
    except (urllib.error.URLError, HTTPException, OSError, ValueError) as error:
        raise Error(f"{url}: {_reason(error)}", hint="check the address and the network") from error
    return hasher.hexdigest()


def _reason(error: Exception) -> object:
    """What to tell: an answer of the server with its number, else the cause beneath."""
    return error if isinstance(error, urllib.error.HTTPError) else getattr(error, "reason", None) or error
