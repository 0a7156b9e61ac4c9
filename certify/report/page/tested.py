"""How the recipe's tests went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.report.page.listing import folded, more
from certify.report.page.markup import Html, join, prose, shown, tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certify.examination import TestResult

_MOST: Final = 200
_LINES: Final = 40          # of a test's output, the last ones
_COLUMNS: Final = 400


def section(tests: Sequence[TestResult], runtime: str = "") -> Html:
    """The tests, first those that failed, then those that were skipped; each unfolds to its command and what came of it.

    ``runtime`` is the real one that ran them, if one did.
    """
    if not tests:
        return tag("p", "No tests were run.")
    ordered = sorted(tests, key=lambda one: 2 if one.passed else 1 if one.skipped else 0)
    how = f"by {runtime}" if runtime else "as the site's runtime would"
    return join([tag("p", prose(f"Run on these very bytes as an ordinary user, read-only, {how}."), class_="lead"),
                 *map(_test, ordered[:_MOST]), more(len(ordered) - _MOST)])


def _test(one: TestResult) -> Html:
    word, kind = ("passed", "good") if one.passed else ("skipped", "info") if one.skipped else (f"failed, {one.failure}", "error")
    seconds = tag("span", f"{one.seconds:.1f} s", class_="count")
    output = [tag("p", "The end of its output:", class_="lead"), _block(one.output)] if one.output.strip() else []
    asked = [tag("p", prose(line, 600), class_="lead") for line in _asked(one)]
    title = join([tag("span", word, class_="badge"), " ", prose(one.name, 200), " ", seconds])
    return folded(title, _block(one.run), *asked, *output, unfolded=not one.passed, kind=f"test {kind}")


def _asked(one: TestResult) -> Iterator[str]:
    """What was asked for beside success, and why it was not run."""
    if one.skipped:
        yield f"Not run: it {one.skipped}."
    if one.expect.exit:
        yield f"Expected: exit code {one.expect.exit}."
    for words, wanted in (("what matches", one.expect.output), ("the text", one.expect.text)):
        if wanted is not None:
            yield f"Expected in its output: {words} {wanted}"
    for seen in one.injected:
        told = ", ".join(f"{name} was loaded from {path}" for name, path in seen.loaded.items()) or "nothing of it was loaded"
        yield f"Run with the site's {seen.library}: {told}."


def _block(text: str) -> Html:
    """Several lines as they are, but for what does not show itself."""
    lines = text.rstrip()[-_LINES * _COLUMNS:].splitlines()[-_LINES:]
    return tag("pre", tag("code", *_lines(lines)))


def _lines(lines: Sequence[str]) -> list[str | None]:
    told: list[str | None] = []
    for line in lines:
        told += [shown(line[:_COLUMNS]) + ("…" if len(line) > _COLUMNS else ""), Html("\n")]
    return told[:-1]
