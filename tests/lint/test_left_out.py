"""What the configuration excludes, and where a path with dots in it is looked up."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.errors import UsageError
from tests.texts import FAULT, HEAD


@pytest.mark.parametrize("named", ["old/a/recipe.yaml", "./old/a/recipe.yaml", "new/../old/a/recipe.yaml", "old", "old/a"])
@pytest.mark.parametrize("pattern", ["old", "old/a", "old/*", "*/recipe.yaml"])
def test_what_is_named_is_left_out_only_by_force(repo, run, named, pattern):
    repo("old/a/recipe.yaml", HEAD + FAULT)
    repo("new/other.yaml", HEAD)
    repo("certify.toml", f"[lint]\nexclude = ['{pattern}']\n")
    if named.endswith("yaml"):
        assert len(run(named).files) == 1
        forced = run(named, force_exclude=True)
        assert forced.files == [] and forced.excluded == [str(Path(named))] and forced.exit_code == 0
        repo("certify.toml", f"[lint]\nexclude = ['{pattern}']\nforce-exclude = true\n")
        assert run(named, "new/other.yaml").files == ["new/other.yaml"]
        assert len(run(named, isolated=True).files) == 1
    elif pattern in ("old", "old/a") and named.startswith(pattern):
        assert run(named, force_exclude=True).excluded == [named]


def test_what_is_given_is_left_out_by_force_alone(repo, run):
    repo("certify.toml", "[lint]\nexclude = ['old']\n")
    given = {Path("old/recipe.yaml"): (HEAD + FAULT).encode()}
    assert run("old/recipe.yaml", given=given).files == ["old/recipe.yaml"]
    assert run("old/recipe.yaml", given=given, force_exclude=True).files == []


def test_a_pattern_is_for_what_lies_below_its_file(repo, run, tmp_path):
    repo(f"{tmp_path.name}/recipe.yaml", HEAD)
    repo("certify.toml", f"[lint]\nexclude = ['{tmp_path.name}/x', '{tmp_path.parent.name}']\nforce-exclude = true\n")
    assert run(f"{tmp_path.name}/recipe.yaml").files == [f"{tmp_path.name}/recipe.yaml"]


def test_a_folder_of_its_own_configuration_excludes_for_itself(repo, run):
    repo("sub/certify.toml", "[lint]\nexclude = ['old']\n")
    for name in ("sub/old", "sub/new", "old"):
        repo(f"{name}/recipe.yaml", HEAD)
    assert run().files == ["old/recipe.yaml", "sub/new/recipe.yaml"]


@pytest.mark.parametrize("key", ["force-exclude", "respect-gitignore"])
def test_yes_or_no(repo, run, key):
    repo("recipe.yaml", HEAD)
    repo("certify.toml", f"[lint]\n{key} = 'yes'\n")
    with pytest.raises(UsageError, match=f"{key} must be true or false"):
        run()


def test_the_configuration_beside_is_not_above(repo, run, tmp_path, monkeypatch):
    repo("here/certify.toml", "[lint]\nignore = ['ENV']\n")
    repo("there/recipe.yaml", HEAD + FAULT)
    monkeypatch.chdir(tmp_path / "here")
    assert [one.code for one in run("../there/recipe.yaml").findings] == ["ENV101"]
