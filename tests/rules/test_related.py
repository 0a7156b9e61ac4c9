"""The second place of a finding: where what decides a path, or brings a value, stands."""

from __future__ import annotations

import pytest

CONTAINERFILE = """\
FROM debian:12
ARG ROOT=/home
ENV PREFIX=$ROOT/tool OPTS="LD_LIBRARY_PATH=/opt/x/lib"
COPY a $PREFIX/a
RUN make check $OPTS
RUN d=$PREFIX/b; ./configure --prefix=$d
RUN ./configure --prefix=${ROOT}/c
WORKDIR /home/x
COPY a b
RUN ./configure --prefix=/home/d
WORKDIR /opt
"""


def second(finding, text: str) -> list[tuple[str, str]]:
    lines = text.splitlines()
    return [(lines[one.span.line - 1][one.span.column - 1:one.span.end_column - 1], one.message) for one in finding.related]


@pytest.mark.parametrize(("code", "line", "told"), [
    ("PTH202", 4, [("$ROOT/tool", "PREFIX gets its value here")]),
    ("ENV108", 5, [('"LD_LIBRARY_PATH=/opt/x/lib"', "OPTS gets its value here")]),
    ("PTH202", 6, [("d=$PREFIX/b", "d gets its value here")]),
    ("PTH202", 7, [("/home", "ROOT gets its value here")]),
    ("PTH202", 9, [("/home/x", "relative to this WORKDIR")]),
    ("PTH202", 10, []),
])
def test_in_a_containerfile(lint, code, line, told):
    found = [one for one in lint(CONTAINERFILE) if (one.code, one.span.line) == (code, line)]
    assert [second(one, CONTAINERFILE) for one in found] == [told]


RECIPE = """\
env: {DIR: /home/a}
steps:
  - run: make install PREFIX=$DIR
  - run: make install PREFIX=$DIR
    env: {DIR: /home/b}
  - run: |
      p=/root/x
      ./configure --prefix=$p
      ./configure --prefix=/root/y
"""


def test_in_a_recipe(lint, tmp_path):
    found = {one.message.partition(" ")[0] + str(one.span.line): one for one in lint(RECIPE) if one.code in ("PTH202", "PTH207")}
    text = (tmp_path / "recipe.yaml").read_text()
    assert [second(one, text) for one in found.values()] == [
        [("/home/a", "DIR gets its value here")], [("/home/b", "DIR gets its value here")],
        [("p=/root/x", "p gets its value here")], []]
