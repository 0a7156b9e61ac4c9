"""SEC601 on build arguments that a RUN logs in with, and what is no such use."""

from __future__ import annotations

import pytest

HEAD = "FROM scratch\nARG GH_TOKEN\n"
URL = "git clone -b v1.0 https://${GH_TOKEN}@example.org/a/b.git"


@pytest.mark.parametrize(("run", "column", "length"), [
    (URL, 31, 11), ("git clone -b v1.0 https://x:$GH_TOKEN@example.org/a/b.git", 33, 9),
    ('curl -H "Authorization: token $GH_TOKEN" https://example.org', 35, 9),
    ('curl -H "PRIVATE-TOKEN: ${GH_TOKEN}" https://example.org', 29, 11),
    ('curl -u "me:$GH_TOKEN" https://example.org', 17, 9), ('wget --http-password="$GH_TOKEN" https://example.org', 27, 9),
    ("npm config set //example.org/:_authToken=$GH_TOKEN", 46, 9), ("curl 'https://example.org/x?access_token='$GH_TOKEN", 47, 9)])
def test_a_use_of_it_is_told_where_it_stands(run, column, length, lint):
    [one] = [one for one in lint(f"{HEAD}RUN {run}\n") if one.code == "SEC601"]
    assert (one.severity, one.span.line, one.span.column, one.span.end_column) == ("error", 3, column, column + length)
    assert "GH_TOKEN" in one.message and "RUN --mount=type=secret" in one.help
    assert [second.span.line for second in one.related] == [2]


def test_each_argument_is_told_once(found):
    assert found("SEC601", f"{HEAD}RUN {URL}\nRUN {URL} && {URL}\n") == ["error"]


def test_a_stage_that_is_not_shipped_weighs_less(found):
    assert found("SEC601", f"{HEAD}RUN {URL}\nFROM scratch\n") == ["warning"]


@pytest.mark.parametrize("text", [
    f"FROM scratch\nRUN {URL}", f"FROM scratch\nRUN {URL}\nARG GH_TOKEN", f"{HEAD}RUN make GH_TOKEN=1 && echo $GH_TOKEN",
    f"{HEAD}RUN GH_TOKEN=$(cat /run/secrets/x) && {URL}", f"{HEAD}RUN curl https://example.org/$GH_TOKEN/x",
    f"{HEAD}RUN <<EOF\n# {URL}\nmake\nEOF", f"FROM scratch\nARG BRANCH\nRUN {URL.replace('GH_TOKEN', 'BRANCH')}",
    f"{HEAD}FROM scratch\nRUN {URL}", f"{HEAD}RUN test -n \"$GH_TOKEN\"", f"{HEAD}CMD {URL}"])
def test_what_is_no_use_of_an_argument_is_quiet(text, found):
    assert found("SEC601", text) == []


def test_an_argument_without_a_value_is_no_finding_of_another_rule(lint):
    assert lint("FROM scratch\nARG GH_TOKEN\nARG LD_LIBRARY_PATH\nARG LD_PRELOAD\nARG TMPDIR\nRUN make\n") == []
