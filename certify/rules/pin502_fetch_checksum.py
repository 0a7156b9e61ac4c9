r"""A file from the network that nothing compares with a checksum.

Who controls the server, or the way to it, controls the image. Compare what came with a sha256, or verify a signature
with gpg, in the same RUN. Where checksums stand beside names of files, the others are not compared. In a recipe
``sources`` do it, and steps have no network, so the rule is about Containerfiles. Quiet: requests whose answer is not
kept, keys handed to gpg, and what the rules about insecure fetching and moving references say already.

Bad::

    FROM scratch
    RUN curl -fsSLO https://example.org/tool-1.2.tar.gz && tar xzf tool-1.2.tar.gz

Good::

    FROM scratch
    RUN curl -fsSLO https://example.org/tool-1.2.tar.gz \
     && echo "0000000000000000000000000000000000000000000000000000000000000000  tool-1.2.tar.gz" | sha256sum -c \
     && tar xzf tool-1.2.tar.gz
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import commands
from certify.rules.downloads import HASHED, LOCAL, MOVING, by_pip, checking, downloads, left_out
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.downloads import Download
    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "PIN502"
NAME = "fetch-checksum"
SEVERITY = Severity.ERROR

HELP = ('compare it in the same step: echo "<sha256>  <file>" | sha256sum -c; or ADD --checksum=sha256:<hex>; '
        "a recipe's sources do it by themselves")
_PIP_HELP = "add #sha256=<hex> to the URL, or list it in a requirements file with hashes"

_PIP = pattern(r"\bpip[\d.]*\s")
_PACKAGE = pattern(r".*\.(?:whl|zip|tgz|tar\.\w+)", re.DOTALL)
_SECURE = pattern(r"https://", re.IGNORECASE)
_GIT = pattern(r"\.git(?:#|$)")
_KEY = pattern(r"\.(?:asc|gpg|pgp|key|sig|pub|sha256|sha512|sha256sum|repo|list)$|(?:gpg|signing)[-_.]?key|SHA256SUMS",
                  re.IGNORECASE)
_KEPT = pattern(r"-\w*[oO]|--output|--remote-name(?:-all)?")
_ASKING = pattern(r"-\w*[IXdFT]|--(?:head|request|data\S*|form|upload-file|spider)")
_PLAIN_PIPE = frozenset({"tar", "bsdtar", "gunzip", "gzip", "xz", "unxz", "bunzip2", "zstd", "cpio", "dpkg", "rpm2cpio", "tee"})


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at what ADD and the steps of a Containerfile fetch."""
    texts = checking(subject)
    for fetch in subject.fetches:
        if fetch.sha256 is None and _is_mine(fetch.url) and not _named(fetch.url.rpartition("/")[2], texts):
            yield Hit(route=fetch.route, message=f"{fetch.what}: nothing compares {fetch.url} with a checksum", help=HELP,
                      shipped=fetch.shipped)
    for script in subject.scripts if subject.recipe is None else ():
        others = texts if script.text not in texts else [text for text in texts if text != script.text]
        for found in downloads(script) if script.kind == "step" else ():
            unchecked = not found.checked or left_out(found)
            if _is_kept(found) and unchecked and not _named(found.file, others):
                shown = found.url.replace("\0", ".")
                yield found.command.hit(f"{found.command.name}: nothing compares {shown} with a checksum", HELP, word=found.word)
        yield from _by_pip(script) if script.kind == "step" else ()


def _by_pip(script: Script) -> Iterator[Hit]:
    """Packages that pip takes from a URL: it compares what a URL has a hash of."""
    for command in commands(script, _PIP):
        for number, url in by_pip(command) if not command.has("--require-hashes") else ():
            if _PACKAGE.fullmatch(url.partition("#")[0]) and HASHED.search(url) is None and _is_mine(url):
                yield command.hit(f"pip: nothing compares {url} with a checksum".replace("\0", "."), _PIP_HELP, word=number)


def _named(file: str, texts: list[str]) -> bool:
    return bool(file) and any(file in text for text in texts)


def _is_mine(url: str) -> bool:
    return not (_SECURE.match(url) is None or MOVING.search(url) or _KEY.search(url) or LOCAL.match(url) or _GIT.search(url))


@functools.lru_cache(maxsize=64)    # a command may have a thousand URLs
def _is_asking(words: tuple[str, ...]) -> bool:
    return any(map(_ASKING.fullmatch, words))


@functools.lru_cache(maxsize=64)
def _is_shown(words: tuple[str, ...]) -> bool:
    return any(re.fullmatch(r"-\w*O-|--output-document=-", word) for word in words)


@functools.lru_cache(maxsize=64)
def _is_to_file(words: tuple[str, ...]) -> bool:
    to_file = any(map(_KEPT.match, (word for word in words if word.startswith("-"))))
    return to_file and not any(word == "/dev/null" or word.startswith("/dev/null=") for word in words)


def _is_kept(found: Download) -> bool:
    """Whether what comes is put into a file or unpacked."""
    command = found.command
    if not _is_mine(found.url) or found.executed or found.unverified or _is_asking(command.words):
        return False
    if command.piped_into:
        return command.piped_into in _PLAIN_PIPE
    if command.name == "wget":
        return not _is_shown(command.words) or ">" in command.rest
    return _is_to_file(command.words) or re.search(r"(?<![\d&])>(?!\s*/dev/null|&)", command.rest) is not None
