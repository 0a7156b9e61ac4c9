"""What certify check says of an image: on standard output, and as reports in files."""

from __future__ import annotations

import enum
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from certify.cli import output

if TYPE_CHECKING:
    from builder.recipe import Recipe
    from certify.examination import Examination
    from certify.lint.outcome import Outcome
    from certify.site import Site


class Form(enum.StrEnum):
    """How the results of an examination are written."""

    TEXT = "text"
    CONCISE = "concise"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"
    HTML = "html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An image as it was named, what was found in it, and what it was made of if that is known."""

    word: str
    examination: Examination
    recipe: Recipe | None
    site: Site


def show(seen: Seen, form: Form) -> None:
    """Write the results for whoever called us."""
    if form is not Form.TEXT:
        sys.stdout.write(render(seen, form))
        return
    from certify.report.safe import escaped

    output.findings(seen.examination.findings)
    output.tests(seen.examination.tests)
    counts = {"passed": seen.examination.passed, "failed": seen.examination.failed, "skipped": seen.examination.skipped}
    told = ", ".join(f"{len(tests)} {word}" for word, tests in counts.items() if tests or word != "skipped")
    output.start(seen.examination.start)
    if seen.examination.runtime:
        print(f"runtime: {escaped(seen.examination.runtime)}")
    print(f"tests: {told if seen.recipe else 'none, as no recipe is known (--recipe)'}")


def render(seen: Seen, form: Form) -> str:
    """The results in a format."""
    from certify.report import formats

    if form is Form.HTML:
        return _page(seen)
    if form is Form.JSON:
        return _json(seen.examination)
    return formats.render(formats.Form(form), _outcome(seen.examination))


def _json(examination: Examination) -> str:
    """The findings as every command writes its results; beside them how the tests went, and what a start costs."""
    from certify.report.json_report import VERSION, dumped

    return dumped({"version": VERSION, "results": [finding.as_json() for finding in examination.findings],
                   "tests": [test.as_json() for test in examination.tests],
                   "runtime": examination.runtime or None,
                   "start": examination.start.as_json() if examination.start else None})


def _outcome(examination: Examination) -> Outcome:
    from certify.lint.outcome import Outcome

    marks = [hashlib.sha256("\0".join((one.code, one.path or "", one.message)).encode("utf-8", "surrogateescape")).hexdigest()
             for one in examination.findings]
    return Outcome(findings=examination.findings, marks=marks, failed=examination.unfit)


def _page(seen: Seen) -> str:
    from certify.report import page

    examined, recipe = seen.examination, seen.recipe
    config = examined.config
    known = seen.site.libraries if recipe else {}
    libraries = tuple((name, known[name].summary if name in known else "not known at this site")
                      for name in (recipe.host_libraries if recipe else ()))
    return page.render(page.Seen(
        title=f"{config.name}:{config.tag}" if examined.config.name != "unknown" else seen.word, config=config,
        site=seen.site.name, summary=recipe.summary if recipe else "", digest=examined.digest, size=examined.size,
        looked=examined.looked, findings=tuple(examined.findings), tests=tuple(examined.tests),
        runtime=examined.runtime, start=examined.start, inventory=examined.inventory, survey=examined.survey,
        host_libraries=libraries, commands=_commands(seen)))


def _commands(seen: Seen) -> dict[str, str]:
    """How to run it, where it can be run: a squashfs by its file, a published image by its digest."""
    from certify.cli.summary import commands

    config = seen.examination.config
    if not seen.examination.digest:
        return {}
    return commands(Path(seen.word), seen.examination.digest, dict(config.environment), config.entrypoint or ("/bin/sh",))
