"""What a recipe says stays what was said. The reader here is buildah's in short: lines, then JSON, then variables."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import instructions
from builder.errors import Fault


def lines_of(text):
    found, pending = [], ""
    for line in text.split("\n"):
        assert len(line.encode()) < 65_536, "buildah forgets the rest of the file"
        if re.match(r"\s*#", line) or not line.strip():
            assert not pending, "a comment or an empty line within an instruction"
            continue
        joined = re.search(r"(?<!\\)\\[ \t]*$", line)
        pending += line[:joined.start()] if joined else line
        if not joined:
            found.append(pending)
            pending = ""
    assert not pending
    return found


def read_run(text):
    [line] = lines_of(text)
    flags, words = re.fullmatch(r"RUN ((?:--\S+ )*)(\[.*\])", line, re.DOTALL).groups()
    return flags.split(), json.loads(words)


def unescaped(text):
    assert not re.search(r"(?<!\\)(?:\\\\)*[$'\"]", text), "a variable or a quote"
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
tricky = st.text(st.sampled_from("\\\n\r\t #$'\"`{}<a\u0085\u2028\u3000\x7f\x01é😀"), max_size=40)
lines = st.one_of(texts, tricky).map(lambda text: text.replace("\n", ""))


@given(st.one_of(texts, tricky))
def test_a_step_reaches_its_shell_as_it_is(text):
    flags, words = read_run(instructions.run(("/bin/sh", "-c", text), {"A": text}, "wheels"))
    assert flags == ["--mount=type=bind,source=wheels,target=/certify"]
    assert words[:3] == ["/usr/bin/env", "-i", f"A={text}"]
    assert words[-3:] == ["/bin/sh", "-c", text]


@pytest.mark.parametrize("letter", ["x", "é", "😀", "\\", '"', "\x01", " ", "#", " #", "\n", "-", "$"])
def test_long_texts_are_read_whole(letter):
    text = (letter * 30_000)[:30_000]
    assert read_run(instructions.run(("/bin/sh", "-c", text), {}))[1][-1] == text
    if letter != "\n":
        [line] = lines_of(instructions.env("A", text))
        assert line == f'ENV A="{re.sub(chr(92) + chr(92) + "|[$" + chr(34) + "]", lambda match: chr(92) + match[0], text)}"'


@given(lines)
def test_a_variable_of_the_image_stays_literal(value):
    [line] = lines_of(instructions.env("NAME", value))
    quoted = re.fullmatch(r'ENV NAME="(.*)"', line, re.DOTALL)[1]
    assert not re.search(r'(?<!\\)(?:\\\\)*[$"]', quoted)
    assert re.sub(r'\\([\\$"])', r"\1", quoted) == value


@given(lines.map(lambda text: f"/{text}x"))
def test_paths_stay_literal(path):
    [line] = lines_of(instructions.copy("files/0", path, "0644"))
    head, words = line.split(" [", 1)
    assert head == "COPY --chown=0:0 --chmod=0644"
    source, to = (unescaped(word) for word in json.loads(f"[{words}"))
    assert (source, to) == ("files/0", path)


@given(lines)
def test_a_comment_is_one_line_and_no_directive(text):
    assert lines_of(instructions.comment(f"step: {text}") + "\nFROM scratch") == ["FROM scratch"]


def test_the_source_of_a_copy_is_no_pattern():
    assert instructions.copy("/a*?]", "/b", stage="s") == 'COPY --from=s --chown=0:0 ["/a[*][?]]", "/b"]'
    for source in ("/a[1]", "/a\\b"):
        with pytest.raises(Fault, match="buildah cannot copy"):
            instructions.copy(source, "/b", stage="s")


def test_a_program_whose_path_has_an_equals_sign_is_no_variable():
    assert read_run(instructions.run(("/opt/a=b/bin/python", "x"), {}))[1][-5:] == [
        "/bin/sh", "-c", 'exec "$0" "$@"', "/opt/a=b/bin/python", "x"]
