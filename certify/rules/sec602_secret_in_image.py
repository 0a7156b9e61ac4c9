"""A private file among those that go into the image.

Everybody who may use the image can read it; some gateways even open files that only root could read. Found by
name (.ssh, .netrc, .aws/credentials, .git-credentials, .docker/config.json, a licence server's .lic, ...) and by content
(private keys). Public certificates and keys, and the examples of test suites, are fine.

Bad::

    files:
      - {from: recipe.yaml, to: /opt/tool/.netrc}

Good::

    files:
      - {from: recipe.yaml, to: /opt/tool/etc/recipe.yaml}
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "SEC602"
NAME = "secret-in-image"
SEVERITY = Severity.ERROR

HELP = "leave it out; a build gets a secret with --secret, and a user has his own at the site"

MAX_FILES = 500         # of a folder, looked at by name
MAX_READ = 4096         # of a file: the header of a key is at its start

_NAME = re.compile(r"(?:.*/)?(?:[._]netrc|\.git-credentials|\.pgpass|\.my\.cnf|\.vault-token|\.aws/credentials|\.kube/config"
                   r"|\.docker/config\.json|\.dockercfg|\.pypirc|[^/]+\.lic|\.ssh/id_[a-z0-9_]+|id_(?:rsa|dsa|ecdsa|ed25519)|\.gnupg/secring\.gpg|\.ssh)/?")
_KEY_NAME = re.compile(r".*\.(?:pem|key|p8|ppk)|id_(?:rsa|dsa|ecdsa|ed25519)", re.IGNORECASE)
_KEY = re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----|^PuTTY-User-Key-File-")
_EXAMPLE = re.compile(r"(?:^|/)(?:tests?|testdata|fixtures|examples?)(?:/|$)|snakeoil", re.IGNORECASE)


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the names and at the first bytes of what is copied."""
    looked: dict[str, Path | None] = {}     # a folder may be copied many times, by itself and with those above
    seen: set[str] = set()
    for put in subject.puts:
        if put.source is None:
            continue
        named = next((name for name in (put.path, put.source) if _NAME.fullmatch(name) and not _EXAMPLE.search(name)), None)
        if named is not None:
            yield Hit(route=put.route, help=HELP, shipped=put.shipped,
                      message=f"{put.what}: {named} is a private file by its name")
        elif subject.folder is not None:
            if put.source not in looked:
                looked[put.source] = _with_key(put.source, subject.folder, seen if subject.recipe is not None else None)
            inside = looked[put.source]
            if inside is not None:
                yield Hit(route=put.route, message=f"{put.what}: {inside.as_posix()} holds a private key", help=HELP,
                          shipped=put.shipped)


def _with_key(source: str, folder: Path, seen: set[str] | None) -> Path | None:
    """The first of the files that holds a key.

    Only a recipe's folders are searched: what a Containerfile copies depends on .dockerignore.
    """
    path = folder / source
    try:
        files = [path] if path.is_file() else list(_keys_below(path, seen)) if seen is not None and path.is_dir() else []
    except (OSError, ValueError):       # a name that no file can have
        return None
    inner = (file.relative_to(folder) for file in files if file.is_relative_to(folder))
    return next((one for one in inner if not _EXAMPLE.search(one.as_posix()) and _holds_key(folder / one)), None)


def _keys_below(folder: Path, seen: set[str]) -> Iterator[Path]:
    count = 0
    for where, folders, names in os.walk(folder):
        if where in seen:
            folders.clear()
            continue
        seen.add(where)
        count += len(names)
        yield from (folder.joinpath(where, name) for name in sorted(names) if _KEY_NAME.fullmatch(name))
        if count > MAX_FILES:
            return


def _holds_key(file: Path) -> bool:
    """Whether a plain file starts like a private key; links are not followed."""
    try:
        if file.is_symlink() or not file.is_file():
            return False
        with file.open("rb") as stream:
            return _KEY.search(stream.read(MAX_READ)) is not None
    except (OSError, ValueError):
        return False
