"""Silence in the source: where a comment may stand, what it is for, and what is wrong with one."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.fix import mend
from certify.lint import lint_file, lint_recipe
from certify.lint.judge import judge
from certify.lint.target import Kind
from certify.site import load
from tests.texts import HEAD

IGNORE = "# certify: ignore[ENV102] -- the vendor's own"


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def step(shell: str) -> str:
    return "steps:\n  - name: one\n    run: |\n" + textwrap.indent(textwrap.dedent(shell), "      ")


@pytest.mark.parametrize("text", [
    "env:\n  LD_LIBRARY_PATH: /x   # certify: ignore[ENV101] -- why not\n",
    "env:\n  # certify: ignore[ENV101] -- why not\n  LD_LIBRARY_PATH: /x\n",
    "env:\n  # certify: ignore[ENV101] -- why not\n\n  # more words\n  LD_LIBRARY_PATH: /x\n",
    "env:   # certify: ignore[ENV101] -- why not\n  A: b\n  LD_LIBRARY_PATH: /x\n",
    "# certify: ignore[ENV101] -- why not\nenv:\n  A: b\n  LD_LIBRARY_PATH: /x\n",
    "env: {LD_LIBRARY_PATH: /x}  # certify:ignore[ ENV101 , until=2999-01-01 ] --   why not\n",
    "env: {LD_LIBRARY_PATH: /x}  # certify: ignore[ENV101] until=2999-01-01 -- why not\n",
    "env: {LD_LIBRARY_PATH: /x}  # a note # certify: ignore[ENV101] -- why not\n",
    "env: {LD_LIBRARY_PATH: /x}  # certify: ignore[ENV101] -- why not",
    "env:\n  LD_LIBRARY_PATH: '/x'  # certify: ignore[ENV101] -- why not\n",
    f"steps:\n  - run: |  {IGNORE}\n      true\n      export LD_LIBRARY_PATH=/x\n  - run: 'true'\n",
    f"steps:\n  {IGNORE}\n  - name: one\n    run: |\n      true\n      export LD_LIBRARY_PATH=/x\n",
    f"steps:  {IGNORE}\n  - run: 'true'\n  - run: |\n      export LD_LIBRARY_PATH=/x",
    f"steps:\n  - run: export LD_LIBRARY_PATH=/x  {IGNORE}\n",
    f'steps:\n  - run: "export LD_LIBRARY_PATH=/x  {IGNORE}"\n',
    f"steps:\n  - run: >\n      export LD_LIBRARY_PATH=/x\n      {IGNORE}\n",
    step(f"export LD_LIBRARY_PATH=/x  {IGNORE}\n"),
    step(f"true\n{IGNORE}\nexport LD_LIBRARY_PATH=/x\n"),
    step(f"if true; then\n    {IGNORE}\n\n    # more\n    export \\\n        LD_LIBRARY_PATH=/x\nfi\n"),
    step(f"make \\\n  LD=1; export LD_LIBRARY_PATH=/x  {IGNORE}\n"),
    step(f"{IGNORE}\nbash <<'EOF'\ntrue\nexport LD_LIBRARY_PATH=/x\nEOF\n"),
])
def test_a_comment_silences(snippet, text):
    outcome = snippet(text)
    assert codes(outcome) == []
    assert [one.reason for one in outcome.silenced] in (["why not"], ["the vendor's own"])
    assert snippet(text.replace("certify:", "nobody:")).findings


@pytest.mark.parametrize("text", [
    'env: {LD_LIBRARY_PATH: "/x  # certify: ignore[ENV101] -- no"}\n',
    "env: {LD_LIBRARY_PATH: '/x  # certify: ignore[ENV101] -- no'}\n",
    "summary: 'x # certify: ignore[ENV101] -- no'\nenv: {LD_LIBRARY_PATH: /x}\n",
    'env:\n  A: "b\n    # certify: ignore[ENV101] -- no\n    c"\n  LD_LIBRARY_PATH: /x\n',
    step("echo '# certify: ignore[ENV102] -- no'; export LD_LIBRARY_PATH=/x\n"),
    step("cat > /x <<'EOF'\n# certify: ignore[ENV102] -- no\nEOF\nexport LD_LIBRARY_PATH=/x\n"),
])
def test_what_stands_in_a_text_is_no_comment(snippet, text):
    outcome = snippet(text.removeprefix("summary: 'x") if text.startswith("env") else text)
    assert "SCH008" not in codes(outcome)
    assert outcome.silenced == []


@pytest.mark.parametrize(("comment", "said"), [
    ("# certify: ignore[ENV101]", "no reason"),
    ("# certify: ignore[ENV101] --", "no reason"),
    ("# certify: ignore[] -- x", "no code"),
    ("# certify: ignore ENV101 -- x", "not understood"),
    ("# certify: noqa", "not understood"),
    ("# certify: ignore[ENV101, until=2020-01-01] -- x", "ended on 2020-01-01"),
    ("# certify: ignore[ENV101] until=soon -- x", "until=soon"),
    ("# certify: ignore[ENV101] until=2999-02-30 -- x", "until=2999-02-30"),
])
def test_a_comment_that_is_wrong_silences_nothing(snippet, comment, said):
    outcome = snippet(f"env: {{LD_LIBRARY_PATH: /x}}  {comment}\n")
    assert sorted(codes(outcome)) == ["ENV101", "SCH008"]
    (told,) = [finding for finding in outcome.findings if finding.code == "SCH008"]
    assert said in told.message
    assert told.severity == "warning"


@pytest.mark.parametrize(("code", "said"), [
    ("ENV1O1", "no such rule"), ("env101", "no such rule"), ("PRM301", "check on the image"), ("SCH004", "cannot be silenced")])
def test_codes_that_silence_nothing_leave_the_others_at_work(snippet, code, said):
    outcome = snippet(f"env: {{LD_LIBRARY_PATH: /x}}  # certify: ignore[{code}, ENV101] -- x\n")
    assert codes(outcome) == ["SCH008"]
    assert said in outcome.findings[0].message


def test_an_unknown_code_has_a_hint(snippet):
    (found,) = snippet("env: {A: b}  # certify: ignore[ENV1O1] -- x\n").findings
    assert "did you mean ENV101" in found.help


def test_an_unused_comment_is_told_where_its_rule_was_asked(snippet, repo, run):
    text = "env: {A: b}  # certify: ignore[ENV101, ENV102] -- x\n"
    (found,) = snippet(text).findings
    assert (found.code, found.message) == ("SCH008", "nothing to silence here: ENV101, ENV102")
    assert (found.span.line, found.span.column) == (9, 14)
    assert run("recipe.yaml", select=("PTH", "SCH")).findings == []
    assert run("recipe.yaml", ignore=("SCH008",)).findings == []


def test_prose_is_no_suppression(snippet):
    assert codes(snippet("# certify: this recipe is linted\nenv: {A: b}\n")) == []


def test_other_lines_and_blocks_are_not_silenced(snippet):
    text = ("steps:\n  - run: |  # certify: ignore[ENV102] -- x\n      export LD_LIBRARY_PATH=/x\n"
            "  - run: export LD_LIBRARY_PATH=/x\n")
    (found,) = snippet(text).findings
    assert (found.code, found.span.line) == ("ENV102", 12)


def test_a_file_that_cannot_be_read_as_a_recipe_hides_no_word_about_it(snippet):
    assert codes(snippet("stpes: []  # certify: ignore[SCH004] -- x\n")) == ["SCH004"]


def test_what_a_recipe_silences_is_not_silent_for_the_certificate(repo):
    from builder.recipe import load as load_recipe

    path = repo("recipe.yaml", HEAD + "env: {LD_LIBRARY_PATH: /x}  # certify: ignore[ENV101] -- x\n")
    assert "ENV101" not in [finding.code for finding in lint_file(path, load())]
    assert "ENV101" in [finding.code for finding in lint_recipe(*load_recipe(path), load())]


@pytest.mark.parametrize("text", [
    "FROM debian:12\n# certify: ignore[ENV101] -- x\nENV LD_LIBRARY_PATH=/x\n",
    "FROM debian:12\n# certify: ignore[ENV101] -- x\nENV A=b \\\n    # words\n    LD_LIBRARY_PATH=/x\n",
    f"FROM debian:12\n{IGNORE}\nRUN true && \\\n    export LD_LIBRARY_PATH=/x\n",
    f"FROM debian:12\nRUN export LD_LIBRARY_PATH=/x  {IGNORE}\n",
    f"FROM debian:12\nRUN <<EOF\ntrue\n{IGNORE}\nexport LD_LIBRARY_PATH=/x\nEOF\n",
    f"FROM debian:12\n{IGNORE}\nRUN <<EOF\ntrue\nexport LD_LIBRARY_PATH=/x\nEOF\n",
    f"FROM debian:12\nRUN true && \\\n    {IGNORE}\n    export LD_LIBRARY_PATH=/x\n",
])
def test_in_containerfiles(snippet, text):
    outcome = snippet(text, "Containerfile")
    assert codes(outcome) == []
    assert len(outcome.silenced) == 1


PIECES = st.sampled_from([
    "# certify: ignore[ENV102] -- x", "# certify: ignore[ENV101", "#certify:ignore[]--",
    "# certify: ignore[ENV101,] until= -- \u2028 😀", "\n", "\r\n", "\n      ", "  ", "'", '"', "<<EOF", "EOF", "\\", "true", "|",
    "export LD_LIBRARY_PATH=/x", "steps:", "- run: ", "env: {A: b}", "RUN ", "ENV LD_LIBRARY_PATH=/x", "\x85"])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join), st.booleans(), st.booleans())
def test_any_comments_anywhere_are_judged_and_mended(text, in_step, container):
    whole = ("FROM debian:12\n" if container else HEAD + "steps:\n  - run: |\n      " * in_step) + text
    name, kind = ("Dockerfile", Kind.CONTAINERFILE) if container else ("recipe.yaml", Kind.RECIPE)

    def judged(data):
        return judge(data, Path(name), kind, load())

    once = mend(whole.encode(), name, judged)
    assert mend(once, name, judged) == once
    assert [one for one in judged(once).findings if one.message.startswith("nothing to silence")] == []


def test_comments_made_to_hurt_cost_little(repo, run):
    import time

    many = "# certify: ignore[ENV101] -- x\n"
    for number, text in enumerate((many * 30_000, many * 600 + "\n" * 900_000, "# certify: ignore[ENV101]" + " " * 900_000 + "x",
                                   "# certify: ignore[" + "A," * 450_000 + "] -- x", "# certify: " * 90_000,
                                   "# certify: ignore[" + " " * 900_000)):
        repo(f"{number}/recipe.yaml", HEAD + "env: {A: b}\n" + text)
        repo(f"{number}/Dockerfile", "FROM debian:12\n" + text.replace("\n", "\nRUN a \\\n", 20_000)[:1_000_000])
    start = time.process_time()
    outcome = run(select=("SCH008",))
    assert {finding.code for finding in outcome.findings} == {"SCH008"}
    assert time.process_time() - start < 12        # of twelve files
