"""What is wrong with a file is told at its place, the rest is read, and nothing takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builder.errors import RecipeError
from certify.containerfile import read

FAULTS = {
    "": "there is no FROM", "ARG A=b\n": "there is no FROM", "RUN a\nFROM b\n": "RUN cannot stand here",
    "FROM a\nRNU b\n": "there is no instruction RNU", "FROM a\nRUN\n": "RUN needs an argument",
    "FROM a\nENV A\n": "needs a value", "FROM a\nENV A=b c\n": "needs name=value", "FROM a b c\n": "FROM takes an image",
    "FROM a\nCOPY b\n": "needs a source", "FROM a\nCOPY --form=b c d\n": "no flag --form",
    "FROM a\nRUN <<EOF\nb\n": "no line 'EOF'", "# escape=x\nFROM a\n": "the escape directive",
    "FROM a\nSHELL bash\n": "SHELL takes a list", "FROM a\nONBUILD FROM b\n": "FROM cannot stand here",
    "RUN a\nENV b=c\n": "there is no FROM", "FORM a\nRUN b\n": "there is no instruction FORM",
    "# escape=`\n#escape=\\\nFROM a\n": "only one directive escape",
    "FROM a\nENV A='b\n": "quote is never closed", "FROM a\nENV A=\"b c=d\n": "quote is never closed",
    "FROM a\nENV \"A=b\"\n": "quote is never closed", "FROM a\nWORKDIR /it's\n": "quote is never closed",
    'FROM a\nCOPY ["it\'s", "/x/"]\n': "quote is never closed", "FROM a\nSTOPSIGNAL '9\n": "quote is never closed",
    "ARG A='b\nFROM a\n": "quote is never closed", "FROM a\nENV A=${B:-'c}\n": "quote is never closed",
    "FROM a\nENV A=${B:-c\n": "brace is never closed", "FROM a\nENV A=${B\n": "no builder knows",
    "FROM a\nUSER ${B^^}\n": "no builder knows", "FROM a\nLABEL A=${B:=c}\n": "no builder knows",
    "FROM a\nENV A=${B[0]}\n": "no builder knows", 'FROM a\nCMD ["b", 1]\n': "strings in double quotes",
    "FROM a\nVOLUME [true]\n": "strings in double quotes", "FROM a\nVOLUME []\n": "VOLUME needs the path",
    'FROM a\nVOLUME [""]\n': "VOLUME needs the path", "FROM a\nHEALTHCHECK b\n": "HEALTHCHECK takes CMD",
    "FROM a\nHEALTHCHECK CMD\n": "HEALTHCHECK CMD needs", "FROM a\nHEALTHCHECK NONE b\n": "HEALTHCHECK NONE takes no more",
    "FROM a\nCOPY --from=0 b c\n": "no stage 0 before", "FROM a\nFROM b\nCOPY --from=10 b c\n": "no stage 10 before",
    "FROM a\nENV A=b # why C=d\n": "ENV takes this for an argument", "FROM a\nENV A=b #C=d\n": "ENV takes this for an argument",
    "FROM a\nCOPY b /home/x # why\n": "COPY takes this for an argument", "FROM a\nUSER b # why\n": "USER takes this",
    "FROM a\nENV A b # why\n": "ENV takes this for an argument", "FROM a\nWORKDIR /a # why\n": "WORKDIR takes this",
    "FROM a\nONBUILD EXPOSE 80 # why\n": "EXPOSE takes this", "FROM a\nARG A # why\n": "ARG takes this",
    "FROM a\nRUN b\0c\n": "U+0000", "FROM a\nRUN \u202eb\n": "U+202E", "FROM a\nONBUILD ONBUILD RUN x\n": "ONBUILD cannot stand",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_told(parse, text):
    document, _ = parse(text, clean=False)
    assert [problem.code for problem in document.problems][:1] == ["SCH001"]
    assert FAULTS[text] in document.problems[0].message
    assert len(document.problems) == 1      # one mistake, one message


@pytest.mark.parametrize("text", [
    "RUN echo it's ${A^^} [1", "CMD echo 'a", "MAINTAINER it's me", "RUN [ 1 = 1 ]", 'CMD ["a",]', 'RUN ["\\d", 1]',
    "ENV A=\"it's\"", "ENV A=it\\'s B='\\'", "ENV A=${B:?c} C=${D##e} F=${G/h/i}", "COPY <<E /x\nit's ${A^^}\nE",
    'RUN --mount="type=bind,from=a" b', "HEALTHCHECK --interval=1s CMD it's", "HEALTHCHECK none", "EXPOSE ${P:-80}/tcp",
    "ONBUILD COPY --from=3 a b", "COPY --from=b c d",
    "ENV A #b", "ENV A # b", "ENV A='b # c' D=\" # \"", "COPY #a# b#c /x", 'COPY ["a", "#", "/x"]', "RUN b # why", "CMD b # why",
    "LABEL a=b#c", "FROM b AS 1a", "# escape=`\n# escape=b", "ENV A=${é}", "ENV A='${B^^}'", "ENV A=\\${B^^}",
])
def test_what_a_builder_takes_is_no_fault(parse, text):
    parse(f"FROM a\n{text}\n")


@pytest.mark.parametrize(("text", "under"), [
    ("ENV A=\"b C=d", '"'), ("ENV A=b \\\n  C=${D^^}x", "${D^"), ("LABEL a='b' c=${D:-'e'}'", "'"), ('CMD ["b", 1]', '["b", 1]'),
    ("COPY --from=1 b c", "1"), ("HEALTHCHECK curl b", "curl"),
])
def test_a_fault_is_where_it_is(parse, at, text, under):
    document, _ = parse(f"FROM a\n{text}\n", clean=False)
    assert [at(document, problem.span) for problem in document.problems] == [under]


def test_what_follows_an_open_here_document_is_its_text(parse, at):
    document, subject = parse("FROM a\nRUN <<A\nmake\nENV X=1\n./install it\n", clean=False)
    assert [at(document, problem.span) for problem in document.problems] == ["<<A"]
    assert [variable.name for variable in subject.variables] == ["X"]


def test_the_rest_is_still_read(parse, at):
    document, subject = parse("FROM a\nNO b\nRUN <<A\nRUN c\nENV X\nENV Y=1\n", clean=False)
    assert [at(document, problem.span) for problem in document.problems] == ["NO", "<<A", "X"]
    assert [script.text for script in subject.scripts] == ["<<A", "c"]
    assert [variable.name for variable in subject.variables] == ["Y"]


def test_what_is_meant_is_told(parse):
    document, _ = parse("FROM a\nENTRYPONT b\n", clean=False)
    assert document.problems[0].help == "did you mean ENTRYPOINT?"


@pytest.mark.parametrize("data", [b"FROM a\nRUN \xff\n", b"#" * ((1 << 20) + 1), b"\xff\xfeF\0R\0"])
def test_bytes_that_are_no_text_are_refused(data):
    with pytest.raises(RecipeError):
        read(data, "x")


M = 1 << 20
HURTING = {
    "continuations": "RUN " + "\\\n" * M, "letters": "RUN " + "a\\\n" * M, "comments": "RUN " + "\\\n#c\n" * M,
    "marks": "RUN " + "<<A " * M, "ended marks": "COPY " + "<<A " * 150_000 + "/x\n" + "A\n" * M, "heredocs": "RUN <<A\n" * M,
    "ended heredocs": "RUN <<A\nA\n" * M, "braces": "ENV a=" + "${" * M, "defaults": "ENV a=" + "${a:-" * M,
    "doubling": "ENV a=xxxx\n" + "ENV a=$a$a$a\n" * 5000, "quotes": "ENV " + "\"' " * M, "pairs": "ENV " + "a=b " * M,
    "environment": "".join(f"ENV a{i}=1\nRUN $a\n" for i in range(60_000)), "list": "RUN [" + '"a",' * M,
    "nested list": "RUN " + "[" * M, "escapes": 'RUN ["' + "\\n" * (M // 2 - 10) + '"]', "keywords": "x\n" * M,
    "stages": "ENV " + " ".join(f"a{i}=1" for i in range(2000)) + "\n" + "FROM x\nRUN a\n" * M, "lines": "\n" * M,
    "flags": "COPY " + "--a " * M, "scratch": "COPY a /tmp/\nRUN b\n" * M, "onbuild": "ONBUILD " * M,
    "triggers": "ONBUILD ENV " + "a=b " * 50 + "\n" + "ONBUILD ENV a=b\n" * 2000 + "FROM 0\n" * M, "mixed": "CMD [" + "1," * M,
    "open quotes": "ENV a='\n" * M, "bad braces": "ENV " + "a=${a^} " * M,
    "hashes": "RUN " + " # a \\\n" * M, "labels": "LABEL " + "a=b " * M, "arguments": "ARG " + "a " * M,
}


@pytest.mark.parametrize("name", HURTING)
def test_a_text_made_to_hurt_takes_no_second(name):
    data = ("FROM x\n" + HURTING[name]).encode()[:M]
    start = time.thread_time()
    read(data, "x")
    assert time.thread_time() - start < 1.5     # it takes 0.6 at most; the rest is for a busy machine


PIECES = st.sampled_from([
    "FROM ", "a ", "AS ", "RUN ", "ENV ", "COPY ", "ADD ", "ARG ", "LABEL ", "ONBUILD ", "SHELL ", "WORKDIR ", "CMD ", "VOLUME ",
    "USER ", "# escape=`\n", "`\n", "\\\n", "\n", "\r\n", "# x\n", "<<A ", "<<-A ", "<<'A' ", "A\n", "\tA\n",
    "--from=a ", "--mount=from=b ", "--checksum=sha256:0 ", "$a ", "${a:-", "}", "'", '"', "[", "]", '"b"', ",", '"\\u0041"', "=",
    "/tmp/", "/x ", "\0", "é", "\u2028", "\x85",
])
HARD = st.lists(PIECES, max_size=40).map(lambda pieces: "FROM a\n" + "".join(pieces))


@settings(max_examples=400, deadline=None)
@given(st.one_of(HARD.map(str.encode), st.binary(max_size=200),
                 st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
@example(b"FROM a\nRUN [\"\\ud800\"]\n")
def test_any_bytes_end_well(data):
    try:
        document, subject = read(data, "x")
    except RecipeError:
        return
    ends = document.text.split("\n")
    routes = [*document.places, *[script.route for script in subject.scripts], *[put.route for put in subject.puts]]
    spans = [document.span(route) for route in routes] + [problem.span for problem in document.problems]
    for script in (*subject.scripts, *subject.written):
        lines = script.text.splitlines() or [""]
        spans += [document.inside(script.route, number, column, 1)
                  for number, line in enumerate(lines) for column in range(len(line))]
    for span in spans:
        assert 1 <= span.line <= span.end_line <= len(ends)
        assert 1 <= span.column <= len(ends[span.line - 1]) + 1
        assert (span.line, span.column) <= (span.end_line, span.end_column)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["true", "x=$y", "'a b'", "&&", "\\\n", "\\\n# c\n", "\\\n\n", "|", "é大"]),
                min_size=1, max_size=20))
def test_a_character_of_shell_text_is_that_character_of_the_file(words):
    document, subject = read(("FROM a\nRUN true " + " ".join(words)).encode(), "x")
    (script,) = subject.scripts
    lines = document.text.split("\n")
    for column, character in enumerate(script.text):
        span = document.inside(script.route, 0, column, 1)
        assert lines[span.line - 1][span.column - 1:span.end_column - 1] == character
