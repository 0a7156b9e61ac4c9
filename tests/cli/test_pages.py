"""certify explain, rules and init, and the hook for pre-commit."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from builder.recipe import load
from certify.cli.init import name_of
from certify.cli.rules import rows
from certify.lint import lint_file
from certify.site import load as load_site

HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"


def test_explain_shows_the_rule_and_the_check_of_a_code(certify):
    shown = certify("explain", "env101").stdout
    assert shown.startswith("ENV101 ldpath-env (error, on recipes and Containerfiles)\n")
    assert "Bad::" in shown and "(error, on the image)" in shown
    assert certify("explain", "ldpath-env").stdout == shown
    assert certify("explain", "PRM304").stdout.startswith("PRM304 setuid")


@pytest.mark.parametrize(("word", "hint"), [("ENV1O1", "ENV101"), ("ldpat-env", "ENV101"), ("XYZ", "certify rules"),
                                            ("env", "ENV101, ENV102"), ("PTH21", "PTH210, PTH211"), ("", "certify rules")])
def test_explain_knows_what_was_meant(certify, word, hint):
    assert hint in certify("explain", word, check=2).stderr


def test_every_code_has_a_page(certify):
    for row in rows():
        assert row.what and row.severity in ("error", "warning", "info"), row


def test_rules_in_every_format(certify):
    text, table = certify("rules").stdout, certify("rules", "--format", "md").stdout
    results = json.loads(certify("rules", "--format", "json").stdout)["results"]
    assert [result["code"] for result in results] == re.findall(r"^([A-Z]{3}\d{3})", text, re.MULTILINE)
    assert table.startswith("| code | name | severity | on | what |\n|---|")
    assert len(table.splitlines()) == len(results) + 2
    assert {"code", "name", "severity", "on", "what"} == set(results[0])


def test_init_writes_a_clean_recipe_and_overwrites_nothing(certify, tmp_path):
    done = certify("init", "My Stack")
    path = tmp_path / "My Stack" / "recipe.yaml"
    assert str(path.relative_to(tmp_path)) in done.stdout
    assert load(path)[1].name == "my-stack"
    assert lint_file(path, load_site()) == []
    certify("lint", "My Stack", "--fail-on", "info", "--profile", "production")
    text = path.read_text()
    assert "there already" in certify("init", "My Stack", check=2).stderr
    assert path.read_text() == text
    certify("init")
    assert load(tmp_path)[1].name


def test_init_needs_a_folder(certify, tmp_path):
    (tmp_path / "file").write_text("")
    assert "there already" in certify("init", "file", check=2).stderr
    certify("init", "file/below", check=3)


@pytest.mark.parametrize(("folder", "shown"), [("a b", "certify lint 'a b'\n"), ("-x", "certify lint ./-x\n"),
                                               ("a\x1b[31m\nb", "certify lint 'a\\x1b[31m\\nb'\n")])
def test_init_says_what_can_be_typed_next(certify, folder, shown):
    told = certify("init", "--", folder).stdout
    assert told.endswith(shown) and "\x1b" not in told


def test_init_leaves_nothing_half_written(tmp_path):
    probe = ("import resource, signal, sys\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
             "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\nfrom certify.cli.main import entry\nentry()")
    done = subprocess.run([sys.executable, "-c", probe, "init", "r"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "r/recipe.yaml" in done.stderr and "Traceback" not in done.stderr
    assert list((tmp_path / "r").iterdir()) == []


@pytest.mark.parametrize(("folder", "name"), [("astro_py 3.11", "astro-py-3-11"), ("Größe", "gr-e"), ("---", "example")])
def test_names_from_folders(folder, name):
    assert name_of(Path("/x") / folder) == name


def test_the_hook_takes_recipes_and_containerfiles():
    text = HOOKS.read_text(encoding="utf-8")
    wanted, unwanted = (re.compile(re.search(rf"^  {key}: (.*)$", text, re.MULTILINE)[1]) for key in ("files", "exclude"))
    assert "id: certify-lint" in text and "language: python" in text and "pass_filenames: true" in text
    for name in ("recipes/x/recipe.yaml", "recipe.yml", "Dockerfile", "x/Containerfile.gpu", "a/mpi.dockerfile"):
        assert wanted.search(name) and not unwanted.search(name), name
    for name in ("x.yaml", "Dockerfile.dockerignore", "docs/Dockerfile.md", "xDockerfile", "recipe.yaml.bak"):
        assert not wanted.search(name) or unwanted.search(name), name
