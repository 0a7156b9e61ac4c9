"""Something is fetched in a way that lets others change it.

http without a checksum, git over http:// or git:// without a commit, curl -k, wget --no-check-certificate, a script
that goes from the network straight into a shell, package managers told to take what is not signed: whoever sits
between can put anything into the image. http with a checksum weighs less, as it cannot bring other bytes. Plain http
mirrors of apt are fine: what they hold is signed. So is the machine itself (localhost). A step of a recipe has no
network: what fetches there is the matter of PIN507 alone.

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
from certify.rules.downloads import LOCAL, downloads, told_as_fetching
from certify.rules.env1_texts import texts
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.downloads import Download
    from certify.rules.env1_texts import Text
    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "SEC603"
NAME = "insecure-fetch"
SEVERITY = Severity.ERROR

HELP = "use https, keep verification on, and compare a sha256 before anything of it runs"
_HTTPS = "use https, if the server has it; the checksum refuses other bytes, but then the build fails"

_HTTP = pattern(r"(?:http|ftp)://", re.IGNORECASE)
_UNVERIFIED = pattern(r"--allow-unauthenticated|--force-yes|--allow-insecure-repositories|--nogpgcheck|--no-gpg-checks"
                         r"|--allow-untrusted|--trusted-host(?:=.*)?|--no-check-certificate|--ssl-no-revoke"
                         r"|Acquire::https::(?:[\w.]+::)?Verify-Peer=(?:false|0)|Acquire::AllowInsecureRepositories=(?:true|1)"
                         r"|(?:APT::Get::)?AllowUnauthenticated=(?:true|1)|http\.sslVerify=(?:false|0)", re.IGNORECASE)
_INDEX = pattern(r"(?:--(?:extra-)?index-url|-i)(?:=(.*))?")
_TRACE = pattern(r"--allow-un|--force-yes|insecure|gpgcheck|no-gpg-checks|--trusted-host|certificate|sslVerify|Verify-Peer"
                    r"|AllowUnauth|index-url|\bpip[^\n]{0,300}\s-i\s|trusted=yes|SSL_NO_VERIFY|NODE_TLS_REJECT|strict-ssl|ssl_verify"
                    r"|PYTHONHTTPSVERIFY|--ssl-no-revoke|gpgcheck=0|git[^\n]{0,300}\s[\"']?(?:http|git)://", re.IGNORECASE)
_SWITCHES = frozenset({"strict-ssl", "ssl_verify", "http.sslVerify"})
_OFF = pattern(r"GIT_SSL_NO_VERIFY=(?:1|true)|NODE_TLS_REJECT_UNAUTHORIZED=0|PYTHONHTTPSVERIFY=0", re.IGNORECASE)
_SOURCE_LINE = pattern(r"\[[^]\n]*trusted=yes[^]\n]*\]")
_UNSIGNED = pattern(r"(?:^|\n|\\n)[ \t]*(?:pkg_)?gpgcheck[ \t]*=[ \t]*(?:0|no|false)\b", re.IGNORECASE)
_OWN_FILES = pattern(r"\bbaseurl[ \t]*=[ \t]*file:")
_LISTS = pattern(r"trusted=yes|gpgcheck", re.IGNORECASE)
_LIST = pattern(r"\.(?:repo|list|sources)$|/(?:yum|dnf)\.conf$|/sources\.list$|/zypp/")
_PLAIN_GIT = pattern(r"(?:http|git)://", re.IGNORECASE)
_COMMIT = pattern(r"\b[0-9a-f]{40}\b")
_TALKERS = frozenset({"grep", "egrep", "git", "test", "["})


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the URLs of the fields, and at every command that fetches."""
    for fetch in subject.fetches:
        if _HTTP.match(fetch.url) and not LOCAL.match(fetch.url):
            yield Hit(route=fetch.route, message=f"{fetch.what}: {fetch.url} can be changed on its way",
                      help=HELP if fetch.sha256 is None else _HTTPS, shipped=fetch.shipped and fetch.sha256 is None)
    for written in subject.written:
        found = _unsigned(written.text)
        if found is not None:
            yield Hit(route=written.route, help=HELP, shipped=written.shipped,
                      message=f"{written.path}: {_switch(found)} takes packages that nobody signed")
    for variable in subject.variables:
        if _OFF.fullmatch(f"{variable.name}={variable.value}"):
            yield Hit(route=variable.route, help=HELP, shipped=variable.shipped,
                      message=f"{variable.name} turns verification off")
    for script in subject.scripts:
        if script.kind == "step":
            yield from _in_step(script, subject)
    for text in texts(subject, _LISTS):
        yield from _in_list(text)


def _in_list(text: Text) -> Iterator[Hit]:
    """A list of sources that a step writes, or that is copied; what echo and printf write is told where they say it."""
    if text.how in ("echo", "printf", "in place") or _LIST.search(text.path) is None:
        return
    found = _unsigned(text.text)
    if found is not None:
        from certify.shell.settings import Setting  # where shell text is read

        place = Setting(name="", value="", start=found.start(), end=found.end(), how=text.how)
        yield text.hit(place, "packages that nobody signed are taken by", HELP)


def _unsigned(text: str) -> re.Match[str] | None:
    """What takes packages without a signature; those of the machine itself need none."""
    return _SOURCE_LINE.search(text) or (None if _OWN_FILES.search(text) else _UNSIGNED.search(text))


def _in_step(script: Script, subject: Subject) -> Iterator[Hit]:
    told: set[int] = set()
    for found in downloads(script):
        reason = _reason(found)
        if reason and found.command.start not in told and not told_as_fetching(subject, script, found.command):
            told.add(found.command.start)
            weaker = found.checked and not found.executed
            yield found.command.hit(f"{found.command.name}: {reason}".replace("\0", "."), HELP, weaker=weaker)
    settled = _COMMIT.search(script.text) is not None
    for command in commands(script, _TRACE):
        word = _plain_git(command)
        if word is not None and not told_as_fetching(subject, script, command):
            shown = command.words[word].replace("\0", ".")
            yield command.hit(f"git: {shown} can be changed on its way", HELP, word=word, weaker=settled)
        word = _unverified(command)
        if word is not None and command.start not in told and not told_as_fetching(subject, script, command):
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


def _switch(found: re.Match[str]) -> str:
    return "trusted=yes" if "trusted" in found[0].lower() else "gpgcheck=0"


def _plain_git(command: Simple) -> int | None:
    """The URL that git gets something from, if nothing protects the way."""
    if command.name != "git" or not {"clone", "fetch", "pull", "submodule"}.intersection(command.words):
        return None
    return next((at for at, word in enumerate(command.words) if _PLAIN_GIT.match(word) and not LOCAL.match(word)), None)


def _unverified(command: Simple) -> int | None:
    """The word that turns verification off."""
    if command.name in _TALKERS and "http.sslVerify" not in " ".join(command.words):
        return None
    for number, word in enumerate(command.words):
        if command.name in ("echo", "printf", "tee"):
            if _SOURCE_LINE.search(word) and word.lstrip().startswith("deb"):
                return number
            if _UNSIGNED.search(word) and not _OWN_FILES.search(word):
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
