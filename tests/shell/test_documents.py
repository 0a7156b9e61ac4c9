"""Here-documents before their commands, and several in one line, are read as bash reads them; places stay those of the source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.shell.documents import straightened
from certify.shell.script import Script
from certify.shell.writings import writings


def rewritten(text: str) -> Script:
    return straightened(Script(text, 0, len(text), exact=True))


@pytest.mark.parametrize(("text", "wanted"), [
    ("<<E cat > f\na\nE\n", [("f", "a\n")]),
    ("  <<-'E' cat > f\na\nE\nmake\n", [("f", "a\n")]),
    ("<<A cat >f && <<B cat >g\na\nA\nb\nB\n", [("f", "a\n"), ("g", "b\n")]),
    ("cat <<A >f && cat >g <<B && make\na\nA\nb\nB\n", [("f", "a\n"), ("g", "b\n")]),
    ("cat <<A >f; cat >g <<B; make\na\nA\nb\nB", [("f", "a\n"), ("g", "b\n")]),
    ("if true; then <<A tee f; fi; cat <<B > g\na\nA\nb\nB\n", [("f", "a\n"), ("g", "b\n")]),
    ("echo '<<A' \"<<B\" \\<<C # <<D\n<<E cat > f\na\nE\n", [("f", "a\n")]),
    ("cat > o <<X\n<<E cat > f\nX\n", [("o", "<<E cat > f\n")]),
    ("cat > f <<A 2>&1 && make\na\nA\n", [("f", "a\n")]),
    ("make && \\\n<<A cat > f\na\nA\n", [("f", "a\n")]),
])
def test_each_text_goes_where_bash_puts_it(text, wanted):
    found = list(writings(text))
    assert [(one.path, one.text) for one in found] == wanted
    assert all(text[one.start:one.start + len(one.text)] == one.text for one in found)


@pytest.mark.parametrize("text", [
    "cat > f <<A\na\nA\n", "cat <<A > f && make\na\nA\n", "x=$((1<<2)); y=$((1 << z))\n", "cat <<< a; cat <<< b\n",
    "<<A cat > f\nno end\n", "cat <<A || cat <<B\na\nA\nb\nB\n", "case x in a) cat <<A ;; esac\na\nA\n", "cat <<A | sh <<B\na\nA\nb\nB\n",
])
def test_what_the_grammar_knows_or_nobody_can_tell_stays(text):
    assert rewritten(text).text == text


@given(st.text(alphabet="<A\n;&| c'\"\\#($-)", max_size=60))
def test_every_place_is_that_of_the_same_character(text):
    script = rewritten(text + "\n<<A cat > f; cat <<B\na\nA\nb\nB\n")
    source = text + "\n<<A cat > f; cat <<B\na\nA\nb\nB\n"
    for at, character in enumerate(script.text):
        start, end = script.place(at, at + 1)
        assert source[start:end] == character or character in " \n"
    assert {*"fab"} <= {*script.text}
