"""Recipes made to hurt: what the reader refuses, and how little it does before it does so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from builder.recipe import checks, expressions, salvage, schema, templates
from builder.recipe.decode import decode_views
from builder.recipe.source import MAX_PROBLEMS, MAX_VALUES, Document
from tests.effort import counted

WIDE = "[Ā-ꀀ]"       # a range that Python looks at character by character


def problems_of(refused, good, text: str):
    found = refused(good + text)
    assert found
    return found


@pytest.mark.parametrize("text", [
    "x: '" + "\x01" * 5000 + "'\n", "env:\n" + "  A: b\n" * 5000, "".join(f"k{n}: v\n" for n in range(3000)),
    "steps:\n" + "- {rum: a}\n" * 3000, "a: [" + "&a b," * 3000 + "]\n",
    "a: [" + "!!x b," * 3000 + "]\n", "a: [" + "*a," * 3000 + "]\n",
    "access: {users: [" + "{}," * 900 + "]}\n", "packages: {apt: [" + ",".join(f"{{a: {n}}}" for n in range(900)) + "]}\n"],
    ids=["controls", "keys twice", "unknown keys", "steps", "anchors", "tags", "aliases", "users", "packages"])
def test_no_more_problems_are_told_than_anybody_reads(refused, good, text):
    assert 100 < len(problems_of(refused, good, text)) <= MAX_PROBLEMS


def test_no_more_lines_of_a_requirements_file_are_told(refused, good, tmp_path):
    (tmp_path / "r.txt").write_text("-r x\n" * 5000)
    found = problems_of(refused, good, "packages: {pip: {requirements: r.txt, venv: /opt/v}}\n")
    assert len(found) == MAX_PROBLEMS and all(one.file.endswith("r.txt") for one in found)


@pytest.mark.parametrize("text", ["a: [{}]", "host_libraries: [{}]", "a: {{{}}}", "{{{}}}"])
def test_more_values_than_a_recipe_has_are_not_even_read(text):
    items = ",".join(f"a{n}: b" if "{{" in text else f"a{n}" for n in range(60_000))
    document = Document.parse(text.format(items).encode(), "recipe.yaml")
    assert [(one.code, one.message) for one in document.problems] == [("SCH001", f"more than {MAX_VALUES:,} values")]
    assert len(document.spans) == MAX_VALUES and document.values is None


def test_as_many_values_as_may_be_are_read():
    document = Document.parse(b"[" + b"a," * (MAX_VALUES - 1) + b"]", "recipe.yaml")
    assert not document.problems and document.values == ["a"] * (MAX_VALUES - 1)


@pytest.mark.parametrize("key", ["packages: {{apt: [{}]}}\n", "access: {{users: [{}]}}\n"])
def test_whether_all_are_different_takes_no_time_by_the_square(good, key):
    def effort(count: int) -> int:
        items = ",".join(f"{{a: {n}}}" for n in range(count))
        document = Document.parse((good.replace("access: public\n", "") + key.format(items)).encode(), "recipe.yaml")
        return counted(lambda: list(schema.errors(document.values)))

    effort(10)
    assert effort(800) < 3 * effort(400)


@pytest.mark.parametrize(("items", "different"), [
    ("[1, true]", True), ("[1, 1.0]", False), ("[1.5, 1.50]", False), ("[{a: 1, b: 2}, {b: 2, a: 1.0}]", False),
    ("[[1], [true]]", True),
    ("['1', 1]", True), ("[null, '']", True), ("[.inf, .inf]", False), ("[0, -0]", False), ("[a, b]", True)])
def test_different_is_what_the_reference_takes_for_it(items, different):
    from jsonschema import Draft7Validator

    from builder.recipe.quick import all_different

    values = Document.parse(f"a: {items}".encode(), "recipe.yaml").values["a"]
    assert all_different(values) is different is Draft7Validator({"uniqueItems": True}).is_valid(values)


def test_a_recipe_has_so_much_shell_text_and_no_more(refused, good):
    step = f"  - run: '{'x' * 29_127}'\n"
    assert refused(good + "steps:\n" + step * 8 + "tests:\n" + step) == []
    (problem,) = refused(good + "steps:\n" + step * 8 + "tests:\n" + step + "  - run: xx\n")
    assert problem.message == f"this recipe has more than {checks.MAX_SHELL:,} characters of shell text" and problem.help
    assert problem.span.line == 19


def test_expressions_that_take_long_to_compile_are_not_compiled(refused, good, monkeypatch):
    compiled = []
    monkeypatch.setattr(expressions, "_fault_of", compiled.append)
    tests = "".join(f"  - {{run: a, expect: {{output: '{WIDE * 20}{n}'}}}}\n" for n in range(300))
    (problem,) = refused(good + "tests:\n" + tests)
    assert (problem.code, problem.message) == ("SCH004", "the regular expressions of this recipe take too long to read")
    assert 0 < len(compiled) <= expressions.MOST_EFFORT // (20 * 65_536) + 1
    assert problem.span.line == 9 + len(compiled)


def test_what_can_be_read_of_such_a_recipe_is_read_without_them(good, tmp_path, monkeypatch):
    text = f"{good}tests:\n  - {{run: a, expect: {{output: '{WIDE * 70}'}}}}\n"
    document = Document.parse(text.encode(), "recipe.yaml")
    monkeypatch.setattr(expressions, "_fault_of", lambda text: pytest.fail(f"compiled: {text[:20]}"))
    found = salvage.readable(document, tmp_path)
    assert found is not None and found[1].name == "example"


def test_a_thousand_common_expressions_are_fine(refused, good):
    tests = "".join(f"  - {{run: a, expect: {{output: '^a{n} [0-9.]+ [a-z]*$'}}}}\n" for n in range(1000))
    assert refused(good + "tests:\n" + tests) == []


def test_texts_with_more_templates_than_are_read_are_not_parsed(refused, good, monkeypatch):
    monkeypatch.setattr(templates, "_environment", lambda: pytest.fail("parsed"))
    (problem,) = refused(good + "vars: {a: b}\nsteps:\n  - run: '" + "{{a}}" * (templates.MAX_NODES + 1) + "'\n")
    assert (problem.code, problem.message) == ("SCH006", "this text has too many templates")
    many = "".join(f"  - run: '{'{{a}}' * 1500}'\n" for _ in range(4))
    (problem,) = refused(good + "vars: {a: b}\nsteps:\n" + many)
    assert problem.message == "a recipe has at most 5,000 templates" and problem.span.line == 13


def test_a_folder_is_looked_through_once(good, tmp_path):
    for number in range(300):
        (tmp_path / f"d/{number // 50}").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"d/{number // 50}/{number}").write_text("")

    def effort(count: int) -> int:
        named = ("d", "./d", "d/", "d/1", ".")
        files = ",".join(f"{{from: {named[n % 5]}, to: /opt/{n}}}" for n in range(count))
        text = good.replace('"1.10"', '"{{ a }}"') + f"matrix: {{a: [b, c]}}\nfiles: [{files}]\n"
        document = Document.parse(text.encode(), "recipe.yaml")
        return counted(lambda: decode_views(document, tmp_path))

    effort(5)
    assert effort(105) - effort(5) < 150_000     # for each its links are resolved, which takes some 400, but not for 300 files


def test_all_of_them_are_looked_at_all_the_same(refused, good, tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/x").symlink_to("/etc/passwd")
    (tmp_path / "c").mkdir()
    (tmp_path / "c/loop").symlink_to(tmp_path)
    (problem,) = refused(good + "files: [{from: c, to: /opt/c}, {from: a/b, to: /opt/b}, {from: a, to: /opt/a}]\n")
    assert problem.message == "a/b/x: this link leaves the recipe's folder"


def test_of_many_variants_only_the_first_are_read_where_that_is_asked_for(good):
    steps = f"steps: [{{run: 'echo {'x' * 10_000} {{{{ a }}}}'}}]\n"
    text = good.replace('"1.10"', '"{{ a }}"') + f"matrix: {{a: {list(range(64))}}}\n{steps}"
    document = Document.parse(text.encode(), "recipe.yaml")
    assert len(decode_views(document, Path())) == 64
    assert len(decode_views(document, Path(), 1)) == 1
    assert len(decode_views(document, Path(), 100_000)) == 5


def test_the_validator_loads_no_checkers_of_formats(good, tmp_path):
    """One of them takes a second, wherever it is installed: with Jupyter, for example."""
    (tmp_path / "rfc3987_syntax.py").write_text("raise SystemExit('loaded')\n")
    code = ("from builder.recipe.source import Document\nfrom builder.recipe import schema\nimport sys\n"
            "document = Document.parse(b'a: 1', 'recipe.yaml')\nschema.check(document)\n"
            "print(len(document.problems), *(one in sys.modules for one in ('jsonschema', 'isoduration', 'rfc3987_syntax')))\n")
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("8 True False False\n", "")
