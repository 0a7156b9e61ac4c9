"""How the image is run, what the site's libraries do in it, and what it says of itself."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from certify.report.page.listing import more, table
from certify.report.page.markup import Html, join, name, prose, shown, tag
from certify.rules.secret_forms import form_of, is_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from builder.image import ImageConfig

_LIBRARIES: Final = 100
_RUNTIMES: Final = 20
_VARIABLES: Final = 200
_LONGEST: Final = 4000      # characters of a command, a value or a word
_HIDDEN: Final = "(a secret, not shown)"


def commands(told: Mapping[str, str], environment: Mapping[str, str]) -> Html:
    """A command line for each runtime."""
    if not told:
        return tag("p", "No command is known.")
    secrets = _secrets(environment)
    return join(_command(runtime, line, secrets) for runtime, line in list(told.items())[:_RUNTIMES])


def libraries(told: tuple[tuple[str, str], ...]) -> Html:
    """Each library of the site, and how it fares here."""
    if not told:
        return tag("p", "None of the site's own libraries is asked for.")
    words = [join([tag("dt", name(one, 60)), tag("dd", prose(sentence))]) for one, sentence in told[:_LIBRARIES]]
    return join([tag("dl", *words, class_="libraries"), more(len(told) - len(words))])


def configuration(config: ImageConfig) -> Html:
    """Start command, folder, environment; of what is plainly a secret, not its value."""
    start = _without(shlex.join(config.entrypoint)[:_LONGEST], _secrets(config.environment)) if config.entrypoint else ""
    pairs = sorted(config.environment.items())
    rows = [[name(key, 60), name(_HIDDEN if _secret(key, value) else value, 400)] for key, value in pairs[:_VARIABLES]]
    return join([tag("dl", tag("dt", "Starts"), tag("dd", name(start, 400) if start else "a shell, or what the user names"),
                     tag("dt", "In"), tag("dd", name(config.workdir or "/")), class_="identity"),
                 table("Environment", ("Variable", "Value"), rows, kind="variables", left=len(pairs) - len(rows)) if rows
                 else tag("p", "It sets no variables.")])


def _command(runtime: str, line: str, secrets: Iterable[str]) -> Html:
    told = _without(line, secrets)
    why = ("a secret in it is not shown" if told != line else "it is longer than this" if len(told) > _LONGEST else
           "it holds what cannot be shown" if shown(told) != told else "")
    return join([tag("h3", prose(runtime, 60)), tag("pre", tag("code", told[:_LONGEST]), class_="command"),
                 tag("p", f"Not to be copied as it stands: {why}.", class_="lead") if why else None])


def _secret(key: str, value: str) -> bool:
    return is_secret(key, value[:_LONGEST]) or form_of(value[:_LONGEST]) is not None


def _secrets(environment: Mapping[str, str]) -> list[str]:
    return [value for key, value in environment.items() if _secret(key, value)]


def _without(text: str, secrets: Iterable[str]) -> str:
    """A text without the values that are secrets, also where they are quoted for a shell."""
    for value in secrets:
        text = text.replace(shlex.quote(value).strip("'"), _HIDDEN).replace(value, _HIDDEN)
    return text
