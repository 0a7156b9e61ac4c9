"""Texts made to hurt, beside a recipe and in a Containerfile, are judged within a second or so."""

from __future__ import annotations

import time

import pytest

from certify.lint import lint_file
from certify.site import load

RECIPE = """\
schema: 1
name: a
version: "1"
summary: a
license: MIT
access: public
base: {debian: bookworm}
files: [{from: x, to: /etc/profile.d/x.sh}]
tests: [{run: a}]
"""
TRACES = "export LD_LIBRARY_PATH= ; [[ a ]]; pip install x; cp a /home/b; echo LD_PRELOAD > /etc/profile.d/a.sh\n"
LIMIT = 5.0     # several times what a quiet machine needs; without bounds it would be minutes


def spent(path) -> float:
    begin = time.process_time()
    lint_file(path, load())
    return time.process_time() - begin


@pytest.mark.parametrize("piece", ["a=$a\n", "a=$a;", "`", "(", "x\n", "a&", "export LD_LIBRARY_PATH=/x\n", "${"])
def test_a_mebibyte_beside_a_recipe(tmp_path, piece):
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    (tmp_path / "x").write_text((TRACES + piece * (1 << 20))[:1 << 20])
    assert spent(tmp_path / "recipe.yaml") < LIMIT


@pytest.mark.parametrize("size", [14_000, 130_000])
@pytest.mark.parametrize("piece", ["a=$a;", "x\n", "a&", "${", "<", "<<F\n", "{a,"])
def test_a_large_containerfile(tmp_path, piece, size):
    run = f"RUN <<'EOF'\n{(TRACES + piece * size)[:size]}\nEOF\n"
    (tmp_path / "Containerfile").write_text("FROM debian:12\n" + run * (130_000 // size))
    assert spent(tmp_path / "Containerfile") < LIMIT


def test_many_places_with_a_related_one(tmp_path):
    text = "FROM debian:12\n" + "".join(f"ENV A=/home/{n}\nCOPY x $A/y\nWORKDIR /home/{n}\n" for n in range(1600))
    (tmp_path / "Containerfile").write_text(text)
    assert spent(tmp_path / "Containerfile") < LIMIT


@pytest.mark.parametrize("piece", ["cd OpenBLAS; make clean; ", "git clone http://x/y; ", "find /x -exec chmod 600 {} + ; "])
def test_what_is_said_thousands_of_times(tmp_path, piece):
    (tmp_path / "Containerfile").write_text("FROM debian:12\nRUN " + piece * (120_000 // len(piece)) + "\n")
    assert spent(tmp_path / "Containerfile") < LIMIT


@pytest.mark.parametrize("taken", ["rm -rf /home/q{}\n", "rm -rf /home/q{}*\n"])
def test_many_places_and_many_that_are_taken_away(tmp_path, taken):
    fetched = "cd /home\n" + "curl -O a b c d e\n" * 2500
    body = (fetched + "".join(map(taken.format, range(2000))))[:65_000].rpartition("\n")[0]
    (tmp_path / "Containerfile").write_text("FROM debian:12\n" + f"RUN <<'EOF'\n{body}\nEOF\nRUN <<'EOF'\n{body} \nEOF\n")
    assert spent(tmp_path / "Containerfile") < LIMIT


@pytest.mark.parametrize("piece", ["<<A cat > f; ", "((<<", "<<A\nA\n", "cat <<A; cat <<B\nA\nB\n", "'<<\"", "a <<\\\n"])
def test_documents_out_of_order(tmp_path, piece):
    body = (TRACES + piece * 65_000)[:65_000]
    (tmp_path / "Containerfile").write_text(f"FROM debian:12\nRUN <<'EOF'\n{body}\nEOF\nRUN <<'EOF'\n{body} \nEOF\n")
    assert spent(tmp_path / "Containerfile") < LIMIT
