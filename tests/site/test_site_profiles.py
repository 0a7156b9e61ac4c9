"""The profiles that are built in: each is right, says what it is, and survives being printed and read."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from certify import site as sites
from certify.site_import import validate
from certify.site_import.semantics import RUNTIMES

FOLDER = Path(sites.__file__).with_name("sites")


def test_there_is_one_for_each_runtime_and_an_example():
    assert set(sites.names()) >= {"shifter", "podman-hpc", "charliecloud", "apptainer", "cray-example"}
    assert {sites.load(name).runtime for name in sites.names()} == set(RUNTIMES)


@pytest.mark.parametrize("name", sites.names())
def test_a_profile_that_is_built_in(name):
    assert [str(one) for one in validate.file(FOLDER / f"{name}.json")] == []
    site = sites.load(name)
    assert site.name == name
    assert len(site.summary) > 30
    assert {"/proc", "/sys", "/dev"} <= set(site.runtime_owned)
    assert site.libraries["mpich"].runtimes[site.runtime]


@pytest.mark.parametrize("name", sites.names())
def test_what_is_shown_is_the_profile(name, tmp_path):
    shown = json.dumps(asdict(sites.load(name)), indent=2)
    (tmp_path / "shown.json").write_text(shown)
    again = sites.load(str(tmp_path / "shown.json"))
    assert again == sites.load(name)
    assert json.dumps(asdict(again), indent=2) == shown
    assert validate.text(shown.encode(), "f") == []


def test_the_generic_site_is_what_it_was():
    site = sites.load()
    assert (site.name, site.runtime, site.first_level_names, site.etc_file_limit) == ("shifter", "shifter", "[A-Za-z0-9_:.+-]+",
                                                                                      5242880)
    assert site.site_mounts == ("/home", "/global", "/scratch", "/cvmfs")
    assert site.environment == {"SHIFTER_RUNTIME": "1"}
    assert not (site.environment_append or site.environment_unset or site.modules or site.default_modules or site.mount_sources)


def test_other_runtimes_drop_no_names_and_no_files():
    for name in ("podman-hpc", "charliecloud", "apptainer"):
        site = sites.load(name)
        assert validate.semantics.re.fullmatch(site.first_level_names, "odd name\n\udcff")
        assert site.etc_file_limit > 1 << 60


def test_the_schema_knows_every_field_and_no_other():
    schema = json.loads((FOLDER / "site-1.schema.json").read_text())
    assert set(schema["properties"]) == set(asdict(sites.load()))
    assert all(one.get("description") for one in schema["properties"].values())


def test_reading_a_profile_loads_no_schema():
    """Lint reads one at every save of an editor."""
    code = ("import sys; from certify import site; [site.load(name) for name in site.names()]; "
            "print([one for one in sys.modules if one.partition('.')[0] in ('jsonschema', 'yaml') or 'site_import' in one])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_profiles_are_listed(certify):
    lines = certify("list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == sites.names()
    listed = json.loads(certify("list", "--format", "json").stdout)["results"]
    assert listed[1] == {"name": "apptainer", "runtime": "apptainer", "summary": sites.load("apptainer").summary}


def test_one_is_shown_by_its_name(certify):
    assert json.loads(certify("show", "charliecloud").stdout)["environment_unset"] == ["TMPDIR"]
    assert json.loads(certify("show").stdout)["name"] == "shifter"
    assert json.loads(certify("show", "--site", "apptainer").stdout)["name"] == "apptainer"
    assert "built in: shifter, apptainer" in certify("show", "moon", check=3).stderr
