"""Containerfiles in the style of known HPC projects, and what is found in them.

Beside each ``NAME.Containerfile`` stands ``NAME.expected``: sorted lines of ``line code``, of the codes listed here.
``missed`` at the end of a line marks what should be found and is not yet. After a change of the rules, run this
with CERTIFY_WRITE_EXPECTED=1 and look at the difference.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from certify.containerfile import read
from certify.rules import registry
from certify.site import load

CODES = {"ENV101", "ENV102", "ENV103", "ENV104", "ENV106", "PTH201", "PTH202"}
CLEAN = {"charliecloud", "gromacs", "mpich-source", "r-base"}
FOLDER = Path(__file__).parents[1] / "fixtures" / "containerfiles"
FILES = sorted(FOLDER.glob("*.Containerfile"))


def found(path: Path) -> list[str]:
    """The findings of the codes, as they stand in the expected file."""
    document, subject = read(path.read_bytes(), str(path))
    assert document.problems == []
    lines = set()
    for rule in registry.RULES:
        if rule.CODE in CODES:
            for hit in rule.check(subject, load()):
                within = hit.within
                span = (document.span(hit.route) if within is None else
                        document.inside(hit.route, within.line, within.column, within.length))
                lines.add((span.line, rule.CODE))
    return [f"{line} {code}" for line, code in sorted(lines)]


def expected(path: Path) -> tuple[list[str], list[str]]:
    """The lines that are found, and those that are missed."""
    lines = path.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.endswith(" missed")], [line for line in lines if line.endswith(" missed")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_found(path):
    lines = found(path)
    if os.environ.get("CERTIFY_WRITE_EXPECTED"):
        missed = expected(path)[1] if path.with_suffix(".expected").exists() else []
        missed = [line for line in missed if line.removesuffix(" missed") not in lines]
        both = sorted([*lines, *missed], key=lambda line: (int(line.split()[0]), line))
        path.with_suffix(".expected").write_text("".join(f"{line}\n" for line in both), encoding="utf-8")
    told, missed = expected(path)
    assert lines == told
    assert [line for line in missed if line.removesuffix(" missed") in lines] == [], "no longer missed"


def test_there_are_enough_and_some_are_clean():
    assert len(FILES) >= 20
    assert {path.stem for path in FILES if not path.with_suffix(".expected").read_text(encoding="utf-8")} >= CLEAN


def test_reading_is_quick():
    contents = [path.read_bytes() for path in FILES]
    start = time.thread_time()
    for content in contents:
        read(content, "Containerfile")
    assert len(contents) / (time.thread_time() - start) > 300
