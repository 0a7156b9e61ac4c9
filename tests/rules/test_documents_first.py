"""LD_LIBRARY_PATH in here-documents that stand before their command, or whose expansions move the text."""

from __future__ import annotations

import pytest

from certify.lint import lint_file
from certify.site import load

SET = "export LD_LIBRARY_PATH=/x\n"


def marked(tmp_path, text: str) -> list[tuple[str, int, str]]:
    """The code of each finding about the variable, its line, and the text under its span."""
    path = tmp_path / "Dockerfile"
    path.write_text("FROM debian\n" + text)
    lines = path.read_text().splitlines()
    return [(one.code, one.span.line, lines[one.span.line - 1][one.span.column - 1:one.span.end_column - 1])
            for one in lint_file(path, load()) if one.code.startswith("ENV10")]


@pytest.mark.parametrize(("run", "codes"), [
    (f"<<EOF cat > /usr/share/doc/a.txt\n{SET}EOF\n", []),
    (f"<<EOF cat > /etc/profile.d/a.sh\n{SET}EOF\n", [("ENV104", 3)]),
    (f"<<EOF tee /opt/x.sh\n#!/bin/sh\n{SET}EOF\n", [("ENV106", 4)]),
    (f"<<EOF bash -s\n{SET}EOF\n", [("ENV102", 3)]),
    (f"<<'EOF' bash -euo pipefail\n{SET}EOF\n", [("ENV102", 3)]), (f"bash -euo pipefail <<'EOF'\n{SET}EOF\n", [("ENV102", 3)]),
    (f"<<A cat >/opt/doc/f && <<B cat >/opt/bin/g\n{SET}A\n#!/bin/sh\n{SET}B\n", [("ENV106", 6)]),
    (f"cat <<A >/opt/doc/f && sh <<B\n{SET}A\n{SET}B\n", [("ENV102", 5)]),
])
def test_in_a_containerfile(tmp_path, run, codes):
    assert marked(tmp_path, "RUN " + run) == [(code, line, "LD_LIBRARY_PATH=/x") for code, line in codes]


def test_in_a_step(lint_step):
    assert not [one for one in lint_step(f"<<EOF cat > /opt/doc/a.txt\n{SET}EOF\n") if one.code.startswith("ENV")]


@pytest.mark.parametrize(("mark", "value"), [
    ("EOF", "/opt/r/lib:$LD_LIBRARY_PATH"), ('"EOF"', "/opt/r/lib:$LD_LIBRARY_PATH"), ("EOF", "$R/lib"),
    ("EOF", '"/opt/r/lib:\\$LD_LIBRARY_PATH"'),
])
def test_the_carets_are_below_the_assignment(tmp_path, mark, value):
    found = marked(tmp_path, f"ENV R=/opt/r\nRUN cat > /opt/r/bin/run <<{mark}\n#!/bin/bash\n# $R\nexport LD_LIBRARY_PATH={value}\nrun\nEOF\n")
    assert found == [("ENV106", 6, f"LD_LIBRARY_PATH={value}")]
