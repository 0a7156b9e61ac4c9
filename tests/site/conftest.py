"""The program itself, and profiles to spoil."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from types import SimpleNamespace

import pytest

from certify import site as sites
from certify.cli import main
from certify.site_import import conf, profile


@pytest.fixture
def certify(tmp_path, monkeypatch, capsys):
    """Runs ``certify site`` in an empty folder; ``check`` is the exit code that is expected."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CERTIFY_SITE", raising=False)

    def call(*words, check=0):
        monkeypatch.setattr(sys, "argv", ["certify", "site", *words])
        code = main._code()
        out, err = capsys.readouterr()
        assert code == check, out + err
        assert "Traceback" not in err
        return SimpleNamespace(stdout=out, stderr=err)

    return call


@pytest.fixture
def plain():
    """A profile without a fault, as plain data."""
    return json.loads(json.dumps(asdict(sites.load("cray-example"))))


def imported(text, **given):
    data = text if isinstance(text, bytes) else text.encode()
    return profile.translated(*conf.parse(data, "u.conf"), **given)
