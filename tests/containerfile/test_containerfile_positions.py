"""Whatever is told of a Containerfile stands where its reader says, whatever the spelling."""

from __future__ import annotations

import pytest

from certify.shell.assignments import assignments

MARKED = "LD_LIBRARY_PATH"

STEPS = {
    "plain": ("RUN export LD_LIBRARY_PATH=/x", "LD_LIBRARY_PATH=/x"),
    "lower case, tabs": ("\trun\texport LD_LIBRARY_PATH=/x", "LD_LIBRARY_PATH=/x"),
    "continued": ("RUN true && \\\n    export LD_LIBRARY_PATH=/x && \\\n    make", "LD_LIBRARY_PATH=/x"),
    "blanks after the backslash": ("RUN true && \\  \n    export LD_LIBRARY_PATH=/x", "LD_LIBRARY_PATH=/x"),
    "keyword alone": ("RUN \\\n    export LD_LIBRARY_PATH=/x", "LD_LIBRARY_PATH=/x"),
    "comments between": (
        "RUN true && \\\n# one\n\n  # two \\\n   export \\\n # three\n LD_LIBRARY_PATH=/x", "LD_LIBRARY_PATH=/x"),
    "cut in two": ("RUN export LD_LIBRARY_\\\nPATH=/x", "LD_LIBRARY_\\"),
    "with flags": ("RUN --mount=type=cache,target=/x --network=none export LD_LIBRARY_PATH=/x", "LD_LIBRARY_PATH=/x"),
    "exec form": ('RUN ["/bin/bash", "-lc", "export LD_LIBRARY_PATH=/x"]', "LD_LIBRARY_PATH=/x"),
    "exec form, escapes": (r'RUN ["sh", "-c", "\techo \"a\"; export LD_LIBRARY_PATH=\"/x\"; b"]', r'LD_LIBRARY_PATH=\"/x\"'),
    "exec form, words": ('RUN ["env", "LD_LIBRARY_PATH=/x", "make"]', "LD_LIBRARY_PATH=/x"),
    "exec form, continued": ('RUN ["bash", \\\n "-c", \\\n "export LD_LIBRARY_PATH=/x"]', "LD_LIBRARY_PATH=/x"),
    "heredoc": ("RUN <<EOF\nset -e\nexport LD_LIBRARY_PATH=/x\nEOF", "LD_LIBRARY_PATH=/x"),
    "heredoc, quoted": ("RUN <<'EOF'\nexport LD_LIBRARY_PATH=/x\nEOF", "LD_LIBRARY_PATH=/x"),
    "heredoc, double quotes": ('RUN <<"E F"\nexport LD_LIBRARY_PATH=/x\nE F', "LD_LIBRARY_PATH=/x"),
    "heredoc, tabs": ("RUN <<-EOF\n\t\ttrue\n\t\texport LD_LIBRARY_PATH=/x\n\tEOF", "LD_LIBRARY_PATH=/x"),
    "heredoc for bash": ("RUN <<EOF bash -e\nexport LD_LIBRARY_PATH=/x\nEOF", "LD_LIBRARY_PATH=/x"),
    "heredoc after bash": ("RUN bash -e <<EOF\nexport LD_LIBRARY_PATH=/x\nEOF", "LD_LIBRARY_PATH=/x"),
    "heredoc with interpreter": ("RUN <<EOF\n#!/usr/bin/env bash\nexport LD_LIBRARY_PATH=/x\nEOF", "LD_LIBRARY_PATH=/x"),
    "after a heredoc": ("RUN cat <<A <<B > /x && export LD_LIBRARY_PATH=/x\nb\nA\nc\nB", "LD_LIBRARY_PATH=/x"),
    "no heredoc": ("RUN cat <<< x && echo '<<A' $((1<<2)) && export LD_LIBRARY_PATH=/x", "LD_LIBRARY_PATH=/x"),
    "onbuild": ("ONBUILD RUN export LD_LIBRARY_PATH=/x", "LD_LIBRARY_PATH=/x"),
    "onbuild heredoc": ("OnBuild Run <<EOF\nexport LD_LIBRARY_PATH=/x\nEOF", "LD_LIBRARY_PATH=/x"),
    "not ASCII": ("RUN echo 'größer 大 😀' && export LD_LIBRARY_PATH=/大", "LD_LIBRARY_PATH=/大"),
    "conda's shell": (
        'SHELL ["conda", "run", "-n", "a", "/bin/bash", "-c"]\nRUN export LD_LIBRARY_PATH=/x', "LD_LIBRARY_PATH=/x"),
}


def marked(document, subject, at) -> list[str]:
    return [at(document, document.inside(script.route, found.line, found.column, found.length))
            for script in subject.scripts for found in assignments(script.text, script.known)
            if found.name == MARKED and found.value]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "# syntax=docker/dockerfile:1\n\n"])
@pytest.mark.parametrize("name", STEPS)
def test_an_assignment_in_shell_text(parse, at, name, newline, start):
    text, token = STEPS[name]
    document, subject = parse((start + "FROM debian\n" + text).replace("\n", newline))
    assert marked(document, subject, at) == [token]


def test_the_other_escape_character(parse, at):
    document, subject = parse("# escape=`\nFROM debian\nRUN true `\n && echo a\\\\ && `\n export LD_LIBRARY_PATH=/x")
    assert marked(document, subject, at) == ["LD_LIBRARY_PATH=/x"]
    assert "\\\\" in subject.scripts[0].text


def test_a_comment_of_the_shell_ends_only_where_the_joined_line_ends(parse, at):
    document, subject = parse("FROM a\nRUN true # so \\\n export LD_LIBRARY_PATH=/x\nRUN true")
    assert marked(document, subject, at) == []


def test_a_doubled_backslash_continues_nothing(parse):
    _, subject = parse("FROM a\nRUN echo a\\\\\nUSER b\n")
    assert [script.text for script in subject.scripts] == ["echo a\\\\"]
    assert [user for _, user in subject.users] == ["b"]


@pytest.mark.parametrize(("text", "tokens"), [
    ("ENV A=/x", ["/x"]),
    ("ENV A /x y ", ["/x y"]),
    ("ENV A=/x B='c d' C=\"e f\" \\\n  # so\n  D=g\\ h", ["/x", "'c d'", '"e f"', "g\\ h"]),
    ('ENV A=\\"x B=y', ['\\"x', "y"]),
    ("env\tA=b\\\n/c", ["b\\\n/c"]),
    ("ONBUILD ENV A=x", ["x"]),
    ("ARG A=x B C=y", ["x", "y"]),
])
def test_the_value_of_a_variable(parse, at, text, tokens):
    document, subject = parse(f"FROM debian\n{text}\n")
    assert [at(document, document.span(variable.route)) for variable in subject.variables] == tokens
    assert at(document, document.span(subject.variables[0].route, key=True)) == "A"


def test_places_of_everything_else(parse, at):
    document, subject = parse("""\
FROM --platform=linux/amd64 debian:12 AS one
COPY --chmod=0600 --chown=1:1 a "b c" /opt/x/
ADD ["d", "/opt/é/"]
WORKDIR /opt/w
VOLUME ["/v1", "/v2"]
VOLUME /v3 /v4
USER nobody:users
LABEL a.b=c "d e"="f g"
LABEL old one
ADD --checksum=sha256:""" + "0" * 64 + """ https://example.org/a.tgz /src/
COPY --from=ghcr.io/x/uv:1 /uv /bin/
RUN --mount=type=bind,from=python:3,target=/x true
ENTRYPOINT ["tool", "--now"]
CMD tool  --later
""")
    assert [(at(document, document.span(put.route)), put.path, put.what) for put in subject.puts] == [
        ("/opt/x/", "/opt/x/", "COPY"), ("/opt/x/", "/opt/x/", "COPY"), ("/opt/é/", "/opt/é/", "ADD"),
        ("/opt/w", "/opt/w", "WORKDIR"), ("/v1", "/v1", "VOLUME"), ("/v2", "/v2", "VOLUME"), ("/v3", "/v3", "VOLUME"),
        ("/v4", "/v4", "VOLUME"), ("/src/", "/src/", "ADD"), ("/bin/", "/bin/", "COPY")]
    assert [(put.source, put.mode) for put in subject.puts[:3]] == [("a", "0600"), ("b c", "0600"), ("d", None)]
    assert [(at(document, document.span(base.route)), base.copied) for base in subject.bases] == [
        ("debian:12", False), ("ghcr.io/x/uv:1", True), ("python:3", True)]
    assert [(at(document, document.span(route)), user) for route, user in subject.users] == [("nobody:users",) * 2]
    assert [(at(document, document.span(route)), key, value) for route, key, value in subject.labels] == [
        ("c", "a.b", "c"), ('"f g"', "d e", "f g"), ("one", "old", "one")]
    assert [(fetch.url, fetch.sha256) for fetch in subject.fetches] == [("https://example.org/a.tgz", "0" * 64)]
    assert [(at(document, document.span(route)), words) for route, words in subject.starts] == [
        ('tool", "--now', ("tool", "--now")), ("tool  --later", ("tool", "--later"))]


def test_comments_wherever_they_stand(parse):
    document, _ = parse("# syntax=a\n  # one\nFROM a\nRUN b && \\\n  # two\n  c # three\n"
                        "RUN <<E\n# four\nd '#no'\nE\nENV A=#no\n")
    assert document.comments == [(1, 1, "# syntax=a"), (2, 3, "# one"), (5, 3, "# two"), (6, 5, "# three"), (8, 1, "# four")]


def test_a_route_without_a_place_has_that_of_its_parent(parse, at):
    document, _ = parse("FROM a\nRUN b\n")
    assert at(document, document.span(("instructions", 1, "run", "what"))) == "b"
    assert at(document, document.span(("instructions", 1))) == "RUN b"
    assert document.span(("nowhere",)) == document.span(())
