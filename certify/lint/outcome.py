"""What a run of the linter came to, and the sources that reports quote from."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from builder.recipe.source import MAX_BYTES
from certify.finding import Finding
from certify.lint.lines import split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from certify.lint.judge import Silenced


@dataclass(slots=True)
class Sources:
    """The lines of the files that findings stand in; nothing for what cannot be read."""

    given: Mapping[str, str] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)

    def line(self, file: str, number: int) -> str | None:
        """One line of a file without its end."""
        if file not in self.files:
            text = self.given[file] if file in self.given else _text(Path(file))
            self.files[file] = [line.rstrip("\r\n") for line in split(text, file)]
        lines = self.files[file]
        return lines[number - 1] if 0 < number <= len(lines) else None

    def of(self, finding: Finding) -> str | None:
        """The line that a finding begins in."""
        if finding.file is None or finding.span is None:
            return None
        return self.line(finding.file, finding.span.line)


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be judged, by no fault that a rule tells."""

    path: str
    message: str
    hint: str | None
    exit_code: int


@dataclass(slots=True, kw_only=True)
class Outcome:
    """Findings and what is silenced, in the order of the files; ``failed`` if one of them weighs too much."""

    findings: list[Finding] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)          # the findings' fingerprints
    silenced: list[Silenced] = field(default_factory=list)
    silenced_marks: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    sources: Sources = field(default_factory=Sources)
    root: Path = field(default_factory=Path.cwd)
    failed: bool = False

    def relative(self, file: str) -> str:
        """A file's path from the root of the repository; what is outside stays as it is."""
        full = os.path.abspath(file)  # noqa: PTH100  (links stay as they are named)
        inner = os.path.relpath(full, self.root)
        return full if inner.startswith("..") else Path(inner).as_posix()

    @property
    def exit_code(self) -> int:
        """2 or 3 if something could not be judged, 1 if what was judged is at fault."""
        return max([int(self.failed), *(failure.exit_code for failure in self.failures)])


def of(findings: Sequence[Finding]) -> Outcome:
    """The outcome that holds some findings and knows no more."""
    return Outcome(findings=list(findings))


def repository(folder: Path) -> Path:
    """The folder that paths in reports are relative to: the repository's, or the one where we are."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def _text(path: Path) -> str:
    try:
        if not path.is_file():      # a pipe would make us wait
            return ""
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES).decode("utf-8-sig", errors="replace")
    except (OSError, ValueError):
        return ""
