"""Something is fetched in a way that lets others change it.

http without a checksum, curl -k, wget --no-check-certificate, a script that goes from the network straight into
a shell, package managers told to take what is not signed: whoever sits between can put anything into the image.
http with a checksum weighs less, as it cannot bring other bytes. Plain http mirrors of apt are fine: what they
hold is signed. So is the machine itself (localhost).

Bad::

    sources:
      - url: http://example.org/tool.tar.gz
        sha256: "0000000000000000000000000000000000000000000000000000000000000000"
        unpack: /src/tool

Good::

    sources:
      - url: https://example.org/tool.tar.gz
        sha256: "0000000000000000000000000000000000000000000000000000000000000000"
        unpack: /src/tool
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import assigned, at, commands
from certify.rules.downloads import LOCAL, downloads
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.downloads import Download
    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "SEC603"
NAME = "insecure-fetch"
SEVERITY = Severity.ERROR

HELP = "use https, keep verification on, and compare a sha256 before anything of it runs"

_HTTP = pattern(r"(?:http|ftp)://", re.IGNORECASE)
_UNVERIFIED = pattern(r"--allow-unauthenticated|--force-yes|--allow-insecure-repositories|--nogpgcheck|--no-gpg-checks"
                         r"|--allow-untrusted|--trusted-host(?:=.*)?|--no-check-certificate|--ssl-no-revoke"
                         r"|Acquire::https::(?:[\w.]+::)?Verify-Peer=(?:false|0)|Acquire::AllowInsecureRepositories=(?:true|1)"
                         r"|(?:APT::Get::)?AllowUnauthenticated=(?:true|1)|http\.sslVerify=(?:false|0)", re.IGNORECASE)
_INDEX = pattern(r"(?:--(?:extra-)?index-url|-i)(?:=(.*))?")
_TRACE = pattern(r"--allow-un|--force-yes|insecure|gpgcheck|no-gpg-checks|--trusted-host|certificate|sslVerify|Verify-Peer"
                    r"|AllowUnauth|index-url|\bpip[^\n]{0,300}\s-i\s|trusted=yes|SSL_NO_VERIFY|NODE_TLS_REJECT|strict-ssl|ssl_verify"
                    r"|PYTHONHTTPSVERIFY|--ssl-no-revoke", re.IGNORECASE)
_SWITCHES = frozenset({"strict-ssl", "ssl_verify", "http.sslVerify"})
_OFF = pattern(r"GIT_SSL_NO_VERIFY=(?:1|true)|NODE_TLS_REJECT_UNAUTHORIZED=0|PYTHONHTTPSVERIFY=0", re.IGNORECASE)
_SOURCE_LINE = pattern(r"\[[^]\n]*trusted=yes[^]\n]*\]")
_TALKERS = frozenset({"grep", "egrep", "git", "test", "["})


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the URLs of the fields, and at every command that fetches."""
    for fetch in subject.fetches:
        if _HTTP.match(fetch.url) and not LOCAL.match(fetch.url):
            yield Hit(route=fetch.route, message=f"{fetch.what}: {fetch.url} can be changed on its way", help=HELP,
                      shipped=fetch.shipped and fetch.sha256 is None)
    for written in subject.written:
        if _SOURCE_LINE.search(written.text):
            yield Hit(route=written.route, message=f"{written.path}: trusted=yes takes packages that nobody signed", help=HELP,
                      shipped=written.shipped)
    for variable in subject.variables:
        if _OFF.fullmatch(f"{variable.name}={variable.value}"):
            yield Hit(route=variable.route, help=HELP, shipped=variable.shipped,
                      message=f"{variable.name} turns verification off")
    for script in subject.scripts:
        if script.kind == "step":
            yield from _in_step(script)


def _in_step(script: Script) -> Iterator[Hit]:
    told: set[int] = set()
    for found in downloads(script):
        reason = _reason(found)
        if reason and found.command.start not in told:
            told.add(found.command.start)
            weaker = found.checked and not found.executed
            yield found.command.hit(f"{found.command.name}: {reason}".replace("\0", "."), HELP, weaker=weaker)
    for command in commands(script, _TRACE):
        word = _unverified(command)
        if word is not None and command.start not in told:
            yield command.hit(f"{command.name}: {command.words[word]} takes what nobody vouches for"[:200], HELP, word=word)
    for one, lines in assigned(script, _TRACE):
        if _OFF.fullmatch(f"{one.name}={one.value}"):
            yield at(script, lines, one.start, one.end, f"{one.name} turns verification off", HELP)


def _reason(found: Download) -> str | None:
    """Why a download is insecure, or None."""
    if found.executed:
        return f"{found.url} goes straight into a shell"
    if found.unverified:
        return f"{found.unverified} takes what anybody sends"
    return f"{found.url} can be changed on its way" if _HTTP.match(found.url) else None


def _unverified(command: Simple) -> int | None:
    """The word that turns verification off."""
    if command.name in _TALKERS and "http.sslVerify" not in " ".join(command.words):
        return None
    for number, word in enumerate(command.words):
        if command.name in ("echo", "printf", "tee"):
            if _SOURCE_LINE.search(word) and word.lstrip().startswith("deb"):
                return number
        elif _UNVERIFIED.fullmatch(word) or _is_plain_index(command, number) or _is_switched_off(command, number):
            return number
    return None


def _is_switched_off(command: Simple, number: int) -> bool:
    return command.words[number] in _SWITCHES and command.words[number + 1:number + 2] in (("false",), ("0",))


def _is_plain_index(command: Simple, number: int) -> bool:
    found = _INDEX.fullmatch(command.words[number]) if "pip" in (command.name[:3], *command.words[:2]) else None
    if found is None:
        return False
    url = found[1] if found[1] is not None else (command.words[number + 1:number + 2] or ("",))[0]
    return _HTTP.match(url) is not None and LOCAL.match(url) is None
