"""The page itself: one file that loads nothing, and in which nothing runs but the script that is written here."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from certify import __version__
from certify.report.page import contents, findings, running, sizes, started, tested, verdict
from certify.report.page.markup import Html, join, tag

if TYPE_CHECKING:
    from certify.report.page.seen import Seen

_HERE: Final = Path(__file__).parent


def render(seen: Seen) -> str:
    """The whole page, pure Unicode text; of the same data always the same."""
    style, script = ((_HERE / file).read_text(encoding="utf-8") for file in ("page.css", "page.js"))
    head = tag("head", tag("meta", charset="utf-8"),
               tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
               tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
               tag("meta", name="color-scheme", content="light dark"), tag("meta", name="referrer", content="no-referrer"),
               tag("title", f"{seen.title[:160]}: {verdict.headline(seen)}"), tag("style", Html(style)))
    sections = _sections(seen)
    footer = tag("footer", tag("p", f"Made by certify {__version__}. Sizes are in decimal units."))
    body = tag("body", verdict.top(seen), _contents(sections), tag("main", *(_section(*one) for one in sections)), footer,
               tag("script", Html(script)))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _sections(seen: Seen) -> tuple[tuple[str, str, Html], ...]:
    return (("findings", "Findings", findings.section(seen.findings)),
            ("tests", "Tests", tested.section(seen.tests, seen.runtime)),
            ("start", "Start", started.section(seen.start)),
            ("libraries", "Host libraries", running.libraries(seen.host_libraries)),
            ("size", "Size", sizes.section(seen.survey, seen.size)),
            ("packages", "Packages", contents.section(seen.inventory, seen.survey)),
            ("run", "How to run it", running.commands(seen.commands, seen.config.environment)),
            ("configuration", "Configuration", running.configuration(seen.config)))


def _section(key: str, title: str, inside: Html) -> Html:
    return join([tag("section", tag("h2", title), inside, id=key), Html("\n")])


def _contents(sections: tuple[tuple[str, str, Html], ...]) -> Html:
    links = [tag("li", tag("a", title, href=f"#{key}")) for key, title, _ in sections]
    return tag("nav", tag("ul", *links), aria_label="Contents")


def _policy(style: str, script: str) -> str:
    """Nothing is loaded, nothing is sent, and of styles and scripts only our own count: they are known by their hashes."""
    return (f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
