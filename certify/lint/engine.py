"""The whole run: every file by its own settings, silence and baseline applied, and none of them stops the others."""

from __future__ import annotations

import functools
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from builder.errors import Error
from certify import site as sites
from certify.lint import judge as judging
from certify.lint.outcome import Failure, Outcome, Sources, repository
from certify.lint.target import Kind, Target, find, named, nothing, once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from certify.lint.judge import Judged
    from certify.lint.settings import Nearest, Settings
    from certify.site import Site

STDIN = Path("-")
UNNAMED = {Kind.RECIPE: Path("recipe.yaml"), Kind.CONTAINERFILE: Path("Containerfile")}     # what comes from standard input


class Run(NamedTuple):
    """One call of the linter. ``given`` holds the bytes of files that are not read from the disk.

    ``known`` holds the fingerprints of a baseline, and ``beside`` is the folder of its file.
    """

    nearest: Nearest
    known: frozenset[str] = frozenset()
    given: Mapping[Path, bytes] = MappingProxyType({})
    change: Callable[[Target, bytes, Callable[[bytes], Judged]], bytes] | None = None
    beside: Path | None = None

    def over(self, paths: Iterable[Path]) -> Outcome:
        """Judge all that the paths stand for."""
        sources = Sources({str(path): _text(data) for path, data in self.given.items()})
        outcome = Outcome(root=repository(Path.cwd()), sources=sources, beside=self.beside)
        found = [(path, self._targets(path, outcome)) for path in paths]
        foreign = {target.path for target in once(target for _, targets in found for target in targets)
                   if not self._one(target, outcome)}
        for path, targets in found:
            if targets and all(target.path in foreign for target in targets):
                _failed(outcome, path, nothing(path, foreign=True))
        self._mark(outcome)
        outcome.failed = any(self.nearest.to(Path(finding.file or ".")).fail_on.fails(finding.severity)
                             for finding in outcome.findings)
        return outcome

    def _targets(self, path: Path, outcome: Outcome) -> list[Target]:
        settings = self.nearest.to(path)        # nonsense in a configuration ends the run
        if settings.force_exclude and settings.leaves_out(path):
            outcome.excluded.append(str(path))
            return []
        before = len(outcome.failures)

        def below(folder: Path) -> Iterable[Target]:
            from certify.lint.discovery import Search  # only where there is a folder

            return Search(settings.excludes, lambda error: _failed(outcome, path, error), settings.gitignore).below(folder)

        try:
            targets = [named(path)] if path in self.given else find(path, below)
        except Error as error:
            targets = _failed(outcome, path, error)
        except OSError as error:
            targets = _failed(outcome, path, Error(f"{path}: {error.strerror}"))
        found = [target for target in targets if not target.found or not self.nearest.to(target.path).leaves_out(target.path)]
        if not found and len(outcome.failures) == before:
            _failed(outcome, path, nothing(path))
        return found

    def _one(self, target: Target, outcome: Outcome) -> bool:
        """Judge a file; False for one that was found, and is another program's."""
        outcome.files.append(str(target.path))
        settings = self.nearest.to(target.path)
        profile = _site(settings.site or sites.DEFAULT)
        try:
            judged = self._judged(target, settings, profile, outcome.sources)
        except Error as error:
            _failed(outcome, target.path, error)
        except Exception as error:  # noqa: BLE001  a fault of ours in one file must not hide the findings of the others
            outcome.failures.append(Failure(str(target.path), f"{target.path}: this is a bug in certify: {error!r}",
                                            "please report it, with the file if you may", 3))
        else:
            if judged.foreign and target.found:
                outcome.files.pop()
                return False
            outcome.findings += judged.findings
            outcome.silenced += judged.silenced
        return True

    def _judged(self, target: Target, settings: Settings, profile: Site, sources: Sources) -> Judged:
        selection, policy = settings.selection(target.path), settings.policy

        def judge(data: bytes) -> Judged:
            return judging.judge(data, target.path, target.kind, profile, policy, selection, target.tags)

        data = self.given[target.path] if target.path in self.given else judging.read(target.path)
        if self.change is not None:
            data = self.change(target, data, judge)
            if target.path in self.given:       # findings are told in the lines of the mended text
                sources.given[str(target.path)] = _text(data)
        return judge(data)

    def _mark(self, outcome: Outcome) -> None:
        """Give each finding its fingerprint, and silence those that the baseline knows."""
        if not outcome.findings and not outcome.silenced:
            return
        from certify.baseline import fingerprints

        hidden = [one.finding for one in outcome.silenced]
        marks = fingerprints(outcome.findings, outcome.sources.of, outcome.known_as)
        if self.known:      # it may be from when paths were taken from the folder of the call
            former = fingerprints(outcome.findings, outcome.sources.of, outcome.relative)
            marks = [past if past in self.known else mark for mark, past in zip(marks, former, strict=True)]
        outcome.silenced_marks = fingerprints(hidden, outcome.sources.of, outcome.known_as)
        new = [(finding, mark) for finding, mark in zip(outcome.findings, marks, strict=True) if mark not in self.known]
        old = [(finding, mark) for finding, mark in zip(outcome.findings, marks, strict=True) if mark in self.known]
        outcome.findings, outcome.marks = [finding for finding, _ in new], [mark for _, mark in new]
        outcome.silenced += [judging.Silenced(finding, "in the baseline", in_source=False) for finding, _ in old]
        outcome.silenced_marks += [mark for _, mark in old]


def _failed(outcome: Outcome, path: Path, error: Error) -> list[Target]:
    outcome.failures.append(Failure(str(path), error.message, error.hint, error.exit_code))
    return []


@functools.cache
def _site(name: str) -> Site:
    return sites.load(name)


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", errors="replace")
