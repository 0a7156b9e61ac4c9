"""MET801, MET802, SCH006, SCH007 and LNK405."""

from __future__ import annotations

import textwrap

import pytest

from certify.rules.balance import fault_of

SHELL = 'steps: [{run: "true"}]\n'
DEBIAN = "FROM docker.io/library/debian:12\n"
LABEL = "FROM scratch\nLABEL org.opencontainers.image."

BAD = {
    "LNK405": [
        "echo /opt/x/lib > /etc/ld.so.conf.d/x.conf",
        "ldconfig\necho /opt/x/lib > /etc/ld.so.conf.d/x.conf",
        "printf '%s\\n' /opt/x/lib | tee /etc/ld.so.conf.d/x.conf",
        "echo /opt/x/lib >> /etc/ld.so.conf && echo no",
        "cp build/libx.so.1 /usr/local/lib/",
        "install -m 755 libx.so /usr/local/lib/libx.so",
        "ln -s libx.so.1 /usr/local/lib64/libx.so",
        "echo /opt/x/lib > /etc/ld.so.conf.d/x.conf; ldconfig\nmake install PREFIX=/opt/x",
        "FROM scratch\nRUN ldconfig\nRUN echo /opt/x/lib > /etc/ld.so.conf.d/x.conf",
        "cp x.conf /etc/ld.so.conf.d/x.conf",
        "cmake -S . -B b -DCMAKE_INSTALL_PREFIX=/usr/local -DBUILD_SHARED_LIBS=ON && cmake --install b",
        "./configure --prefix=/usr/local --enable-shared && make install",
        "files: [{from: recipe.yaml, to: /usr/local/lib/libx.so.1}]",
        DEBIAN + "COPY libx.so.1 /usr/local/lib/",
        DEBIAN + "RUN ldconfig\nCOPY libx.so.1 /usr/local/lib/libx.so.1",
        DEBIAN + "RUN echo /opt/x/lib > /etc/ld.so.conf.d/x.conf && ldconfig\nCOPY --from=b /opt/x /opt/x",
    ],
    "MET801": [
        LABEL + 'source="our server"',
        LABEL + "created=yesterday",
        LABEL + 'licenses="see the file"',
        LABEL + 'url="example"',
        LABEL + "base.digest=12",
        LABEL + "version=1 org.opencontainers.image.documentation=none",
        LABEL + "created=2026-01-31",
        LABEL + 'licenses="MIT, BSD"',
    ],
    "MET802": [
        "tests: []",
        SHELL + 'tests: [{run: "true"}]',
        SHELL + 'tests: [{run: ":"}]',
        SHELL + "tests: [{run: exit 0}]",
        SHELL + "tests: [{run: bash --version}]",
        SHELL + "tests: [{run: echo hello}]",
        SHELL + "tests: [{run: x --self-test || true}]",
        SHELL + 'tests: [{run: "true"}, {run: ls --version}]',
        SHELL + "tests:\n  - run: |\n      # nothing yet\n      true\n",
    ],
    "SCH006": [
        "env: {A: '/opt/{{ name }}'}",
        "env: {A: '{{version}}'}",
        "summary: About {{ name }}",
        "workdir: /opt/{{name}}",
        "files: [{from: recipe.yaml, to: '/opt/{{ name }}/a'}]",
        "entrypoint: ['{{ name }}']",
        "env: {A: '{% if x %}1{% endif %}'}",
        "env: {A: '{{ name | upper }}'}",
        "steps: [{run: make, env: {A: '{{ recipe.name }}'}}]",
    ],
    "SCH007": [
        "if [ x ]; do\n  true\nfi",
        "if true; then echo x",
        "for x in a b; do echo $x",
        "for x in a b; then echo $x; done",
        "while true; do echo x; fi",
        "echo 'no end",
        'echo "no end',
        "case $x in a) echo a;;",
        "echo $(date",
        "make &&",
        "make | ",
        "(cd /src && make",
        "cd /src && make)",
        "make && && make install",
        "FROM scratch\nRUN if true; then echo x",
        "FROM scratch\nRUN make &&",
        "FROM scratch\nRUN <<EOF\n#!/bin/bash\nif x; do\nEOF",
    ],
}

GOOD = {
    "LNK405": [
        "echo /opt/x/lib > /etc/ld.so.conf.d/x.conf && ldconfig",
        "echo /opt/x/lib > /etc/ld.so.conf.d/x.conf\n/sbin/ldconfig",
        "steps:\n  - run: echo /opt/x/lib > /etc/ld.so.conf.d/x.conf\n  - run: ldconfig\n",
        "cp libx.so /opt/x/lib/",
        "cp x.py /usr/local/lib/python3.11/x.py",
        "cp x.so /usr/local/lib/python3.11/site-packages/x.so",
        "make install PREFIX=/usr/local",
        "mkdir -p /usr/local/lib",
        "cat /etc/ld.so.conf.d/*.conf",
        "rm /etc/ld.so.conf.d/x.conf",
        "cp libx.so /usr/local/lib/ && ldconfig",
        "./configure --prefix=/usr/local --enable-shared LDFLAGS=-Wl,-rpath,/usr/local/lib && make install",
        "./configure --prefix=/opt/x --enable-shared && make install",
        "cp libx.so /usr/lib/x86_64-linux-gnu/",
        "steps: [{run: ldconfig}]\nfiles: [{from: recipe.yaml, to: /usr/local/lib/libx.so.1}]",
        DEBIAN + "COPY libx.so.1 /usr/local/lib/\nRUN ldconfig",
        DEBIAN + "COPY x.so /usr/local/lib/python3.11/x.so\nCOPY --from=b /opt/x /opt/x\nCOPY --from=b /usr/local /usr/local",
        DEBIAN + "COPY lib /opt/x/lib\nRUN echo /opt/x/lib > /etc/ld.so.conf.d/x.conf && ldconfig\nCOPY scripts /opt/x",
        DEBIAN + "RUN make install PREFIX=/opt/x && echo /opt/x/lib > /etc/ld.so.conf.d/x.conf && ldconfig\nCOPY share /opt/x",
        "FROM docker.io/library/alpine:3\nCOPY libx.so /usr/local/lib/\nRUN cp liby.so /usr/local/lib/",
        "FROM scratch AS b\nCOPY libx.so /usr/local/lib/\n" + DEBIAN + "RUN make",
    ],
    "MET801": [
        LABEL + "version=1.2",
        LABEL + "created=2026-01-31T12:00:00Z",
        LABEL + 'licenses="MIT AND (BSD-3-Clause OR Apache-2.0)"',
        LABEL + "source=https://example.org/x",
        LABEL + "source=git@example.org:a/b.git",
        LABEL + "created=$DATE",
        "FROM scratch\nLABEL maintainer=me",
        "summary: About LABEL",
    ],
    "MET802": [
        SHELL + "tests: [{run: x --self-test}]",
        SHELL + "tests: [{run: tool --version}]",
        SHELL + "tests: [{run: x --self-test || true, expect: {text: passed}}]",
        SHELL + "tests: [{run: python3 -c 'import numpy'}]",
        SHELL + 'tests: [{run: "true"}, {run: x --self-test}]',
        SHELL + "tests: [{run: echo 2+2 | bc | grep 4}]",
        SHELL + "tests: [{run: test -x /opt/x/bin/x}]",
        SHELL + 'tests: [{run: \'test "$(id -u)" -ne 0\'}]',
        SHELL + "tests: [{run: 'bash --version && x'}]",
        "FROM scratch\nRUN make",
    ],
    "SCH006": [
        "env: {A: '{{.Name}}'}",
        "env: {A: '${B}'}",
        "env: {A: '{a,b}'}",
        "env: {A: '{ {b} }'}",
        "env: {A: '{}'}",
        "env: {A: '100 %}'}",
        "steps: [{run: \"echo '{{ name }}'\"}]",
        "summary: Braces {{ here, and there }}",
        "FROM scratch\nENV A=\"{{ name }}\"",
        "vars: {p: /opt/x}\nenv: {A: '{{ p }}', B: '{% raw %}{{ name }} {% if x %}{% endraw %}'}",
    ],
    "SCH007": [
        "FROM scratch\nRUN <<EOF\n#!/bin/zsh\nfor f (*.c) print $f\nif x { y }\nEOF",
        "FROM scratch\nRUN <<EOF\n#!/usr/bin/env ksh\nfor ((;;)) { x; }\nEOF",
        "FROM scratch\nSHELL [\"/bin/zsh\", \"-c\"]\nRUN for f (*.c) print $f",
        "FROM scratch\nRUN <<EOF\n#!/bin/csh\nif ( -e x ) then\nendif\nEOF",
    ],
}

# What bash reads, although it looks strange.
READABLE = [
    "if [[ x ]]; then echo x; fi",
    "a=(1 2 'b c'); echo ${a[@]}",
    "case $x in a) echo a;; (b|c) echo b;; *) ;; esac",
    "for ((i = 0; i < 3; i++)); do echo $i; done",
    "echo done; echo if then fi",
    "cat <<'EOF'\nif ( ' \" done\nEOF",
    "cat <<EOF | grep x\nit's\nEOF\nmake",
    "cat <<-EOF\n\tit's\n\tEOF",
    "x=$(case a in a) echo b;; esac)",
    'echo "$(echo "a b" | sed "s/a/\\"/")"',
    "echo $((1 << 3)) ${x#*(} ${x%)*}",
    "f() { echo x; }; f",
    "function g { echo x; }\ng",
    "f() (\n  echo x\n)",
    "while read -r a; do echo $a; done < <(ls)",
    "{ make; make install; } > /opt/log 2>&1",
    "make \\\n  && make install # it's fine",
    "echo 'a' \"b\" $'it\\'s' $\"c\"",
    "[ x = y ] || { echo no; exit 1; }",
    "make &\nwait",
    "! grep -q x y",
    "time make; until false; do break; done",
    "echo {a,b}{1..3} }",
    "echo `echo \"x\"`",
    "if (true) then echo x; fi",
    "python3 - <<'PY'\nprint(\"it's\")\nPY",
    "make ||\n  # again\n  make",
    "sed -i \"s/'/\\\"/\" f; awk '{print $1}' g",
    "[[ $x =~ ^(a|b)$ ]] && echo x",
    "echo a#b '#' \\# $# ${#x}",
    "",
    "# nothing",
]


def table(cases: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(code, snippet) for code, snippets in cases.items() for snippet in snippets]


@pytest.mark.parametrize(("code", "snippet"), table(BAD))
def test_found(code, snippet, found):
    severities = found(code, snippet)
    assert len([severity for severity in severities if severity != "info"]) == 1


@pytest.mark.parametrize(("code", "snippet"), table(GOOD))
def test_quiet(code, snippet, found):
    assert [severity for severity in found(code, snippet) if severity != "info"] == []


@pytest.mark.parametrize("shell", READABLE)
def test_what_bash_reads_is_fine(shell, found):
    assert not shell or found("SCH007", shell) == []


def test_most_of_it_needs_no_parser():
    assert [shell for shell in READABLE if fault_of(shell) is not None] == []


def test_the_message_tells_what_is_missing_and_where(lint_step):
    (one,) = lint_step(textwrap.dedent("""\
        echo x
        if [ -e /opt/x ]; do
          true
        fi"""))
    assert "do without a loop" in one.message and (one.span.line, one.span.column) == (13, 25)


def test_missing_labels_weigh_least(found, lint):
    assert found("MET801", "FROM debian\nLABEL a=b") == ["info"]
    (one,) = [one for one in lint("FROM debian\nLABEL org.opencontainers.image.version=1") if one.code == "MET801"]
    assert "licenses" in one.message and "version" not in one.message


def test_a_recipe_without_tests(tmp_path):
    from certify.rules import met802_no_tests
    from certify.rules.subject import Subject
    from certify.site import load

    assert list(met802_no_tests.check(Subject(kind="containerfile"), load())) == []
