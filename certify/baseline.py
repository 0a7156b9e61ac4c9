"""Fingerprints of findings, and the baseline: a file of those that are known and not to be told again.

A fingerprint is made from the code, the file's path, the line's own text and how many equal ones come before it in
the file. It does not hold the line's number, so it survives what is written above.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Error, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from certify.finding import Finding

VERSION: Final = 1


def fingerprints(findings: Iterable[Finding], line: Callable[[Finding], str | None],
                 relative: Callable[[str], str]) -> list[str]:
    """The fingerprint of each finding, in their order. ``line`` gives the text of the line that a finding stands in."""
    seen: Counter[tuple[str, ...]] = Counter()
    made = []
    for finding in findings:
        snippet = " ".join((line(finding) or "").split())
        same = (finding.code, relative(finding.file or finding.path or ""), _digest(snippet))
        made.append(_digest("\0".join((*same, str(seen[same])))))
        seen[same] += 1
    return made


def read(path: Path) -> frozenset[str]:
    """The fingerprints of a baseline; raises UsageError if the file is none."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such baseline", hint=f"make it with: certify lint --write-baseline {path}") from error
    except OSError as error:
        raise Error(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path}: not a baseline: {error}") from error
    known = found.get("findings") if isinstance(found, dict) and found.get("version") == VERSION else None
    if not isinstance(known, dict):
        raise UsageError(f"{path}: not a baseline of version {VERSION}")
    return frozenset(known)


def text(found: Mapping[str, Finding], relative: Callable[[str], str]) -> str:
    """A baseline: each fingerprint with what it stands for, for those who read its changes."""
    shown = {mark: f"{finding.code} {relative(finding.file or '')}: {finding.message}"
             for mark, finding in sorted(found.items(), key=lambda item: (item[1].file or "", item[1].code, item[0]))}
    return json.dumps({"version": VERSION, "findings": shown}, indent=2) + "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
