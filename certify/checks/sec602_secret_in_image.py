"""A private file in the image: keys, accounts, tokens, licences.

Everybody who may use the image can read it; some gateways even open files that only root could read. Files are found by
their names (.ssh, .netrc, .aws/credentials, .git-credentials, .docker/config.json, .npmrc, .env, *.pem, *.key, *.lic, ...)
and judged by what is in them, which no message ever shows. Public certificates and keys are fine, and so are the examples
of test suites and what a package of the distribution brought for everybody. A key that a package made when it was
installed (the host keys of sshd, the key of MUNGE), and one in a folder of Python packages, weigh less.
"""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, Final

from certify.checks.hit import grouped
from certify.checks.secret_files import MAX_READ, kind_of
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "SEC602"
NAME = "secret-in-image"
SEVERITY = Severity.ERROR
HELP = ("leave it out, and change it where it is used, as it is known now; a build gets a secret with --secret, and users "
        "have their own at the site")

_MAX_FILES: Final = 20_000      # looked into: no image that means well has as many
_EXAMPLE: Final = re.compile(r"/(?:tests?|testing|test[-_]?data|self_?test|fixtures?|examples?|samples?|dummy[^/]*|docs?|man)/"
                             r"|snakeoil|/tests?[._-][^/]*\Z|[^/]*[._-](?:example|sample|template|dist)\Z", re.IGNORECASE)
_PACKAGED: Final = re.compile(r"/(?:site|dist)-packages/|/node_modules/|/share/|/(?:perl5|ruby|gems|R)/")
_MADE: Final = re.compile(r"/etc/ssh/ssh_host_[a-z0-9]+_key|/etc/munge/munge\.key")


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each kind of secret and each step or tree with it."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for path, what in _found(image):
        groups.setdefault((what, bool(_MADE.fullmatch(path) or _PACKAGED.search(path))), []).append(path)
    for (what, less), paths in groups.items():
        yield from grouped(image, paths, lambda path, what=what: f"{path} holds {what}",  # type: ignore[misc]
                           severity=Severity.WARNING if less else None)


def _found(image: ImageTree) -> Iterator[tuple[str, str]]:
    looked = 0
    for path, status in image.entries.items():
        if not stat.S_ISREG(status.st_mode) or not status.st_size:
            continue
        kind = kind_of(path)
        if kind is None or _EXAMPLE.search(path) or image.owner(path) is not None:
            continue
        looked += 1
        if looked > _MAX_FILES:
            yield path, "what was not looked at: too many files are named like secrets"
            return
        if what := kind.told(image.head(path, min(status.st_size, MAX_READ))):
            yield path, what
