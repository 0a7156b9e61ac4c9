"""What the reader refuses, each with its place and a way out."""

from __future__ import annotations

import time

import pytest

from builder.errors import Error, Fault
from builder.recipe import Document, load
from builder.recipe.source import MAX_BYTES, MAX_DEPTH


def places(problems) -> list[tuple[str, int, int]]:
    return [(problem.code, problem.span.line, problem.span.column) for problem in problems]


def test_the_smallest_recipe_is_fine(refused, good):
    assert refused(good) == []


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "# a comment\n", "---\n", "%YAML 1.2\n---\n"])
def test_byte_order_mark_and_line_ends_are_fine(refused, good, start, newline):
    assert refused((start + good).replace("\n", newline)) == []


def test_crlf_does_not_change_the_text_of_a_step(tmp_path, good):
    texts = []
    for newline in ("\n", "\r\n"):
        recipe = good + "steps:\n  - run: |\n      a\n\n      b\n"
        (tmp_path / "recipe.yaml").write_bytes(recipe.replace("\n", newline).encode())
        texts.append(load(tmp_path)[1].steps[0].run)
    assert texts == ["a\n\nb\n"] * 2


SYNTAX = {      # text after the head (line 8 is its first) -> code, line, column
    "name: again": ("SCH002", 8, 1),
    '"name": again': ("SCH002", 8, 1),
    "env: {A: x, A: y}": ("SCH002", 8, 13),
    "env:\n  A: x\n  A: y": ("SCH002", 10, 3),
    "env: &a {A: x}": ("SCH003", 8, 6),
    "env: *a": ("SCH003", 8, 6),
    "workdir: !!str /x": ("SCH003", 8, 10),
    "workdir: !evil /x": ("SCH003", 8, 10),
    "env: !!python/object/apply:os.system [id]": ("SCH003", 8, 6),
    "<<: *a": ("SCH003", 8, 5),
    "---\nname: b": ("SCH001", 8, 1),
    "env: {A: x": ("SCH001", 9, 1),
    "env:\n\tA: x": ("SCH001", 9, 1),
    "workdir: '/x": ("SCH001", 9, 1),
    "? [a]\n: b": ("SCH001", 8, 3),
    "env: {A: a\x07}": ("SCH001", 8, 11),
    "env: {A: a\x00}": ("SCH001", 8, 11),
    "env: {A: a\x1b[31m}": ("SCH001", 8, 11),
    "env: {A: a\u202e}": ("SCH001", 8, 11),
    'env: {A: "a\\0"}': ("SCH001", 8, 10),
    'env: {A: "a\\e[31m"}': ("SCH001", 8, 10),
}


@pytest.mark.parametrize("text", SYNTAX)
def test_what_is_not_plain_yaml(refused, good, text):
    problems = refused(good + text + "\n")
    assert SYNTAX[text] in places(problems)


def test_text_in_steps_may_hold_what_yaml_knows_too(refused, good):
    steps = "steps:\n  - run: ls *.c && make & wait; echo !x\n  - run: |\n      *a &b !c --- <<: {\n"
    assert refused(good + steps) == []


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# only a comment\n", b"\xef\xbb\xbf"])
def test_an_empty_file(refused, data):
    assert places(refused(data)) == [("SCH001", 1, 1)]


def test_not_utf_8(refused, good):
    (problem,) = refused(good.encode() + b"env: {A: \xff}\n")
    assert (problem.code, problem.span.line, problem.span.column) == ("SCH001", 8, 10)


def test_utf_16_is_refused(refused, good):
    assert {problem.code for problem in refused(good.encode("utf-16"))} == {"SCH001"}


def test_too_large(refused, good):
    filled = good.encode() + b"#" * (MAX_BYTES - len(good))
    assert refused(filled) == []
    (problem,) = refused(filled + b"#")
    assert problem.code == "SCH001" and "1 MiB" in problem.message


def test_too_deep(refused, good):
    deep = MAX_DEPTH - 1    # the recipe itself is the first level
    assert "SCH001" not in {problem.code for problem in refused(good + "env: " + "[" * deep + "]" * deep)}
    problems = refused(good + "env: " + "[" * (deep + 1) + "]" * (deep + 1))
    assert any("40" in problem.message for problem in problems)


@pytest.mark.parametrize("unit", ["[", "{", "{a: ", "- ", "? ", "[[]", "!", "&a ", "*a "])
def test_a_hundred_thousand_openings_end_at_once(refused, unit):
    start = time.process_time()
    assert {problem.code for problem in refused(unit * 100_000)} <= {"SCH001", "SCH003", "SCH004"}
    assert time.process_time() - start < 5


def test_a_bomb_of_aliases_ends_at_once(refused):
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 10))
    assert "SCH003" in {problem.code for problem in refused("l0: &l0 [x]\n" + levels)}


UNQUOTED = ["1.10", "1", "010", "1e3", "true", "null", "~", "", ".5", "-1"]


@pytest.mark.parametrize("text", UNQUOTED)
def test_unquoted_versions(refused, good, text):
    (problem,) = refused(good.replace('"1.10"', text))
    assert (problem.code, problem.span.line) == ("SCH005", 3)
    assert f'"{text}"' in problem.help or not text


@pytest.mark.parametrize("text", ["1.2.3", "v1", "no", "off", "2026.11.1"])
def test_versions_that_are_text_anyway(refused, good, text):
    assert refused(good.replace('"1.10"', text)) == []


WRONG = {       # text -> line, column, a word of the message or help
    "stpes: []": (8, 1, "did you mean 'steps'?"),
    "enviroment: {}": (8, 1, "unknown key 'enviroment'"),
    "steps: [{rnu: x, run: y}]": (8, 10, "did you mean 'run'?"),
    "steps: [{name: x}]": (8, 9, "'run' is missing"),
    "steps: make": (8, 8, "must be a list, not text"),
    "steps: [make]": (8, 9, "must be a mapping, not text"),
    "env: [a]": (8, 6, "must be a mapping, not a list"),
    "env: {1A: x}": (8, 7, "not a name of a variable"),
    'env: {A: "a\\nb"}': (8, 10, "one line"),
    'env: {A: "a\\\\"}': (8, 10, "backslash"),
    "revision: 0": (8, 11, "too small"),
    "revision: one": (8, 11, "must be a whole number, not text"),
    "workdir: x": (8, 10, "absolute path"),
    "workdir: /x/../y": (8, 10, "absolute path"),
    "workdir: /x:y": (8, 10, "absolute path"),
    "workdir: /": (8, 10, "absolute path"),
    "files: [{from: recipe.yaml, to: /x, mode: 644}]": (8, 43, "quote it"),
    "packages: {apt: [Bad_Name]}": (8, 18, "Debian package"),
    "packages: {apt: [gcc, gcc]}": (8, 17, "twice"),
    "tests: [{run: ''}]": (8, 15, "empty"),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_the_format_does_not_know(refused, good, text):
    (problem,) = refused(good + text + "\n")
    line, column, word = WRONG[text]
    assert (problem.span.line, problem.span.column) == (line, column)
    assert word in f"{problem.message} {problem.help}"


def test_every_missing_key_is_told(refused):
    messages = [problem.message for problem in refused("schema: 1\n")]
    assert sorted(messages) == sorted(f"the key '{key}' is missing" for key in
                                      ("name", "version", "summary", "license", "access", "base"))


@pytest.mark.parametrize("access",
                         ["", "private", "{}", "{users: []}", "{user: [1]}", "{users: [0]}", "{users: [-1]}",
                                    "{users: [4294967296]}", '{users: ["a b"]}', "[1]", "true", "{users: 1}"])
def test_access_is_never_guessed(refused, good, access):
    problems = refused(good.replace("access: public", f"access: {access}"))
    assert problems and all(problem.span.line == 6 for problem in problems)


def test_access_is_required(refused, good):
    assert any("'access'" in problem.message for problem in refused(good.replace("access: public\n", "")))


def test_everything_is_told_at_once_and_in_order(refused):
    problems = refused("schema: 1\nname: Bad Name\nversion: 1.10\nname: again\nlicence: MIT\nbase: debian\n")
    assert {problem.code for problem in problems} == {"SCH002", "SCH004", "SCH005"}
    lines = [problem.span.line for problem in problems]
    assert lines == sorted(lines) and {3, 4, 5, 6} <= set(lines)


def test_the_message_of_the_error_names_file_line_and_column(tmp_path, good):
    (tmp_path / "recipe.yaml").write_text(good + "stpes: []\n")
    with pytest.raises(Fault, match=r"recipe\.yaml:8:1: SCH004 unknown key 'stpes'") as caught:
        load(tmp_path)
    assert caught.value.exit_code == 1


def test_a_folder_or_its_file(tmp_path, good):
    (tmp_path / "recipe.yaml").write_text(good)
    assert load(tmp_path)[1] == load(tmp_path / "recipe.yaml")[1]
    with pytest.raises(Error, match="no such recipe"):
        load(tmp_path / "none")
    with pytest.raises(Error, match="none"):
        Document.read(tmp_path / "none")
