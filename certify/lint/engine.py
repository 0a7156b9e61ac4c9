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
from certify.lint.target import Kind, Target, find, kind_of, once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from certify.lint.judge import Judged
    from certify.lint.settings import Nearest, Settings
    from certify.site import Site

STDIN = Path("-")
UNNAMED = "recipe.yaml"     # what comes from standard input, where nobody says what it is


class Run(NamedTuple):
    """One call of the linter. ``given`` holds the bytes of files that are not read from the disk."""

    nearest: Nearest
    known: frozenset[str] = frozenset()
    given: Mapping[Path, bytes] = MappingProxyType({})
    change: Callable[[Target, bytes, Callable[[bytes], Judged]], bytes] | None = None

    def over(self, paths: Iterable[Path]) -> Outcome:
        """Judge all that the paths stand for."""
        sources = Sources({str(path): _text(data) for path, data in self.given.items()})
        outcome = Outcome(root=repository(Path.cwd()), sources=sources)
        targets = [target for path in paths for target in self._targets(path, outcome)]
        for target in once(targets):
            self._one(target, outcome)
        self._mark(outcome)
        outcome.failed = any(self.nearest.to(Path(finding.file or ".")).fail_on.fails(finding.severity)
                             for finding in outcome.findings)
        return outcome

    def _targets(self, path: Path, outcome: Outcome) -> list[Target]:
        if path in self.given:
            return [Target(path, kind_of(path.name) or Kind.RECIPE)]
        settings = self.nearest.to(path)        # nonsense in a configuration ends the run
        try:
            return find(path, settings.excludes)
        except Error as error:
            outcome.failures.append(Failure(str(path), error.message, error.hint, error.exit_code))
            return []

    def _one(self, target: Target, outcome: Outcome) -> None:
        outcome.files.append(str(target.path))
        settings = self.nearest.to(target.path)
        profile = _site(settings.site or sites.DEFAULT)
        try:
            judged = self._judged(target, settings, profile)
        except Error as error:
            outcome.failures.append(Failure(str(target.path), error.message, error.hint, error.exit_code))
        except Exception as error:  # noqa: BLE001  a fault of ours in one file must not hide the findings of the others
            outcome.failures.append(Failure(str(target.path), f"{target.path}: this is a bug in certify: {error!r}",
                                            "please report it, with the file if you may", 3))
        else:
            outcome.findings += judged.findings
            outcome.silenced += judged.silenced

    def _judged(self, target: Target, settings: Settings, profile: Site) -> Judged:
        selection, policy = settings.selection(target.path), settings.policy

        def judge(data: bytes) -> Judged:
            return judging.judge(data, target.path, target.kind, profile, policy, selection, target.tags)

        data = self.given[target.path] if target.path in self.given else judging.read(target.path)
        return judge(self.change(target, data, judge) if self.change is not None else data)

    def _mark(self, outcome: Outcome) -> None:
        """Give each finding its fingerprint, and silence those that the baseline knows."""
        if not outcome.findings and not outcome.silenced:
            return
        from certify.baseline import fingerprints

        hidden = [one.finding for one in outcome.silenced]
        marks = fingerprints(outcome.findings, outcome.sources.of, outcome.relative)
        outcome.silenced_marks = fingerprints(hidden, outcome.sources.of, outcome.relative)
        new = [(finding, mark) for finding, mark in zip(outcome.findings, marks, strict=True) if mark not in self.known]
        old = [(finding, mark) for finding, mark in zip(outcome.findings, marks, strict=True) if mark in self.known]
        outcome.findings, outcome.marks = [finding for finding, _ in new], [mark for _, mark in new]
        outcome.silenced += [judging.Silenced(finding, "in the baseline", in_source=False) for finding, _ in old]
        outcome.silenced_marks += [mark for _, mark in old]


@functools.cache
def _site(name: str) -> Site:
    return sites.load(name)


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", errors="replace")
