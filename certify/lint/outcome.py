"""What a run of the linter came to, and the sources that reports quote from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from builder.recipe.source import MAX_BYTES
from certify.lint.lines import split
from certify.lint.target import top_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from certify.finding import Finding
    from certify.lint.judge import Silenced


class Sources:
    """The lines of the files that findings stand in; nothing for what cannot be read."""

    __slots__ = ("files", "given")

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self.given = dict(given or {})
        self.files: dict[str, list[str]] = {}

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


class Failure(NamedTuple):
    """A file that could not be judged, by no fault that a rule tells."""

    path: str
    message: str
    hint: str | None
    exit_code: int


class Outcome:
    """Findings and what is silenced, in the order of the files; ``failed`` if one of them weighs too much."""

    __slots__ = ("_known", "_relative", "beside", "excluded", "failed", "failures", "files", "findings", "marks", "root",
                 "silenced", "silenced_marks", "sources")

    def __init__(self, *, findings: Iterable[Finding] = (), marks: Iterable[str] = (), silenced: Iterable[Silenced] = (),
                 silenced_marks: Iterable[str] = (), files: Iterable[str] = (), failures: Iterable[Failure] = (),
                 sources: Sources | None = None, root: Path | None = None, beside: Path | None = None,
                 failed: bool = False) -> None:
        self.findings, self.marks = list(findings), list(marks)     # the marks are the findings' fingerprints
        self.silenced, self.silenced_marks = list(silenced), list(silenced_marks)
        self.files, self.failures, self.failed = list(files), list(failures), failed
        self.sources = Sources() if sources is None else sources
        self.root = Path.cwd() if root is None else root
        self.excluded: list[str] = []       # what was named, and left out as the configuration wants
        self.beside = beside        # the folder of the baseline, which names files as well
        self._relative: dict[str, str] = {}
        self._known: dict[str, str] = {}

    def relative(self, file: str) -> str:
        """A file's path from the root of the repository; what is outside stays as it is."""
        if file not in self._relative:      # a file may have thousands of findings
            self._relative[file] = _inside(self.root, os.path.abspath(file))  # noqa: PTH100  (links stay as they are named)
        return self._relative[file]

    def known_as(self, file: str) -> str:
        """A file's path in a baseline: from the top of a repository on, wherever certify is called.

        It is the repository of the baseline; or else the file's; or else the folder of the baseline, if that lies above.
        """
        if self.beside is None:
            return self.relative(file)
        if file not in self._known:
            full, beside = (Path(os.path.abspath(one)) for one in (file, self.beside))  # noqa: PTH100
            tops = (top_of(beside), top_of(full.parent), beside)
            top = next((top for top in tops if top is not None and full.is_relative_to(top)), self.root)
            self._known[file] = _inside(top, str(full))
        return self._known[file]

    @property
    def exit_code(self) -> int:
        """2 or 3 if something could not be judged, 1 if what was judged is at fault."""
        return max([int(self.failed), *(failure.exit_code for failure in self.failures)])


def of(findings: Iterable[Finding]) -> Outcome:
    """The outcome that holds some findings and knows no more."""
    return Outcome(findings=findings)


def repository(folder: Path) -> Path:
    """The folder that paths in reports are relative to: the repository's, or the one where we are."""
    return top_of(folder) or folder


def _inside(top: Path, full: str) -> str:
    inner = os.path.relpath(full, top)
    return full if inner == ".." or inner.startswith("../") else Path(inner).as_posix()


def _text(path: Path) -> str:
    try:
        if not path.is_file():      # a pipe would make us wait
            return ""
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES).decode("utf-8-sig", errors="replace")
    except (OSError, ValueError):
        return ""
