"""What certify lint does around the engine: standard input, mending, and where the reports go."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from builder.errors import Error, UsageError
from certify.cli import output
from certify.lint.engine import STDIN, UNNAMED, Run
from certify.lint.outcome import Failure
from certify.lint.settings import Nearest
from certify.lint.target import Kind
from certify.report.formats import Form, render
from certify.report.formats import statistics as counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from certify.lint.judge import Judged
    from certify.lint.outcome import Outcome
    from certify.lint.settings import Given
    from certify.lint.target import Target

_NAMED = 3      # of what is excluded


class Call:
    """One call: what is judged and, with ``fix`` or ``diff``, mended."""

    def __init__(self, paths: Sequence[Path], stdin_filename: Path | None, nearest: Nearest, *, fix: bool, diff: bool) -> None:
        self.paths, self.stdin_filename, self.nearest = paths, stdin_filename, nearest
        self.fix, self.diff, self.changed = fix, diff, 0
        self.mended: list[tuple[str, int]] = []
        self.given_back = False
        self.unmended: list[Failure] = []

    @property
    def stream(self) -> TextIO:
        """Where findings go: where standard output is for a mended text, to standard error."""
        return sys.stderr if self.fix and not self.diff and self._has_stdin() else sys.stdout

    def judge(self, known: Iterable[str] = (), beside: Path | None = None) -> Outcome:
        """Judge everything but what is known, mending on the way what is to be mended; ``beside`` is the baseline's folder."""
        data = _stdin() if self._has_stdin() else b""
        name = self.name = self.stdin_filename or UNNAMED[_kind(data)]
        given = {name: data} if self._has_stdin() else {}
        paths = [name if path == STDIN else path for path in self.paths] or ([name] if given else [Path()])
        change = self._change if self.fix or self.diff else None
        outcome = Run(self.nearest, frozenset(known), given, change, beside).over(paths)
        outcome.failures += self.unmended
        if given and self.fix and not self.diff and not self.given_back:
            _give_back(data)        # what is not judged is not to be lost
        return outcome

    def _has_stdin(self) -> bool:
        return STDIN in self.paths or (self.stdin_filename is not None and not self.paths)

    def _change(self, target: Target, data: bytes, judge: Callable[[bytes], Judged]) -> bytes:
        from certify.fix import mended as mend
        from certify.fix import write

        mended, count = mend(data, str(target.path), judge)
        is_stdin = self._has_stdin() and target.path == self.name
        if mended != data:
            self.changed += 1
            if self.diff:
                _show_diff(data, mended, str(target.path))
        if self.diff:
            return data
        if is_stdin:
            _give_back(mended)
            self.given_back = True
        elif mended != data:
            try:
                write(target.path, mended)
            except Error as error:      # the findings of what stays as it was are told all the same
                self.unmended.append(Failure(str(target.path), error.message, error.hint, error.exit_code))
                return data
        if count:
            self.mended.append((str(target.path), count))
        return mended


def run(paths: Sequence[Path], given: Given, *, form: Form | None = None, also: Sequence[str] = (),
        stdin_filename: Path | None = None, baseline: Path | None = None, new_baseline: Path | None = None,
        fix: bool = False, diff: bool = False, statistics: bool = False, exit_zero: bool = False) -> int:
    """Judge, report, and give back the exit code."""
    if given.site is not None:
        from certify import site

        site.load(given.site)     # a name with a typing mistake is told even where there is nothing to judge
    files = output.files(also, Form)
    fresh = new_baseline is not None        # what is written anew is written whole
    known = {} if baseline is None or fresh else _entries(baseline)
    call = Call(paths, stdin_filename, Nearest(given), fix=fix, diff=diff)
    at = new_baseline or baseline
    outcome = call.judge(known, None if at is None else at.parent)
    _apart([file for _, file in files], baseline, new_baseline, outcome.files)
    unsaved = [error for form_of_file, file in files if (error := _unsaved(render(form_of_file, outcome), file)) is not None]
    if new_baseline is not None:
        write_baseline(outcome, new_baseline)
    elif not diff:
        show(outcome, form or _usual(), call.stream, statistics=statistics)
    for file_name, count in call.mended:
        output.note(f"mended {count} in {file_name}")
    if outcome.excluded and not outcome.files and not outcome.failures:
        more = " and others" if len(outcome.excluded) > _NAMED else ""
        output.note(f"nothing is judged: the configuration excludes {', '.join(outcome.excluded[:_NAMED])}{more}")
    failures(outcome)
    for error in unsaved:
        output.error(error)
    if known and all(path.exists() for path in paths):      # a variant's findings are not all that are known of its file
        _tell_gone(known, outcome, call.nearest, baseline)
    failed = (call.changed > 0 if diff else outcome.failed) and not exit_zero and new_baseline is None
    return max([int(failed), *(failure.exit_code for failure in outcome.failures), *(error.exit_code for error in unsaved)])


def _apart(reports: Sequence[Path], baseline: Path | None, new_baseline: Path | None, judged: Sequence[str]) -> None:
    """Refuse to write over what was judged, over the baseline that was read, and over another report; raises UsageError."""
    output.apart("--output", reports, judged if baseline is None else [*judged, str(baseline)])
    if new_baseline is not None:
        output.apart("--write-baseline", [new_baseline], [*judged, *map(str, reports)])


def _unsaved(report: str, file: Path) -> Error | None:
    """Why a report could not be written: the others still are, and the findings are shown."""
    try:
        output.save(report, file)
    except Error as error:
        return error
    return None


def _usual() -> Form:
    return Form.GITHUB if os.environ.get("GITHUB_ACTIONS") == "true" else Form.FULL


def show(outcome: Outcome, form: Form, stream: TextIO, *, statistics: bool) -> None:
    """Write the findings for whoever called us."""
    in_words = form in (Form.FULL, Form.TEXT) or (statistics and form is not Form.JSON)
    if in_words and not outcome.findings and (outcome.failures or not outcome.files):
        return      # "no findings" would sound as if all of it had been judged
    text = counted(form, outcome) if statistics else render(
        form, outcome, colour=output.colour(stream), columns=output.columns(stream))
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")      # a terminal that cannot show a letter shows its number
    stream.write(text)


def write_baseline(outcome: Outcome, file: Path) -> None:
    """Write what was found as known."""
    from certify.baseline import text

    try:
        file.write_text(text(dict(zip(outcome.marks, outcome.findings, strict=True)), outcome.known_as), encoding="utf-8")
    except OSError as error:
        raise Error(f"{file}: {error.strerror}", hint="a baseline is written to a file, in a folder that is there") from error
    from certify.report.safe import escaped

    count = len(outcome.findings)
    print(f"{escaped(str(file))}: {count} finding{'s are' if count != 1 else ' is'} known now", file=sys.stderr)


def failures(outcome: Outcome) -> None:
    """Tell on standard error what could not be judged."""
    if not outcome.failures:
        return
    from certify.report.safe import escaped

    for failure in outcome.failures:
        print(f"error: {escaped(failure.message)}", file=sys.stderr)
        if failure.hint:
            print(f"  help: {escaped(failure.hint)}", file=sys.stderr)


def _entries(baseline: Path) -> dict[str, str]:
    from certify.baseline import entries

    return entries(baseline)


def _tell_gone(known: dict[str, str], outcome: Outcome, nearest: Nearest, baseline: Path | None) -> None:
    """A known finding that is mended would still hide its like, should it come back: tell, so that it is taken out."""
    from certify.baseline import gone

    count = len(gone(known, outcome, lambda file, code: nearest.to(Path(file)).selection(Path(file))(code)))
    if count:
        output.note(f"{baseline}: {count} of its findings {'are' if count > 1 else 'is'} there no more: "
                    f"certify lint --write-baseline {baseline}")


def _stdin() -> bytes:
    """What comes from standard input, at most one byte more than may be; raises UsageError where it is closed."""
    from builder.recipe.source import MAX_BYTES

    if sys.stdin is None:
        raise UsageError("standard input is closed", hint="certify lint - < FILE")
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def _kind(data: bytes) -> Kind:
    """What comes without a name: a Containerfile begins so that no recipe does, and all else is taken for a recipe."""
    for line in data[:65_536].removeprefix(b"\xef\xbb\xbf").splitlines():
        words = line.lower().split(None, 1)
        if not words or words[0].startswith(b"#"):
            if words and line.lower().lstrip(b"# \t").startswith((b"syntax=", b"syntax =", b"escape=", b"escape =")):
                return Kind.CONTAINERFILE
            continue
        return Kind.CONTAINERFILE if len(words) == 2 and words[0] in (b"from", b"arg") else Kind.RECIPE
    return Kind.RECIPE


def _give_back(mended: bytes) -> None:
    """Write what came from standard input, with what was not even read because it is too much: an editor keeps what we give."""
    import shutil

    from builder.recipe.source import MAX_BYTES

    sys.stdout.buffer.write(mended)
    if len(mended) > MAX_BYTES:
        shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout.flush()


def _show_diff(data: bytes, mended: bytes, file: str) -> None:
    """A unified diff. For a screen and for GitHub's log what could steer them is escaped; a file gets what patch needs."""
    from certify.fix import diff
    from certify.report.safe import defused, escaped

    careful = sys.stdout.isatty() or os.environ.get("GITHUB_ACTIONS") == "true"
    sys.stdout.flush()
    for line in diff(data, mended, file):
        shown = defused(escaped(line.rstrip("\r\n"))) + "\n" if careful else line
        sys.stdout.buffer.write(shown.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
