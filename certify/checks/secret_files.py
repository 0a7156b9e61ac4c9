"""Files that hold secrets: by which name to look for them, and what in them shows that they do.

A name alone proves nothing (``.npmrc`` mostly names a registry, ``.pem`` mostly is a public certificate), so the content
decides. Nothing of it ever leaves this module but the name of what was found.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from certify.rules.secret_forms import form_of, is_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_READ: Final = 65536     # bytes of one file: keys and accounts are short, a key in a bundle mostly comes first


class Kind(NamedTuple):
    """A kind of such files: the form of their paths, and what tells from a content whether it holds one."""

    path: re.Pattern[str]
    told: Callable[[bytes], str | None]


_KEY: Final = re.compile(rb"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----\s{1,4}"
                         rb"(?:[A-Za-z-]{1,40}: ?[^\n]{0,200}\n){0,9}\s{0,4}[A-Za-z0-9+/=]{40}")
_PUTTY: Final = re.compile(rb"\APuTTY-User-Key-File-\d")
# What stands for a value that somebody else fills in: $TOKEN, ${TOKEN}, <token>, %(token)s, ****, changeme.
_GIVEN: Final = rb"(?![\"']?(?:[$<%{*]|x{3}|your|change_?me|example|null|none|true|false)|[\"']{2})[\"']?[^\s\"'#]"


def _key(data: bytes) -> str | None:
    return "a private key" if _KEY.search(data) or _PUTTY.match(data) else None


def _matching(pattern: bytes, what: str) -> Callable[[bytes], str | None]:
    compiled = re.compile(pattern, re.MULTILINE | re.IGNORECASE)
    return lambda data: what if compiled.search(data) else None


def _setting(names: bytes, what: str) -> Callable[[bytes], str | None]:
    """``name = value`` or ``name: value``, also quoted."""
    return _matching(rb"(?:^|[\s{,:/])[\"']?(?:" + names + rb")[\"']?[ \t]{0,9}[=:][ \t]{0,9}" + _GIVEN + rb"{6}", what)


def _by_form(data: bytes) -> str | None:
    found = form_of(data.decode("utf-8", "replace"))
    return found[0] if found else None


def _docker(data: bytes) -> str | None:
    """Docker's and podman's accounts: {"auths": {registry: {"auth": ...}}}, or without the outer key in old files."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return None
    auths = told.get("auths", told) if isinstance(told, dict) else None
    entries: Iterable[object] = auths.values() if isinstance(auths, dict) else ()
    found = any(isinstance(one, dict) and (one.get("auth") or one.get("identitytoken") or one.get("password")) for one in entries)
    return "an account of a registry" if found else None


_LINE: Final = re.compile(r"[ \t]{0,9}(?:export[ \t]{1,9})?([A-Za-z_]\w{0,100})[ \t]{0,9}=[ \t]{0,9}[\"']?([^\s\"']{1,1000})")


def _variables(data: bytes) -> str | None:
    """A file of ``NAME=value`` lines, as docker compose and many frameworks read."""
    text = data.decode("utf-8", "replace")
    found = any(is_secret(match[1], match[2]) for line in text.splitlines() if (match := _LINE.match(line)))
    return "the value of a secret variable" if found else _by_form(data)


def _whole(least: int, what: str) -> Callable[[bytes], str | None]:
    return lambda data: what if len(data.strip()) >= least else None


def _starting(start: bytes, what: str) -> Callable[[bytes], str | None]:
    return lambda data: what if data.startswith(start) else None


_LICENSE: Final = _matching(rb"^(?:(?:INCREMENT|FEATURE|UPGRADE)[ \t][^\n]{0,2000}(?:\\\r?\n[^\n]{0,2000}){0,9}"
                            rb"(?:SIGN2?=|[ \t][0-9A-F]{12,20}(?:[ \t]|$))|(?:KEY|WLSSECRET|LICENSEKEY)=[\w-]{8})", "a licence")

KINDS: Final = tuple(Kind(re.compile(f"(?:.*/)(?:{path})", re.DOTALL), told) for path, told in (
    (r"\.gnupg/(?:secring\.gpg|private-keys-v1\.d/[^/]+\.key)", _whole(16, "a private key of GnuPG")),
    (r"[._]netrc", _matching(rb"\bpassword\s{1,9}" + _GIVEN + rb"{3}", "a password")),
    (r"\.git-credentials|\.config/git/credentials",
     _matching(rb"^https?://[^/\s:@]{1,200}:[^/\s@]{3,500}@", "a password for git")),
    (r"\.pgpass", _matching(rb"^(?!#)(?:[^:\n]{1,200}:){4}[^:\s]{3}", "a password of PostgreSQL")),
    (r"\.my\.cnf|\.mylogin\.cnf", _setting(rb"password", "a password of MySQL")),
    (r"\.vault-token|\.(?:cache/)?huggingface/token|\.config/huggingface/token", _whole(8, "a token")),
    (r"\.aws/(?:credentials|config)|\.boto|\.s3cfg",
     _setting(rb"aws_secret_access_key|aws_session_token|secret_key|gs_oauth2_refresh_token", "a key of a cloud")),
    (r"\.config/gcloud/[^/]+\.json|\.azure/[^/]+\.json|service[-_]account[^/]*\.json",
     _setting(rb"private_key|refresh_token|refreshToken|client_secret", "a key of a cloud")),
    (r"\.kube/config", _setting(rb"client-key-data|token|password", "an account of Kubernetes")),
    (r"\.docker/config\.json|\.dockercfg|\.config/containers/auth\.json|containers/auth\.json", _docker),
    (r"\.npmrc|npmrc|\.yarnrc(?:\.yml)?", _setting(rb"_authToken|_auth|_password|npmAuthToken|npmAuthIdent", "a token of npm")),
    (r"\.pypirc", _setting(rb"password", "a password of PyPI")),
    (r"pip\.conf|\.condarc|condarc|sources\.list|[^/]+\.repo|uv\.toml", _by_form),
    (r"apt/auth\.conf(?:\.d/[^/]+)?", _matching(rb"\bpassword\s{1,9}\S{3}", "a password of apt")),
    (r"\.cargo/credentials(?:\.toml)?|\.gem/credentials|\.config/gh/hosts\.yml|\.config/hub|\.config/glab-cli/config\.yml",
     _setting(rb"token|oauth_token|rubygems_api_key", "a token")),
    (r"\.kaggle/kaggle\.json", _setting(rb"key", "a token of Kaggle")),
    (r"krb5\.keytab|[^/]+\.keytab", _starting(b"\x05\x02", "keys of Kerberos")),
    (r"krb5cc_[^/]*", _starting(b"\x05\x04", "a ticket of Kerberos")),
    (r"munge\.key", _whole(32, "the key of MUNGE")),
    (r"\.env(?:\.(?:local|production|prod|development|dev))?", _variables),
    (r"\.(?:bash|zsh|python|psql|mysql|sh|ash)_history|\.Rhistory", _by_form),
    (r"[^/]+\.lic|license\.dat|licen[sc]e\.txt\.lic", _LICENSE),
    (r"id_(?:rsa|dsa|ecdsa|ed25519|xmss)(?:_sk)?|\.ssh/[^/]+|[^/]+\.(?:pem|key|p8|ppk|PEM|KEY)|[^/]+_(?:rsa|key)", _key),
))
_ANY: Final = re.compile(
    r"^[._]|^id_|_key$|_rsa$|\.(?:pem|key|p8|ppk|lic|keytab|json|repo|toml|cnf|conf|list|yml)$|^(?:credentials|config|token|npmrc|condarc|hub"
    r"|munge\.key|license\.dat|krb5cc_.*)$", re.IGNORECASE | re.DOTALL)


def kind_of(path: str) -> Kind | None:
    """The kind of files that a path belongs to; None for nearly all."""
    name = path.rpartition("/")[2]
    if "/.ssh/" not in path and "/auth.conf.d/" not in path and _ANY.search(name) is None:
        return None
    return next((kind for kind in KINDS if kind.path.fullmatch(path)), None)
