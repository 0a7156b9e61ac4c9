"""What a repository sets: mistakes are told with what was meant, and what is ignored for a file stays so."""

from __future__ import annotations

import pytest

from builder.errors import UsageError
from tests.texts import FAULT, HEAD


@pytest.mark.parametrize(("file", "text", "hint"), [
    ("certify.toml", "[lint]\nselct = []", "did you mean 'select'?"),
    ("certify.toml", "[lint]\nfail_on = 'error'", "did you mean 'fail-on'?"),
    ("certify.toml", "[lint]\nzzz = 1", "known here: select, "),
    ("certify.toml", "[lnt]\nselect = []", "did you mean 'lint'?"),
    ("certify.toml", "select = []", "it belongs to the table [lint]"),
    ("pyproject.toml", "[tool.certify]\nselect = []", "it belongs to the table [tool.certify.lint]"),
    ("pyproject.toml", "[tool.certify.lnt]\nselect = []", "did you mean 'lint'?"),
])
def test_an_unknown_key_is_refused_wherever_it_stands(repo, run, file, text, hint):
    repo(file, text)
    repo("recipe.yaml", HEAD)
    with pytest.raises(UsageError, match="unknown key") as caught:
        run()
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("text", [b"[lint]\nx = " + b"[" * 100_000, b"\xff\xfe", b"\0"])
def test_what_is_no_toml_is_a_message(repo, run, text):
    repo("certify.toml", text)
    repo("recipe.yaml", HEAD)
    with pytest.raises(UsageError, match=r"certify\.toml"):
        run()


def test_a_mark_at_the_start_is_passed_over(repo, run):
    repo("certify.toml", "\ufeff[lint]\nignore = ['ENV']\n")
    repo("recipe.yaml", HEAD + FAULT)
    assert run().findings == []


@pytest.mark.parametrize("pattern", ["old/*", "./old/*", "**/recipe.yaml", "recipe.yaml"])
def test_what_is_ignored_for_a_file_is_never_told_of_it(repo, run, pattern):
    repo("certify.toml", f"[lint]\nper-file-ignores = {{'{pattern}' = ['ENV']}}\n")
    repo("old/recipe.yaml", HEAD + FAULT)
    assert run(select=("ENV101",)).findings == []
    assert [one.code for one in run(select=("ENV101",), isolated=True).findings] == ["ENV101"]


@pytest.mark.parametrize("pattern", ["old", "old/", "./old", "./old/"])
def test_a_folder_is_excluded_however_it_is_written(repo, run, pattern):
    repo("certify.toml", f"[lint]\nexclude = ['{pattern}']\n")
    repo("old/recipe.yaml", HEAD)
    repo("new/recipe.yaml", HEAD)
    assert run().files == ["new/recipe.yaml"]


@pytest.mark.parametrize(("codes", "hint"), [("env", "did you mean ENV?"), ("env101", "did you mean ENV101?"),
                                             ("PNI", "did you mean PIN?"), ("ENV1O1", "did you mean ENV101?")])
def test_a_code_with_a_mistake_has_a_hint(repo, run, codes, hint):
    from certify.lint.selection import split

    with pytest.raises(UsageError) as caught:
        split([codes], "--select")
    assert caught.value.hint == hint


def test_a_name_with_two_dots_is_inside(repo, run):
    repo("..old/recipe.yaml", HEAD + FAULT)
    assert run("..old").relative("..old/recipe.yaml") == "..old/recipe.yaml"
