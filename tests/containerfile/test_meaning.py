"""Stages, variables, shells and here-documents mean what BuildKit takes them for."""

from __future__ import annotations

import pytest

from certify.shell.fold import UNKNOWN


def values(subject) -> dict[str, str]:
    return {variable.name: variable.value for variable in subject.variables}


def paths(subject) -> list[str]:
    return [put.path for put in subject.puts]


CHAIN = """\
ARG TAG=12
FROM debian:${TAG} AS base
ENV A=base
FROM base AS tools
RUN tools
FROM BASE as Build
ENV B=$A/build
RUN build
FROM build
COPY --from=tools /a /b
COPY --from=1 /a /c
RUN last
"""


def test_the_last_stage_and_those_it_starts_from_ship(parse):
    _, subject = parse(CHAIN)
    assert [(script.text, script.shipped) for script in subject.scripts] == [
        ("tools", False), ("build", True), ("last", True)]
    assert [(base.reference, base.shipped) for base in subject.bases] == [("debian:12", True)]
    assert subject.scripts[-1].known == {"A": "base", "B": "base/build"}
    assert [variable.where for variable in subject.variables] == ["the image's environment"] * 2


def test_what_is_only_copied_from_counts_less(parse):
    _, subject = parse("FROM a AS b\nENV X=1\nWORKDIR /w\nLABEL x=y\nUSER z\nFROM scratch\nCOPY --from=b x x\n")
    assert [(variable.shipped, variable.where) for variable in subject.variables] == [(False, "the environment of stage 'b'")]
    assert [(put.path, put.shipped) for put in subject.puts] == [("/w", False), ("/x", True)]
    assert (subject.labels, subject.users) == ((), ())
    assert [base.reference for base in subject.bases] == ["a"]


def test_a_stage_that_nothing_takes_from_counts_less_too(parse):
    _, subject = parse("FROM a AS test\nENV X=1\nRUN y\nFROM b\nRUN z\n")
    assert [variable.shipped for variable in subject.variables] == [False]
    assert [(script.text, script.shipped) for script in subject.scripts] == [("y", False), ("z", True)]


@pytest.mark.parametrize(("word", "value"), [
    ("$A", "a"), ("${A}", "a"), ("x$A.y", "xa.y"), ("${A:-b}", "a"), ("${N:-b}", "b"), ("${N-b}", "b"), ("${E:-b}", "b"),
    ("${E-b}", ""), ("${A:+b}", "b"), ("${N:+b}", ""), ("${E:+b}", ""), ("${E+b}", "b"), ("${A:?no}", "a"),
    ("${N:-${M:-$A}}", "a"), ("${N:-'}'}c", "}c"), ("'$A'", "$A"), ('"$A"', "a"), ("\\$A", "$A"), ('"\\$A"', "$A"),
    ('"a\\"b"', 'a"b'), ("a\\ b", "a b"), ("'a b'c", "a bc"), ("$LD_LIBRARY_PATH", ""), ("/x${LD_LIBRARY_PATH:+:$A}", "/x"),
    ("$N", UNKNOWN * 2), ("/x/${N}/y", f"/x/{UNKNOWN * 4}/y"), ("$", "$"), ("${", "${"), ("$5", "$5"), ("${A#a}", UNKNOWN * 6),
])
def test_substitution(parse, word, value):
    _, subject = parse(f"FROM a\nENV A=a E=\nENV X={word}\n")
    assert values(subject)["X"] == value


def test_names_of_one_env_are_set_together(parse):
    _, subject = parse("FROM a\nENV A=1\nENV A=2 B=$A\nENV C=$A\n")
    assert values(subject) == {"A": "2", "B": "1", "C": "2"}


def test_arguments_are_known_in_their_stage_and_below(parse):
    _, subject = parse("ARG G=g\nARG L=/l\nFROM a AS one\nARG L\nARG P=p\nRUN x $G\nFROM one\nRUN y\nFROM b\nRUN z\n")
    assert [dict(script.known) for script in subject.scripts] == [{"L": "/l", "P": "p"}, {"L": "/l", "P": "p"}, {}]
    assert [(variable.name, variable.lasting, variable.where) for variable in subject.variables] == [
        ("L", False, "an ARG of stage 'one'"), ("P", False, "an ARG of stage 'one'")]


def test_env_hides_an_argument(parse):
    _, subject = parse("FROM a\nENV X=env\nARG X=arg\nENV Y=$X\n")
    assert values(subject)["Y"] == "env"


def test_relative_paths_start_in_the_workdir(parse):
    _, subject = parse("FROM a AS one\nCOPY x y\nWORKDIR /opt\n"
                       "ENV D=e\nWORKDIR $D\nCOPY x .\nFROM one\nCOPY z ${D}/q/\nCOPY z $NO\n")
    assert paths(subject) == ["/opt", "/opt/e", "/opt/e/.", "/opt/e/e/q/"]


@pytest.mark.parametrize(("shell", "count"), [
    ('["pwsh", "-Command"]', 0), ('["cmd", "/S", "/C"]', 0),
    ('["/bin/bash", "-o", "pipefail", "-c"]', 1), ('["/bin/ash", "-c"]', 1)])
def test_only_posix_shells_are_read(parse, shell, count):
    _, subject = parse(f'FROM a AS b\nSHELL {shell}\nFROM b\nRUN x\nRUN <<E\ny\nE\nRUN ["bash", "-c", "z"]\n')
    assert len(subject.scripts) == 2 * count + 1


def test_windows_has_no_posix_shell(parse):
    _, subject = parse("FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN dir\nWORKDIR C:\\x\n")
    assert (subject.scripts, subject.puts) == ((), ())


@pytest.mark.parametrize(("text", "script"), [
    ("RUN <<EOF\na\nb\nEOF", "a\nb\n"),
    ("RUN <<EOF\n#!/bin/sh -e\na\nEOF", "#!/bin/sh -e\na\n"),
    ("RUN <<EOF\n#!/usr/bin/env python3\nimport a\nEOF", "python3 - <<'EOF'\n#!/usr/bin/env python3\nimport a\nEOF"),
    ("RUN <<EOF python3\nimport a\nEOF", "<<EOF python3\nimport a\nEOF"),
    ("RUN <<A cat > /a && cat <<B\n1\nA\n2\nB", "<<A cat > /a && cat <<B\n1\nA\n2\nB"),
    ('RUN ["make", "A=b c", "it\'s"]', "make 'A=b c' 'it'\"'\"'s'"),
    ('RUN ["not", json]', '["not", json]'),
    ("RUN a 'b \\\n c'", "a 'b  c'"),
])
def test_shell_text(parse, text, script):
    _, subject = parse(f"FROM a\n{text}\n")
    assert [found.text for found in subject.scripts] == [script]


def test_files_that_are_written_in_place(parse, at):
    document, subject = parse("""\
FROM a
ENV P=/opt/x
WORKDIR /etc
COPY <<EOF <<"b.sh" profile.d/
export A=$P B=\\$P C=$NO 'D'
EOF
$P
b.sh
ADD --chmod=755 <<-x /usr/bin/tool
\tone
\tx
""")
    assert [(written.path, written.text) for written in subject.written] == [
        ("/etc/profile.d/EOF", "export A=/opt/x B=$P C=$NO 'D'\n"), ("/etc/profile.d/b.sh", "$P\n"), ("/usr/bin/tool", "one\n")]
    route = subject.written[0].route
    assert at(document, document.inside(route, 0, 7, len("A=/opt/x"))) == "A=$P"
    assert at(document, document.inside(route, 0, 16, len("B=$P"))) == "B=\\$P"
    assert at(document, document.span(subject.written[2].route)) == "/usr/bin/tool"
    assert paths(subject) == ["/etc"]


def test_onbuild_changes_nothing_here(parse):
    document, subject = parse("FROM a\nWORKDIR /w\nONBUILD ENV A=b\nONBUILD WORKDIR /q\n"
                              "ONBUILD COPY . x\nCOPY y z\nONBUILD RUN c\n")
    assert paths(subject) == ["/w", "/q", "/w/x", "/w/z"]
    assert [(script.where, dict(script.known)) for script in subject.scripts] == [("ONBUILD RUN in line 7", {})]
    assert [variable.where for variable in subject.variables] == ["the image's environment, by ONBUILD"]
    assert document.problems == []


def test_what_onbuild_keeps_comes_first_in_the_next_stage(parse, at):
    document, subject = parse("""\
FROM a AS one
ENV A=/a
ONBUILD ENV B=$A/b
ONBUILD WORKDIR $B
ONBUILD LABEL c=$B
ONBUILD USER d
ONBUILD CMD ["e"]
ONBUILD RUN f
USER g
CMD h
FROM one AS two
COPY x y
FROM two
RUN $B
""")
    assert [put.path for put in subject.puts if put.what == "COPY"] == ["/a/b/y"]
    assert [(script.text, script.known.get("B")) for script in subject.scripts if script.kind == "step"] == [
        ("f", None), ("$B", "/a/b")]
    assert [variable.name for variable in subject.variables] == ["A", "B"]      # told once, where it stands
    assert [(at(document, document.span(route)), key, value) for route, key, value in subject.labels] == [("$B", "c", "/a/b")]
    assert [(at(document, document.span(route)), user) for route, user in subject.users] == [("g", "g"), ("d", "d")]
    assert [words for _, words in subject.starts] == [("e",)]


def test_onbuild_is_nothing_of_the_image_itself(parse):
    _, subject = parse("FROM a\nUSER b\nONBUILD USER root\nONBUILD LABEL c=d\nCMD e\nONBUILD CMD f\nONBUILD ENTRYPOINT []\n")
    assert [user for _, user in subject.users] == ["b"]
    assert (subject.labels, [words for _, words in subject.starts]) == ((), [("e",)])


@pytest.mark.parametrize(("text", "starts"), [
    ("CMD a\nCMD b", [("b",)]), ("CMD a\nCMD []", []), ("ENTRYPOINT a\nENTRYPOINT []\nCMD b", [("b",)]),
    ("CMD a\nENTRYPOINT b", [("a",), ("b",)]), ("CMD a\nFROM one\nENTRYPOINT b", [("b",)]),
    ("CMD a\nFROM one\nCMD c\nENTRYPOINT b", [("c",), ("b",)]), ("ENTRYPOINT a\nFROM one\nCMD b", [("a",), ("b",)]),
])
def test_what_the_image_starts_with(parse, text, starts):
    _, subject = parse(f"FROM x AS one\n{text}\n")
    assert [words for _, words in subject.starts] == starts


@pytest.mark.parametrize(("text", "name"), [
    ("ENV $A=x", "LD"), ("ENV ${A}_Y x", "LD_Y"), ("ENV 'LD'=x", "LD"), ("ENV \"$A\"=x", "LD"), ("ENV A=no $A=x", "LD"),
    ("ENV $NO=x", "$NO"),
])
def test_the_name_of_a_variable_may_be_one(parse, text, name):
    _, subject = parse(f"FROM a\nENV A=LD\n{text}\n")
    assert values(subject)[name] == "x"


@pytest.mark.parametrize(("before", "text", "value"), [
    ("ARG P=g", "ARG P=l\nARG P", "g"), ("ARG P=", "ARG P", ""), ("ARG P", "ARG P=l\nARG P", "l"),
    ("ARG P", "ARG P", UNKNOWN * 2),
])
def test_an_argument_without_a_value_has_that_of_the_file(parse, before, text, value):
    _, subject = parse(f"{before}\nFROM a\n{text}\nENV X=$P\n")
    assert values(subject)["X"] == value


@pytest.mark.parametrize(("word", "value"), [
    ("/x${PATH:+:$PATH}", "/x:" + UNKNOWN * 5), ("${PATH:-/bin}", UNKNOWN * 13), ("${NO:+x}", ""),
])
def test_every_image_has_a_path(parse, word, value):
    _, subject = parse(f"FROM a\nENV X={word}\n")
    assert values(subject)["X"] == value


def test_what_comes_of_an_unknown_variable_stays_as_it_is_written(parse):
    _, subject = parse("FROM a\nARG N\nENV V=$N\nLABEL a=x$V\nUSER ${V}\n")
    assert [value for *_, value in subject.labels] == ["x$V"]
    assert [user for _, user in subject.users] == ["${V}"]


def test_the_escape_of_the_file_is_none_in_a_here_document(parse):
    _, subject = parse("# escape=`\nFROM a\nENV A=b\nCOPY <<E /x\n\\$A `$A\nE\n")
    assert [written.text for written in subject.written] == ["$A `b\n"]


def test_stages_by_number(parse):
    _, subject = parse("FROM a\nENV A=1\nFROM 0\nENV B=$A\nCOPY --from=0 x y\nFROM 7\nCOPY --from=1 x y\n")
    assert values(subject) == {"A": "1", "B": "1"}
    assert [base.reference for base in subject.bases] == ["a", "7"]


def test_start_commands_are_judged_but_put_nothing(parse):
    _, subject = parse("FROM a\nCMD one\nHEALTHCHECK --interval=1s CMD LD_LIBRARY_PATH=/x two\n"
                       "CMD LD_LIBRARY_PATH=/x three > /home/x\n")
    assert [script.kind for script in subject.scripts] == ["start", "start"]
    assert [words[-1] for _, words in subject.starts] == ["/home/x"]
