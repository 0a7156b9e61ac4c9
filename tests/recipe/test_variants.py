"""Variables and matrices: the recipes that they make, what is refused, and where things stand."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.errors import Error, Fault, RecipeError
from builder.recipe import Document, load, load_all
from builder.recipe.decode import decode_views
from builder.recipe.model import ArchiveBase, Copy, File, ImageBase, Step, TreeBase

FULL = Path(__file__).with_name("full")
GOOD = """\
schema: 1
name: example
version: "1.10"
summary: An example
license: MIT
access: public
base: {debian: bookworm}
"""
VERSION = 'version: "1.10"'
MATRIX = 'version: "1-{{ py }}"\nmatrix: {py: [a, b]}'


@pytest.fixture
def variants(tmp_path, good):
    """The recipes of a text that is fine."""

    def read(text):
        (tmp_path / "recipe.yaml").write_text(text)
        return load_all(tmp_path)[1]

    return read


def test_a_recipe_with_every_key():
    document, recipes = load_all(FULL)
    assert document.path == str(FULL / "recipe.yaml")
    assert [recipe.tag for recipe in recipes] == ["1.0-py310-2", "1.0-py310-gpu-2", "1.0-py312-2", "1.0-py312-gpu-2"]
    recipe = recipes[1]
    assert recipe.variables == {"prefix": "/opt/full", "mpi": "4.10", "python": "3.10", "gpu": "yes"}
    assert recipe.base == ArchiveBase(suite="bookworm", snapshot="20260101T000000Z", mirror="https://deb.example.org/debian")
    assert recipe.summary == "Everything, for Python 3.10"
    assert recipe.wheels is not None and recipe.wheels.venv == "/opt/full/venv"
    assert recipe.files == (File(source="etc/site.conf", to="/opt/full/site.conf", mode="0644"),)
    assert recipe.copies[0] == Copy(stage="compile", path="/opt/full", to="/opt/full")
    assert recipe.steps[0] == Step(name="step 1", run="test -d /opt/full\nexport LD_LIBRARY_PATH=/opt/full/lib\n",
                                   env={"JOBS": "4"})
    compiled, docs = recipe.stages
    assert isinstance(compiled.base, ImageBase) and docs.base == TreeBase(tree="site-tree")
    assert compiled.sources[0].url == "https://example.org/mpi-4.10.tar.gz"
    assert "--with-cuda" in compiled.steps[0].run and "--with-cuda" not in recipes[0].stages[0].steps[0].run
    assert "${#HOME}" in compiled.steps[0].run
    assert recipe.entrypoint == ("full", "--python=3.10") and recipe.tests[0].run == "full --python 3.10"


def test_numbers_are_taken_as_they_are_written(variants, good):
    head = 'version: "{{ a }}-x{{ b }}y"\nvars: {a: 1.10}\nmatrix: {b: [010, 1e3, -0.0, 3.10, 1_0]}'
    assert [recipe.version for recipe in variants(good.replace(VERSION, head))] == [
        "1.10-x010y", "1.10-x1e3y", "1.10-x-0.0y", "1.10-x3.10y", "1.10-x1_0y"]


def test_without_variables_nothing_is_rendered_and_jinja2_not_loaded(variants, good, tmp_path):
    text = "steps: [{run: \"echo '{{ x }} {% if %}'\"}]\n"
    (recipe,) = variants(good + text)
    assert recipe.steps[0].run == "echo '{{ x }} {% if %}'"
    probe = ("import sys; from pathlib import Path; from builder.recipe import load; load(Path(sys.argv[1])); "
             "print('jinja2' in sys.modules)")
    for more, loaded in (("", "False"), ("vars: {x: 1}\n", "False"), ("vars: {x: 1}\nenv: {A: '{{ x }}'}\n", "True")):
        (tmp_path / "recipe.yaml").write_text(good + more)
        done = subprocess.run([sys.executable, "-c", probe, str(tmp_path)], check=True, capture_output=True, text=True)
        assert done.stdout.strip() == loaded


def test_variables_themselves_are_never_rendered(variants, good):
    (recipe,) = variants(good + "vars: {a: '{{ b }}', b: x}\nworkdir: '/{{ a }}'\n")
    assert recipe.workdir == "/{{ b }}"


REFUSED = {     # text after the head -> code, line, column, message, a word of the help
    "vars: {A: x}": ("SCH004", 8, 8, "'A' is not a name of a variable of templates", "a-z, 0-9"),
    "vars: {a: true}": ("SCH005", 8, 11, "'vars.a' is read as true or false, not as text", 'quote it: "true"'),
    "vars: {a: [x]}": ("SCH004", 8, 11, "'vars.a' cannot be a list", ""),
    'vars: {a: "x\\ny"}': ("SCH004", 8, 11, "'vars.a' is not valid: 'x\\ny'", "text of one line, or a number"),
    f"vars: {{a: {'x' * 1001}}}": ("SCH004", 8, 11, "'vars.a' is too long", ""),
    f"vars: {{a: 0.{'1' * 1000}}}": ("SCH004", 8, 11, "this number is too long", "quote it"),
    f"vars: {{{', '.join(f'a{n}: x' for n in range(21))}}}": ("SCH004", 8, 7, "'vars' has too many keys", ""),
    "matrix: {}": ("SCH004", 8, 9, "'matrix' is empty", ""),
    "matrix: {a: []}": ("SCH004", 8, 13, "'matrix.a' is empty", ""),
    "matrix: {a: x}": ("SCH004", 8, 13, "'matrix.a' must be a list, not text", ""),
    "vars: {a: x}\nmatrix: {a: [x]}": ("SCH004", 9, 10, "'a' stands in vars as well", "keep one"),
    "matrix: {a: [1,2,3,4,5], b: [1,2,3,4,5], c: [1,2,3]}": (
        "SCH004", 8, 1, "the matrix has 75 variants, and a recipe at most 64", "several recipes"),
    "matrix: {a: [x, y]}": ("SCH004", 3, 10, "several variants have the tag 1.10-1",
                            'the version has to name the variant, for example "1.0-a{{ a }}"'),
    "vars: {a: x}\nenv: {B: '{{ b }}'}": ("SCH006", 9, 11, "the variable 'b' is unknown", "known here: a"),
    "vars: {a: x}\nsteps:\n  - run: |\n      true\n        {{ 'a' * 10**9 }}": (
        "SCH006", 12, 9, "templates know no arithmetic", ""),
    "vars: {a: x}\nworkdir: 'opt/{{ a }}'": ("SCH004", 9, 10, "'workdir' is not valid: 'opt/x'", "absolute path"),
    "vars: {a: ''}\nsteps: [{run: '{{ a }}'}]": ("SCH004", 9, 15, "'steps[0].run' is empty", ""),
    "vars: {a: x}\nfiles: [{from: '{{ a }}', to: /x}]": ("SCH004", 9, 16, "x: no such file beside the recipe", ""),
    "vars: {a: ..}\nfiles: [{from: '{{ a }}/x', to: /x}]": ("SCH004", 9, 16, "'files[0].from' is not valid: '../x'", "inside"),
    "vars: {a: /etc}\nfiles: [{from: '{{ a }}', to: /x}]": ("SCH004", 9, 16, "'files[0].from' is not valid: '/etc'", "inside"),
    "vars: {a: x}\nrevision: '{{ a }}'": ("SCH004", 9, 11, "'revision' must be a whole number, not text", ""),
    "vars: {a: x}\nstages: {b: {}}\ncopy: [{from: '{{ a }}', path: /x}]": (
        "SCH004", 10, 15, "there is no stage 'x' before this", "b"),
    "vars: {a: x}\nstpes: []": ("SCH004", 9, 1, "unknown key 'stpes'", "did you mean 'steps'?"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(refused, good, text):
    (problem,) = refused(good + text + "\n")
    code, line, column, message, word = REFUSED[text]
    assert (problem.code, problem.span.line, problem.span.column, problem.message) == (code, line, column, message)
    assert word in (problem.help or "")


def test_what_is_wrong_with_one_variant_names_it(refused, good):
    problems = refused(good.replace(VERSION, MATRIX.replace("[a, b]", "[a, B/]")) + "stpes: []\n")
    assert [problem.message for problem in problems] == ["unknown key 'stpes'"]       # of the first, which is enough
    (problem,) = refused(good.replace(VERSION, MATRIX.replace("[a, b]", "[a, B/]")))
    assert problem.message == "'version' is not valid: '1-B/' (variant py=B/)"
    (problem,) = refused(good.replace(VERSION, MATRIX) + "env: {A: \"{% if py == 'b' %}{{ no }}{% endif %}\"}\n")
    assert (problem.code, problem.message) == ("SCH006", "the variable 'no' is unknown (variant py=b)")


def test_every_template_of_a_recipe_is_told_at_once(refused, good):
    problems = refused(good + "vars: {a: x}\nenv: {A: '{{ b }}', B: '{{ c }}'}\n")
    assert [problem.message for problem in problems] == ["the variable 'b' is unknown", "the variable 'c' is unknown"]


def test_the_templates_of_a_recipe_are_bounded(refused, good):
    many = "".join(f"  V{n}: '{{{{ a }}}}'\n" for n in range(1001))
    (problem,) = refused(f"{good}vars: {{a: x}}\nenv:\n{many}")
    assert (problem.code, problem.message) == ("SCH006", "a recipe has at most 1,000 templates")
    large = "".join(f"  - run: '{'{{ a }}' * 90}'\n" for n in range(20))
    (problem,) = refused(f"{good}vars: {{a: {'x' * 1000}}}\nsteps:\n{large}")
    assert (problem.code, problem.message) == ("SCH006", "the templates of this recipe make more than 1 MiB of text")


def test_a_mass_of_templates_and_variants_ends_soon(variants, good):
    matrix = "matrix: {a: [1, 2, 3, 4, 5, 6, 7, 8], b: [a, b, c, d, e, f, g, h]}"
    text = good.replace(VERSION, 'version: "x{{ a }}-{{ b }}"\n' + matrix)
    many = "".join(f"  - run: 'echo {{{{ a }}}} {n}'\n" for n in range(990))
    start = time.process_time()
    assert len(variants(f"{text}steps:\n{many}")) == 64
    assert time.process_time() - start < 20


def test_one_variant_by_its_tag(tmp_path, good):
    folder = tmp_path / "tool"
    folder.mkdir()
    (folder / "recipe.yaml").write_text(good.replace(VERSION, MATRIX))
    for named in (f"{folder}:1-b-1", f"{folder}:1-b", f"{folder}/recipe.yaml:1-b-1"):
        assert load(Path(named))[1].version == "1-b"
    with pytest.raises(Fault, match=r"tool has 2 variants: name one as RECIPE:<tag>") as caught:
        load(folder)
    assert caught.value.hint == "tags: 1-a-1, 1-b-1" and caught.value.exit_code == 1
    with pytest.raises(Fault, match="tool has no variant with the tag 1-c"):
        load(Path(f"{folder}:1-c"))
    for path in (f"{tmp_path}/none:1-b-1", f"{folder}:", ":x"):
        with pytest.raises(Error, match="no such recipe"):
            load(Path(path))


def test_a_folder_with_a_colon_in_its_name_is_itself(tmp_path, good):
    for name in ("tool", "tool:1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "recipe.yaml").write_text(good.replace("example", name.replace(":", "-")))
    assert load(tmp_path / "tool:1")[1].name == "tool-1"


def places(text, needle):
    """Where the part of a step's rendered text stands, for each variant."""
    document = Document.parse(text.encode(), "recipe.yaml")
    found = []
    for view, recipe in decode_views(document, Path()):
        for number, line in enumerate(recipe.steps[0].run.split("\n")):
            if needle in line:
                span = view.inside(("steps", 0, "run"), number, line.index(needle), len(needle))
                shown = text.splitlines()[span.line - 1]
                found.append(shown[span.column - 1:span.end_column - 1])
    return found


STEP = """\
steps:
  - run: |
      {% if py == 'b' %}
      one
      two
      {% endif %}
      cp {{ py }} /x; make {{ py }}
"""


def test_a_place_in_a_rendered_text_is_exact_where_it_can_be(good):
    text = good.replace(VERSION, MATRIX)
    assert places(text + STEP, "cp ") == ["cp ", "cp "]
    assert places(text + STEP, "two") == ["two"]
    assert places(text + STEP, "make") == ["cp {{ py }} /x; make {{ py }}"] * 2


def test_a_place_in_a_rendered_line_of_its_own_is_that_line(good):
    text = good.replace(VERSION, MATRIX) + "steps: [{run: 'echo {{ py }}; make'}]\n"
    assert places(text, "make") == ["echo {{ py }}; make"] * 2
    assert places(text, "echo") == ["echo"] * 2


PIECES = ["a", " ", "\n", "\n\n", "é", "{{ py }}", "{% if py == 'b' %}", "{% else %}", "{% endif %}", "{%- endif -%}",
          "{{ 'x' }}", "{{", "{% raw %}", "{% endraw %}", "${#x}", "\\", '"', "'"]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.sampled_from(["|", ">", '"', "'"]))
@settings(deadline=None)
def test_any_template_gives_recipes_or_problems_and_places_in_the_file(text, style):
    if style in "|>":
        step = f"steps:\n  - run: {style}2\n" + "".join(f"      {line}\n" for line in text.split("\n"))
    else:
        step = "steps: [{run: " + (json.dumps(text) if style == '"' else "'" + text.replace("'", "''") + "'") + "}]\n"
    file = GOOD.replace(VERSION, MATRIX) + step
    document = Document.parse(file.encode(), "recipe.yaml")
    try:
        found = decode_views(document, Path())
    except RecipeError as error:
        spans = [problem.span for problem in error.problems]
    else:
        spans = [view.inside(("steps", 0, "run"), number, column, 2) for view, recipe in found
                 for number, line in enumerate(recipe.steps[0].run.split("\n")) for column in range(len(line) - 1)]
    lines = [*file.split("\n"), ""]
    for span in spans:
        assert 1 <= span.line <= span.end_line <= len(lines) and span.column <= len(lines[span.line - 1]) + 1
        assert span.line >= 8


def test_a_document_that_could_not_be_read_has_no_variants(tmp_path, good):
    (tmp_path / "recipe.yaml").write_text(good + "vars: {a: x}\nvars: {a: y}\nenv: {A: '{{ a }}'}\n")
    with pytest.raises(RecipeError) as caught:
        load(tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["SCH002"]
