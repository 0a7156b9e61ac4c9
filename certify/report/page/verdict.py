"""The top of the page: which image it is, and whether it would be certified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.progress import human_size
from certify.finding import Severity
from certify.report.page.folders import bounded
from certify.report.page.markup import Html, counted, join, name, prose, tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.report.page.seen import Seen

_YES, _NO = "M5 12.5l4.5 4.5L19 7.5", "M6.5 6.5l11 11M17.5 6.5l-11 11"      # strokes in a square of 24


def top(seen: Seen) -> Html:
    """Name, verdict and figures."""
    summary = tag("p", prose(seen.summary, 400), class_="summary") if seen.summary else None
    return tag("header", tag("h1", prose(seen.title, 160)), summary,
               _verdict(seen), tag("dl", *_facts(seen), class_="facts"), tag("dl", *_identity(seen), class_="identity"))


def headline(seen: Seen) -> str:
    """The verdict in a few words."""
    if not seen.looked:
        return "Not looked into: only its tests were run"
    return "Would be certified" if seen.certifiable else f"Would not be certified: {' and '.join(_against(seen))}"


def _verdict(seen: Seen) -> Html:
    drawn = tag("svg", tag("path", d=_YES if seen.certifiable else _NO), viewBox="0 0 24 24", class_="sign", aria_hidden="true")
    return tag("div", drawn, tag("div", tag("p", headline(seen), class_="words"), tag("p", " ".join(_reasons(seen)))),
               class_=f"verdict {'good' if seen.certifiable else 'bad'}")


def _against(seen: Seen) -> list[str]:
    errors = seen.count(Severity.ERROR)
    return [*([counted(errors, "error")] if errors else []), *([f"{counted(seen.failed, 'test')} failed"] if seen.failed else []),
            *(["a start costs too much"] if seen.faults else []), *(["no test was run"] if seen.untested else [])]


def _reasons(seen: Seen) -> Iterator[str]:
    if seen.certifiable:
        yield f"Nothing was found that forbids it at the site {seen.site}."
    elif seen.looked:
        yield "An error is certified only under a waiver of the site; a test that fails never is."
    if seen.looked and not seen.digest:
        yield "This is no squashfs yet: the certificate is for the bytes of the one that is made of it."
    if not seen.tests:
        yield "No tests were run."
    elif seen.skipped:
        yield f"{counted(seen.skipped, 'test')} skipped, for want of what the simulated site does not have."


def _facts(seen: Seen) -> Iterator[Html]:
    for severity, word in ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note")):
        count = seen.count(severity)
        yield _fact(f"{count:,}", word if count == 1 else f"{word}s", str(severity) if count else "none")
    if seen.tests:
        passed = len(seen.tests) - seen.failed - seen.skipped
        yield _fact(f"{passed:,} of {len(seen.tests):,}", "tests passed", "error" if seen.failed else "good")
    if seen.size > 0:
        yield _fact(human_size(bounded(seen.size)), "squashfs")
    if seen.survey is not None:
        yield _fact(human_size(bounded(seen.survey.size)), "unpacked")
        yield _fact(f"{bounded(seen.survey.files):,}", "files")
    if seen.inventory is not None:
        yield _fact(f"{len(seen.inventory.packages):,}", "packages")


def _fact(value: str, word: str, kind: str | None = None) -> Html:
    """A figure over its word; in the source the word comes first, as a list of terms has it."""
    return tag("div", tag("dt", word), tag("dd", value), class_=kind)


def _identity(seen: Seen) -> Iterator[Html]:
    system = f"{seen.inventory.distribution} {seen.inventory.release}".strip() if seen.inventory else ""
    told = {"digest": name(f"sha256:{seen.digest}") if seen.digest else None, "platform": name(seen.config.platform),
            "system": name(system) if system else None, "site": name(seen.site),
            "examined": prose(seen.made_at, 60) if seen.made_at else None}
    return (join([tag("dt", word), tag("dd", value)]) for word, value in told.items() if value is not None)
