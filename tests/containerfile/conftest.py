"""Containerfiles given as text, and what stands at the places that their reader names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certify.containerfile import ContainerDocument, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from builder.recipe import Span
    from certify.rules.subject import Subject


def sliced(document: ContainerDocument, span: Span) -> str:
    """The text under a span."""
    lines = document.text.split("\n")[span.line - 1:span.end_line]
    lines[-1] = lines[-1][:span.end_column - 1]
    return "\n".join([lines[0][span.column - 1:], *lines[1:]])


@pytest.fixture
def parse() -> Callable[..., tuple[ContainerDocument, Subject]]:
    def judge(text: str, *, clean: bool = True) -> tuple[ContainerDocument, Subject]:
        document, subject = read(text.encode(), "Containerfile")
        assert not (clean and document.problems), [str(problem) for problem in document.problems]
        return document, subject

    return judge


@pytest.fixture
def at() -> Callable[[ContainerDocument, Span], str]:
    return sliced
