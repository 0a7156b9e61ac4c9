"""Paths in a recipe stay inside its folder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.recipe import Document
from builder.recipe.decode import decode

BESIDE = ["files: [{from: %s, to: /opt/x}]", "packages: {pip: {requirements: %s, venv: /opt/x}}"]


@pytest.fixture
def folder(tmp_path):
    """A recipe's folder with files, and links that stay inside and that leave."""
    (tmp_path / "secret").touch()
    inner = tmp_path / "recipe"
    (inner / "etc" / "deep").mkdir(parents=True)
    (inner / "etc" / "file").touch()
    (inner / "inside").symlink_to("etc/file")
    (inner / "outside").symlink_to("../secret")
    (inner / "absolute").symlink_to("/etc/passwd")
    (inner / "parent").symlink_to("..")
    (inner / "bad").mkdir()
    (inner / "bad" / "link").symlink_to("../../secret")
    return inner


def problems(folder, good, text):
    from builder.errors import RecipeError
    from builder.recipe import load

    (folder / "recipe.yaml").write_text(good + text + "\n")
    try:
        load(folder)
    except RecipeError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("line", BESIDE)
@pytest.mark.parametrize("path", ["etc/file", "./etc/file", "inside", "etc//file"])
def test_paths_that_stay(folder, good, line, path):
    assert problems(folder, good, line % path) == ()


@pytest.mark.parametrize("line", BESIDE)
@pytest.mark.parametrize("path",
                         ["../secret", "etc/../../secret", "..", "/etc/passwd", "//etc/passwd", "etc/..",
                                  "outside", "absolute", "parent/secret", "none", "file:///etc/passwd"])
def test_paths_that_leave(folder, good, line, path):
    (problem,) = problems(folder, good, line % path)
    assert (problem.code, problem.span.line) == ("SCH004", 8)


@pytest.mark.parametrize("path", ["bad", "bad/link", "."])
def test_links_in_a_folder_that_is_copied(folder, good, path):
    found = problems(folder, good, f"files: [{{from: {path}, to: /opt/x}}]")
    assert found and all("leaves" in problem.message for problem in found)


@pytest.mark.parametrize("url",
                         ["file:///etc/passwd", "ftp://example.org/x", "https://user@example.org/x", "/x",
                          "x",
                                 "https://", "http:///x", "https://example.org/a b"])
def test_urls_that_are_none(folder, good, url):
    text = f"sources: [{{url: '{url}', sha256: '{'0' * 64}', to: /opt/x}}]"
    assert [problem.code for problem in problems(folder, good, text)] == ["SCH004"]


@given(st.text(alphabet=st.sampled_from("./abc"), min_size=1, max_size=12))
def test_no_path_with_two_dots_is_ever_accepted(tmp_path_factory, path):
    from builder.errors import RecipeError

    parts = path.split("/")
    text = ('schema: 1\nname: a\nversion: "1"\nsummary: a\nlicense: MIT\naccess: public\n'
            'base: {debian: bookworm}\n'
            f'files: [{{from: "{path}", to: /opt/x}}]\n')
    folder = tmp_path_factory.getbasetemp()
    if ".." in parts or path.startswith("/"):
        with pytest.raises(RecipeError, match="files"):
            decode(Document.parse(text.encode(), "recipe.yaml"), folder)
