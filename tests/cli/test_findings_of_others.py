"""How commands other than lint show findings: as lint does."""

from __future__ import annotations

from certify.cli import output
from certify.finding import Finding, Severity

FOUND = Finding(code="PRM301", name="root-only-file", severity=Severity.ERROR, message="many words " * 12, path="/opt/x")


def test_as_the_reader_wishes(capsys, monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    output.findings([FOUND])
    plain = capsys.readouterr().out
    assert "\x1b" not in plain and max(map(len, plain.splitlines())) > 100
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    output.findings([FOUND], to_stderr=True)
    shown = capsys.readouterr().err
    assert "\x1b[1;31mPRM301" in shown
    monkeypatch.setenv("NO_COLOR", "1")
    output.findings([FOUND])
    narrow = capsys.readouterr().out
    assert "\x1b" not in narrow and max(map(len, narrow.splitlines())) <= 60
