"""What templates may say, what comes out, and that nothing of it grows or takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.recipe import templates
from builder.recipe.templates import Refused, render

VARIABLES = {"python": "3.11", "gpu": "yes", "empty": "", "long": "x" * 1000}
WORDS = "templates print variables"

RENDERED = {
    "{{ python }}": "3.11",
    "a{{python}}b": "a3.11b",
    "{{ python | replace('.', '') }}": "311",
    "{{ gpu | upper }}{{ 'A' | lower }}": "YESa",
    "{{ ' x ' | trim }}": "x",
    "{{ none_such | default('x') }}{{ python | default('x') }}": "x3.11",
    "{{ empty | default('x', true) }}{{ empty | default }}": "x",
    "{{ 'py' ~ python }}": "py3.11",
    "{% if gpu == 'yes' %}a{% else %}b{% endif %}": "a",
    "{% if gpu != 'yes' %}a{% elif python in '3.10 3.11' %}b{% endif %}": "b",
    "{% if none_such is defined or not gpu and python %}a{% endif %}": "",
    "{{ 'a' if gpu == 'yes' else 'b' }}": "a",
    "a  {%- if gpu %} b {% endif -%}  c": "a b c",
    "{% raw %}{{ python }}{% endraw %}": "{{ python }}",
    "{{ '{{.Name}}' }}": "{{.Name}}",
    "${#HOME} # {{ python }} #}\n": "${#HOME} # 3.11 #}\n",
    "a\n\n{{ python }}\n\n": "a\n\n3.11\n\n",
    "{{ '<&>' }}": "<&>",
}

REFUSED = {
    "{{ nope }}": ("the variable 'nope' is unknown", "known here: python, gpu, empty, long"),
    "{{ pythn }}": ("the variable 'pythn' is unknown", "did you mean 'python'?"),
    "{{ range }}": ("the variable 'range' is unknown", "known here"),
    "{{ self }}": ("'self' cannot be the name of a variable", "another name"),
    "{{ 'a' * 10**9 }}": ("templates know no arithmetic", WORDS),
    "{{ 'a' * '1000000000' }}": ("templates know no arithmetic", WORDS),
    "{{ python + 'a' }}": ("templates know no arithmetic", WORDS),
    "{{ python % 'a' }}": ("templates know no arithmetic", WORDS),
    "{{ -python }}": ("templates know no arithmetic", WORDS),
    "{% for x in python %}{% endfor %}": ("templates know no loops", WORDS),
    "{{ range(10) }}": ("templates know no calls", WORDS),
    "{{ python.__class__ }}": ("templates know no attributes", WORDS),
    "{{ python.upper }}": ("templates know no attributes", WORDS),
    "{{ python['x'] }}": ("templates know no indices", WORDS),
    "{{ [python] }}": ("templates know no lists and mappings", WORDS),
    "{{ {'a': python} }}": ("templates know no lists and mappings", WORDS),
    "{% set a = 'x' %}": ("templates know no assignments", WORDS),
    "{% set a %}x{% endset %}": ("templates know no assignments", WORDS),
    "{% macro a() %}{% endmacro %}": ("templates know no macros", WORDS),
    "{% call a() %}{% endcall %}": ("templates know no blocks", WORDS),
    "{% include 'x' %}": ("templates know no other files", WORDS),
    "{% import 'x' as y %}": ("templates know no other files", WORDS),
    "{% extends 'x' %}": ("templates know no other files", WORDS),
    "{% block a %}{% endblock %}": ("templates know no blocks", WORDS),
    "{% filter upper %}{% endfilter %}": ("templates know no blocks", WORDS),
    "{{ python | center('100000000') }}": ("templates know no filter 'center'", WORDS),
    "{{ python | replace('.') }}": ("the filter 'replace' takes 2 arguments", WORDS),
    "{{ python | upper('x') }}": ("the filter 'upper' takes no arguments", WORDS),
    "{{ python | default(boolean=true) }}": ("templates know no named arguments", WORDS),
    "{{ python is odd }}": ("templates know no test 'odd'", "is defined"),
    "{% if python > '3.9' %}{% endif %}": (
        "templates know no order: variables are text, and '3.10' would come before '3.9'", "=="),
    "{% if python == 3.11 %}{% endif %}": ("3.11 is not text, as all variables are", "quote it"),
    "{{ none }}": ("None is not text, as all variables are", "quote it"),
    "{{ 'a\\nb' }}": ("an escape makes a control character or a new line", "end the template"),
    "{{ '\\x00' }}": ("an escape makes a control character or a new line", "end the template"),
    "{{.Name}}": ("this template cannot be read: unexpected '.'", "{% raw %}"),
    "{{ python": ("this template cannot be read: unexpected end of template, expected 'end of print statement'.", "{% raw %}"),
    "{% nope %}": ("this template cannot be read: Encountered unknown tag 'nope'.", "{% raw %}"),
}

HOSTILE = [
    "{{ 'a' * 10**9 }}", "{{ 2**10**9 }}", "{{" + "(" * 40_000, "{{ " + "(" * 300 + "python" + ")" * 300 + " }}", "{%" * 40_000,
    "{{" * 40_000,
    "{% raw %}" * 10_000, "{{ python" + " ~ python" * 9_000 + " }}", "{{ python }}" * 8_000,
    "{{ " + "9" * 50_000 + " }}",
    "{% if gpu %}" * 5_000, "{% if gpu %}" * 500 + "{% endif %}" * 500, "{{ " + "not " * 10_000 + "gpu }}", "{{ '" + "a" * 90_000,
    "{{ " + "a." * 40_000 + " }}", "{{ long" + " | replace('', long)" * 500 + " }}", "{{ long" + " | upper" * 9_000 + " }}",
    "{%-" + " " * 90_000, "x" * 100_001, "{{ long }}" * 101,
]


@pytest.mark.parametrize("text", RENDERED)
def test_rendered(text):
    assert render(text, VARIABLES).text == RENDERED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text):
    with pytest.raises(Refused) as caught:
        render(text, VARIABLES)
    message, advice = REFUSED[text]
    assert caught.value.message == message and advice in caught.value.advice


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_templates_end_soon(text):
    start = time.process_time()
    with pytest.raises(Refused):
        render(text, VARIABLES)
    assert time.process_time() - start < 3


def test_chained_filters_do_not_fill_the_memory():
    import tracemalloc

    tracemalloc.start()
    with pytest.raises(Refused, match="longer than 100,000"):
        render("{{ long" + " | replace('x', long)" * 5 + " }}", VARIABLES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000


@given(st.text(max_size=200).filter(lambda text: "{{" not in text and "{%" not in text and "\0" not in text))
def test_text_without_templates_stays_as_it_is(text):
    rendered = render(text.replace("\r", "\n"), VARIABLES)
    assert rendered.text == text.replace("\r", "\n")
    assert rendered.lines == tuple(range(rendered.text.count("\n") + 1))


PIECES = ["a", "\n", " ", "{{ python }}", "{% if gpu == 'no' %}", "{% if gpu %}", "{% else %}", "{% endif %}", "{%- if gpu -%}",
          "é{#"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_every_line_comes_from_a_line_of_the_template_and_never_from_an_earlier_one(text):
    try:
        rendered = render(text, VARIABLES)
    except Refused as refused:
        assert 0 <= refused.line <= text.count("\n")
        return
    assert len(rendered.lines) == rendered.text.count("\n") + 1
    assert list(rendered.lines) == sorted(rendered.lines) and rendered.lines[-1] <= text.count("\n")
    assert len(rendered.text) <= templates.MAX_TEXT and "\0" not in rendered.text


LINES = ["x{n}", "y{n} {{{{ python }}}}", "{{% if gpu == 'no' %}}{n}", "{{% if gpu %}}{n}", "{{% endif %}}"]


@given(st.lists(st.sampled_from(LINES), max_size=20))
def test_a_line_that_is_told_apart_comes_from_its_own(lines):
    written = [line.format(n=number) for number, line in enumerate(lines)]
    try:
        rendered = render("\n".join(written), VARIABLES)
    except Refused:
        return
    for shown, origin in zip(rendered.text.split("\n"), rendered.lines, strict=True):
        if shown[:1] in ("x", "y"):
            assert written[origin].split(" ")[0] == shown.split(" ")[0]
