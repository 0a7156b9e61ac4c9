"""Results on standard output: text for people, or one JSON object."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO, TypeVar

from builder.errors import Error, StepFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from enum import StrEnum

    from certify.examination import TestResult
    from certify.finding import Finding
    from certify.startup import Start

F = TypeVar("F", bound="StrEnum")

_LINES: Final = 30      # of a failed test's output


def as_json(results: Iterable[Mapping[str, object]]) -> None:
    """The one form that all commands share."""
    from certify.report.json_report import VERSION, dumped

    print(dumped({"version": VERSION, "results": list(results)}), end="")


def files(given: Iterable[str], forms: type[F]) -> list[tuple[F, Path]]:
    """The formats and files of --output; raises UsageError, also where one report would overwrite the other."""
    found = []
    for one in given:
        name, equals, file = one.partition("=")
        if not equals or not file:
            raise UsageError(f"--output {one}: not FORMAT=FILE", hint="formats: " + ", ".join(forms))
        if name not in list(forms):
            raise UsageError(f"--output {one}: no such format", hint="formats: " + ", ".join(forms))
        if file == "-":
            raise UsageError(f"--output {one}: not a file", hint=f"on standard output: --format {name}")
        found.append((forms(name), Path(file)))
    apart("--output", [file for _, file in found])
    return found


def apart(option: str, written: Sequence[Path], kept: Iterable[str] = ()) -> None:
    """Refuse to write one file twice, or over one that is to be ``kept``; raises UsageError."""
    taken = {os.path.realpath(file) for file in kept}
    for file in written:
        name = os.path.realpath(file)
        if name in taken:
            raise UsageError(f"{option}: {file} would be overwritten", hint="name another file")
        if file.is_file() or not file.exists():     # what is written to /dev/null is no loss
            taken.add(name)


def save(report: str, file: Path) -> None:
    """Write a report to a file."""
    try:
        file.write_text(report, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise Error(f"{file}: {error.strerror}", hint="a report is written to a file, in a folder that is there") from error


def colour(stream: TextIO) -> bool:
    """Whether to paint: as the reader wishes (no-color.org, force-color.org), or else on a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def columns(stream: TextIO) -> int | None:
    """The width to keep to: a terminal's, or what COLUMNS says; none for a file, where lines are for grep."""
    if not stream.isatty() and not os.environ.get("COLUMNS", "").isdigit():
        return None
    import shutil

    return max(40, shutil.get_terminal_size().columns)


def error(told: Error, *, of: str = "") -> None:
    """An error on standard error, with the end of what a failed step said; ``of`` is what it happened to, if it does not say."""
    from certify.report.safe import escaped  # what a step or an image said must not steer the terminal

    if isinstance(told, StepFailed):
        print("".join(f"  | {escaped(line)}\n" for line in told.tail.splitlines()), end="", file=sys.stderr)
    lines = f"{of}: {told.message}".splitlines() if of else told.message.splitlines()
    print("error: " + "\n  ".join(map(escaped, lines)), file=sys.stderr)
    if told.hint:
        print(f"  help: {escaped(told.hint)}", file=sys.stderr)


def note(text: str) -> None:
    """A line on standard error beside a result."""
    from certify.report.safe import escaped

    print("note: " + escaped(text), file=sys.stderr)


def findings(found: Sequence[Finding], *, to_stderr: bool = False) -> None:
    """Findings as text; to standard error where standard output is for JSON."""
    from certify.report import text

    stream = sys.stderr if to_stderr else sys.stdout
    stream.write(text.render(found, colour=colour(stream), columns=columns(stream)))


def start(told: Start | None, *, to_stderr: bool = False) -> None:
    """What a start costs and what of it exceeds the recipe's budget; nothing without a budget."""
    from certify.report.safe import escaped

    if told is None:
        return
    stream = sys.stderr if to_stderr else sys.stdout
    for fault in told.faults:
        print(f"over the budget: {escaped(fault)}", file=stream)
    for line in told.output.splitlines()[-_LINES:] if not told.works else ():
        print("  | " + escaped(line), file=stream)
    if told.faults and told.works:
        from certify.startup import ADVICE

        print(f"  = help: {ADVICE}", file=stream)
    if told.works or told.lacking:
        print(f"start: {escaped(told.told)}", file=stream)


def tests(results: Iterable[TestResult], *, to_stderr: bool = False) -> None:
    """What failed, with its output; and what was skipped, and why."""
    from certify.report.safe import escaped

    stream = sys.stderr if to_stderr else sys.stdout
    for test in results:
        if test.skipped:
            print(f"test '{escaped(test.name)}' was skipped: {escaped(test.skipped)}", file=stream)
        elif not test.passed:
            why = f"with {test.failure}" if test.failure == f"exit code {test.code}" else f"({test.failure})"
            print(f"test '{escaped(test.name)}' failed {why}: {escaped(test.run)}", file=stream)
            for line in test.output.splitlines()[-_LINES:]:
                print("  | " + escaped(line), file=stream)
