"""PTH203 of recipes, at a site whose runtime brings its own time zone, as Apptainer does."""

from __future__ import annotations

import pytest

from certify.lint import lint_file
from certify.site import load
from tests.texts import HEAD


@pytest.fixture
def helps(tmp_path):
    """The advice of what is found in the shell text of a step, under a profile."""
    def judge(text, site="apptainer"):
        (tmp_path / "recipe.yaml").write_text(f"{HEAD}steps:\n  - run: |\n      true\n      {text}\n")
        return [one.help for one in lint_file(tmp_path, load(site)) if one.code == "PTH203"]
    return judge


@pytest.mark.parametrize("text", ["ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime",
                                  "ln -fs ../usr/share/zoneinfo/UTC /etc/localtime", "cp /usr/share/zoneinfo/UTC /etc/localtime", "cat /etc/localtime"])
def test_the_time_zone_that_every_base_has_is_quiet(helps, text):
    assert helps(text) == []


@pytest.mark.parametrize("text", ["ln -sf /usr/share/zoneinfo/Europe/Zurich /etc/localtime", "cp zone /etc/localtime",
                                  "ln -sf /opt/zoneinfo-UTC /etc/localtime"])
def test_another_time_zone_is_found_and_the_advice_is_of_time_zones(helps, text):
    found, = helps(text)
    assert "TZ" in found
    assert helps(text, "shifter") == []


def test_what_else_is_replaced_has_its_own_advice(helps):
    found, = helps("echo '10.0.0.7 licenses' >> /etc/hosts")
    assert "TZ" not in found
