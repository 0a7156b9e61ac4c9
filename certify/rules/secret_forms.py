"""What a secret looks like, by the name of its variable or by its own form."""

from __future__ import annotations

import re

from certify.patterns import pattern

# Forms that nothing else has, each with the name of what it is.
_FORMS = (
    (re.compile(r"-----BEGIN (?:[A-Z]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----"), "a private key"),
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), "an access key of AWS"),
    (re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b"), "a token of GitHub"),
    (re.compile(r"\bglpat-[\w-]{20,}"), "a token of GitLab"),
    (re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"), "a token of Hugging Face"),
    (re.compile(r"\bxox[abprs]-[\w-]{10,}"), "a token of Slack"),
    (re.compile(r"\bpypi-[\w-]{50,}"), "a token of PyPI"),
    (re.compile(r"\bAIza[\w-]{35}\b"), "a key of Google"),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{32,}"), "an API key"),
    (re.compile(r"\bAuthorization: ?(?:Bearer|Basic|token) (?=[\w.~+/-]{0,200}\d)[\w.~+/-]{16,}", re.IGNORECASE),
     "a token in a header"),
    (re.compile(r"\bmachine\s+[\w.-]+\s+login\s+[^\s$\"']+\s+password\s+(?!<|pass|your|\*|x+\b)[^\s$\"'\\<]{4,}"),
     "a password of .netrc"),
    (re.compile(r"://[^/\s:@$\"'{<]{0,100}:(?!\*+@|x+@|pass(?:word)?@)[^/\s:@$\"'{<]{3,200}@[\w.-]"), "a password in a URL"),
)
_TRACE = pattern(r"PRIVATE KEY|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|hf_|xox|pypi-|AIza|sk-|[Aa]uthorization:|\blogin\s|://[^/\s@:]{0,100}:[^/\s@]{0,200}@")

_NAME = pattern(r"(?:.*_)?(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS|API_?KEY|ACCESS_KEY(?:_ID)?|SECRET_KEY"
                   r"|PRIVATE_KEY|AUTH_KEY|LICENSE_KEY|ENCRYPTION_KEY)", re.IGNORECASE)
_HARMLESS = pattern(r"[\d.]*|true|false|yes|no|on|off|none|null|unset|[/~.].*|file:.*|https?://[^@]*|.*[\0$].*|<.*>|\{\{.*|x+|\*+"
                       r"|(?:change|replace|your|dummy|example|placeholder|todo|test|secret|password|token|sample|redacted)\b.*"
                       r"|your[-_].*|changeme.*|(?:dummy|fake|placeholder|insecure|not[-_]).*", re.IGNORECASE | re.DOTALL)


def form_of(text: str) -> tuple[str, int, int] | None:
    """What kind of secret a text holds by its form, and where."""
    if _TRACE.search(text) is None:
        return None
    found = ((form.search(text), kind) for form, kind in _FORMS)
    return next(((kind, match.start(), match.end()) for match, kind in found if match), None)


def names_secret(name: str) -> bool:
    """Whether a variable's name promises a secret."""
    return _NAME.fullmatch(name) is not None


def is_given(name: str, value: str) -> bool:
    """Whether a word of shell text is a secret by its name: there, a value must look like one as well.

    Build systems want dummies for variables of that kind, and those are words.
    """
    plain = re.fullmatch(r"[a-z]{2,10}=.*|\D*|\d*", value, re.DOTALL)        # id=token,src=file is where to find one
    return len(value) > 7 and plain is None and is_secret(name, value)


def is_secret(name: str, value: str) -> bool:
    """Whether a variable's name promises a secret, and its value can be one."""
    return names_secret(name) and len(value) > 3 and _HARMLESS.fullmatch(value) is None
