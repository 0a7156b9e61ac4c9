"""What certify lint does around the engine: standard input, mending, and where the reports go."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from builder.errors import Error
from certify.cli import output
from certify.lint.engine import STDIN, UNNAMED, Run
from certify.lint.settings import Nearest
from certify.report.formats import Form, render
from certify.report.formats import statistics as counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from certify.lint.judge import Judged
    from certify.lint.outcome import Outcome
    from certify.lint.settings import Given
    from certify.lint.target import Target


class Call:
    """One call: what is judged and, with ``fix`` or ``diff``, mended."""

    def __init__(self, paths: Sequence[Path], stdin_filename: Path | None, nearest: Nearest, baseline: Path | None, *,
                 fix: bool, diff: bool) -> None:
        self.paths, self.stdin_filename = paths, stdin_filename
        self.nearest, self.baseline = nearest, baseline
        self.fix, self.diff, self.changed = fix, diff, 0

    @property
    def stream(self) -> TextIO:
        """Where findings go: where standard output is for a mended text, to standard error."""
        return sys.stderr if self.fix and not self.diff and self._has_stdin() else sys.stdout

    def judge(self) -> Outcome:
        """Judge everything, mending on the way what is to be mended."""
        name = self.stdin_filename or Path(UNNAMED)
        given = {name: _stdin()} if self._has_stdin() else {}
        paths = [name if path == STDIN else path for path in self.paths] or ([name] if given else [Path()])
        change = self._change if self.fix or self.diff else None
        return Run(self.nearest, _known(self.baseline), given, change).over(paths)

    def _has_stdin(self) -> bool:
        return STDIN in self.paths or (self.stdin_filename is not None and not self.paths)

    def _change(self, target: Target, data: bytes, judge: Callable[[bytes], Judged]) -> bytes:
        from certify.fix import mend, write

        mended = mend(data, str(target.path), judge)
        is_stdin = self._has_stdin() and target.path == (self.stdin_filename or Path(UNNAMED))
        if mended != data:
            self.changed += 1
            if self.diff:
                _show_diff(data, mended, str(target.path))
                return data
            if not is_stdin:
                write(target.path, mended)
        if is_stdin and self.fix and not self.diff:
            sys.stdout.buffer.write(mended)
            sys.stdout.flush()
        return mended


def run(paths: Sequence[Path], given: Given, *, form: Form | None = None, also: Sequence[str] = (),
        stdin_filename: Path | None = None, baseline: Path | None = None, new_baseline: Path | None = None,
        fix: bool = False, diff: bool = False, statistics: bool = False, exit_zero: bool = False) -> int:
    """Judge, report, and give back the exit code."""
    if given.site is not None:
        from certify import site

        site.load(given.site)     # a name with a typing mistake is told even where there is nothing to judge
    files = output.files(also, Form)
    call = Call(paths, stdin_filename, Nearest(given), baseline, fix=fix, diff=diff)
    outcome = call.judge()
    if new_baseline is not None:
        write_baseline(outcome, new_baseline)
    elif not diff:
        show(outcome, form or _usual(), call.stream, statistics=statistics)
    for form_of_file, file in files:
        output.save(render(form_of_file, outcome), file)
    failures(outcome)
    failed = (call.changed > 0 if diff else outcome.failed) and not exit_zero and new_baseline is None
    return max([int(failed), *(failure.exit_code for failure in outcome.failures)])


def _usual() -> Form:
    return Form.GITHUB if os.environ.get("GITHUB_ACTIONS") == "true" else Form.FULL


def show(outcome: Outcome, form: Form, stream: TextIO, *, statistics: bool) -> None:
    """Write the findings for whoever called us."""
    if outcome.failures and not outcome.files and form in (Form.FULL, Form.TEXT):
        return      # "no findings" would sound as if something had been judged
    text = counted(form, outcome) if statistics else render(form, outcome, colour=colour(stream), columns=columns(stream))
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")      # a terminal that cannot show a letter shows its number
    stream.write(text)


def write_baseline(outcome: Outcome, file: Path) -> None:
    """Write what was found as known."""
    from certify.baseline import text

    try:
        file.write_text(text(dict(zip(outcome.marks, outcome.findings, strict=True)), outcome.relative), encoding="utf-8")
    except OSError as error:
        raise Error(f"{file}: {error.strerror}") from error
    print(f"{file}: {len(outcome.findings)} findings are known now", file=sys.stderr)


def failures(outcome: Outcome) -> None:
    """Tell on standard error what could not be judged."""
    if not outcome.failures:
        return
    from certify.report.safe import escaped

    for failure in outcome.failures:
        print(f"error: {escaped(failure.message)}", file=sys.stderr)
        if failure.hint:
            print(f"  help: {escaped(failure.hint)}", file=sys.stderr)


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


def _known(baseline: Path | None) -> frozenset[str]:
    if baseline is None:
        return frozenset()
    from certify.baseline import read

    return read(baseline)


def _stdin() -> bytes:
    from builder.recipe.source import MAX_BYTES

    return sys.stdin.buffer.read(MAX_BYTES + 1)


def _show_diff(data: bytes, mended: bytes, file: str) -> None:
    """A unified diff. For a screen and for GitHub's log what could steer them is escaped; a file gets what patch needs."""
    import difflib

    from certify.report.safe import defused, escaped

    before, after = (text.decode("utf-8", "surrogateescape").splitlines(keepends=True) for text in (data, mended))
    careful = sys.stdout.isatty() or os.environ.get("GITHUB_ACTIONS") == "true"
    sys.stdout.flush()
    for line in difflib.unified_diff(before, after, file, file):
        if careful:
            shown = defused(escaped(line.rstrip("\r\n"))) + "\n"
        else:
            shown = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        sys.stdout.buffer.write(shown.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
