"""Fingerprints of findings, and the baseline: a file of those that are known and not to be told again.

A fingerprint is made from the code, the file's path, the line's own text and how many equal ones come before it in
the file. It does not hold the line's number, so it survives what is written above.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Error, UsageError
from certify.bounded import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from certify.finding import Finding
    from certify.lint.outcome import Outcome

VERSION: Final = 1
MAX_BYTES: Final = 16 << 20      # some 100,000 findings


def fingerprints(findings: Iterable[Finding], line: Callable[[Finding], str | None],
                 relative: Callable[[str], str]) -> list[str]:
    """The fingerprint of each finding, in their order. ``line`` gives the text of the line that a finding stands in."""
    seen: Counter[tuple[str, ...]] = Counter()
    made = []
    lines: dict[str, str] = {}      # a line may be long, and have a thousand findings
    for finding in findings:
        text = line(finding) or ""
        if text not in lines:
            lines[text] = _digest(" ".join(text.split()))
        same = (finding.code, relative(finding.file or finding.path or ""), lines[text])
        made.append(_digest("\0".join((*same, str(seen[same])))))
        seen[same] += 1
    return made


def read(path: Path) -> frozenset[str]:
    """The fingerprints of a baseline; raises UsageError if the file is none."""
    return frozenset(entries(path))


def entries(path: Path) -> dict[str, str]:
    """The fingerprints of a baseline with what each stands for; raises UsageError if the file is none."""
    try:
        found: Any = json.loads(text_of(path, MAX_BYTES))
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such baseline", hint=f"make it with: certify lint --write-baseline {path}") from error
    except OSError as error:
        raise Error(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a baseline: {error}") from error
    known = found.get("findings") if isinstance(found, dict) and found.get("version") == VERSION else None
    if not isinstance(known, dict):
        raise UsageError(f"{path}: not a baseline of version {VERSION}", hint=f"certify lint --write-baseline {path}")
    return known


def gone(known: Mapping[str, str], outcome: Outcome, chosen: Callable[[str, str], bool]) -> list[str]:
    """Of what is known of the files that were judged, the fingerprints that are not found any more.

    ``chosen`` tells of a file and a code whether findings were wanted. What an entry says of its file is believed here
    and nowhere else: no finding is hidden or told because of it.
    """
    found = {*outcome.marks, *outcome.silenced_marks}
    unread = {failure.path for failure in outcome.failures}
    judged = {name: file for file in outcome.files if file not in unread
              for name in (outcome.relative(file), outcome.known_as(file))}
    return [mark for mark, said in known.items() if mark not in found and _is_of(said, judged, chosen)]


def _is_of(said: object, judged: Mapping[str, str], chosen: Callable[[str, str], bool]) -> bool:
    code, _, rest = said.partition(" ") if isinstance(said, str) else ("", "", "")
    file = next((judged[rest[:at.start()]] for at in re.finditer(": ", rest) if rest[:at.start()] in judged), None)
    return file is not None and chosen(file, code)


def text(found: Mapping[str, Finding], relative: Callable[[str], str]) -> str:
    """A baseline: each fingerprint with what it stands for, for those who read its changes."""
    shown = {mark: f"{finding.code} {relative(finding.file or '')}: {finding.message}"
             for mark, finding in sorted(found.items(), key=lambda item: (item[1].file or "", item[1].code, item[0]))}
    return json.dumps({"version": VERSION, "findings": shown}, indent=2) + "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
