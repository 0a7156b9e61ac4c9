"""Text that commands read: by descriptors, process substitutions, loops, functions, editors and launchers."""

from __future__ import annotations

import pytest

from certify.shell.assignments import assignments
from certify.shell.editors import edits
from certify.shell.loops import rows
from certify.shell.writings import run_programs, writings


def written(text: str) -> list[tuple[str, str]]:
    return [(one.path, one.text.strip()) for one in writings(text)]


@pytest.mark.parametrize("text", [
    "exec 3> /f; echo T >&3", "exec 3>> /f\necho x\necho T 1>&3", "exec {out}> /f; echo T >&$out", "exec 3>/f 4>&3; echo T >&4",
    "cat <(echo T) x > /f", "cat > /f < <(echo T)", "install -m 644 <(echo T) /f", "sort <(echo x) <(echo T) > /f",
    "(umask 022; cat > /f) <<E\nT\nE", "{ x && cat > /f; } <<E\nT\nE", "{ cat; } > /f <<E\nT\nE", "echo T | (x; cat > /f)",
    "w() { cat > $1; }; w /f <<E\nT\nE", "w() { mkdir x; tee \"$2\"; }; echo T | w a /f",
    "sudo sh -c 'cat > /f' <<E\nT\nE", "echo T | sudo bash -c 'x; cat >> /f'", ">> /f cat <<E\nT\nE",
    "ed -s /f <<'E'\n$a\nT\n.\nw\nE", "printf '%s\\n' 1i T . w q | ed -s /f", "ex -s /f <<E\n%s/a/T/\nx\nE", "ed /f <<< s/a/T/",
    "sed -i -f - /f <<E\n1i T\nE", "sed -i '1r /dev/stdin' /f <<< T", "sed -n 's/a/T/w /f' x", "sed 's,a,T,gw /f' x",
    "jq .T=1 x > /f", "yq -i .T=1 /f", "awk -v t=T '{ print } END { print t }' x > /f", "awk 'BEGIN{printf \"%s\",\"T\"}' > /f",
])
def test_what_is_written_by_way_of_an_input(text):
    assert ("/f", "T") in [(path, one.replace("T = 1", "T").lstrip(".")) for path, one in written(text)]


@pytest.mark.parametrize("text", [
    "exec 3>&2; echo T >&3", "exec 3> /f; echo T", "exec 3> /f; echo T >&4", "diff <(echo T) x > /f", "grep x <(echo T) > /f",
    "w() { cat >&2; }; w <<E\nT\nE", "(x; wc -l > /f) <<E\nT\nE", "sh -c 'wc > /f' <<E\nT\nE", "w() { w <<E\nT\nE\n}; w <<E\nT\nE",
    "ed /f <<E\ng/T/d\n/T/s/T//\nw T\nE", "sed -n '/T/w /f' x", "jq 'select(.a == \"T=1\")' x > /f", "jq .T x; jq .T=1 x",
    "awk -v t=T '$0 != t' x > /f", "ed -s /f <<E\n1d\nw a\nT\nE",
])
def test_what_is_not_written_by_way_of_an_input(text):
    assert [one for _, one in written(text) if one.startswith("T")] == []


@pytest.mark.parametrize("text", [
    "while read -r n v; do export $n=$v; done <<E\nB 2\nA 1\nE", "while read l; do export \"$l\"; done <<< A=1",
    "while IFS== read n v; do export $n=$v; done <<< A=1", "echo A=1 | while read l; do env $l x; done",
    "while read l; do export $l; done < <(echo A=1)", "while read n && x; do export $n=1; done <<< A",
    "IFS=: read n v <<< A:1; export $n=$v", "read n v <<E\nA 1\nE\nexport $n=$v", "read -r -d '' t <<E\nA=1\nE\neval \"$t\"",
    "mapfile -t l < <(echo A=1); export \"${l[@]}\"",
    "mpirun -np 2 sh -c 'A=1 x'", "conda run -n e bash -c 'export A=1'", "srun -n1 bash <<E\nA=1\nE", "runuser -u x -- env A=1 y",
    "setpriv --reuid=1 env A=1 y",
])
def test_assignments_by_way_of_an_input(text):
    assert "A" in [one.name for one in assignments(text) if one.value]


@pytest.mark.parametrize("text", [
    "while read n v; do export $n=$v; done <<E\nA\nB 1\nE", "while read n; do unset $n; done <<< A", "runuser -l A=1",
    "while IFS== read n v; do export $n=$v; done <<< A=", "mpirun -np 2 A=1 sh", "x | while read n; do export $n=1; done",
])
def test_no_assignments_by_way_of_an_input(text):
    assert [one.name for one in assignments(text) if one.value and one.name == "A"] == []


def test_a_place_in_the_script_of_an_editor_is_exact():
    text = "ed -s /f <<'E'\n1i\nfirst\nsecond\n.\nw\nE\n"
    (found,) = writings(text)
    assert found.exact and text[found.start:found.start + len(found.text)] == found.text == "first\nsecond\n"


def test_edits_of_a_script_without_an_end_and_of_a_line_that_only_looks_like_a_command():
    assert list(edits("ed", "a\nx\n")) == [(2, "x\n")] and list(edits("ed", "w data\nalpha\n")) == []
    assert list(edits("sed", "s/a/b/")) == [(None, "b")]


@pytest.mark.parametrize(("text", "count", "separators", "found"), [
    ("a b c\nd\n", 2, None, [["a", "b c"]]), ("a=b=c", 2, "=", [["a", "b=c"]]), ("a b", 1, "", [["a b"]]), ("a b", 1, "=", [["a b"]]),
    (" a  b ", 2, " ", [["a", "b "]]), ("\0 b", 2, None, []), ("", 1, None, []), ("a=", 2, "=", []), ("a-]b", 3, "-]", []),
])
def test_the_fields_of_lines(text, count, separators, found):
    assert [[one.strip() for one in row] for row in rows(text, count, separators)] == [[one.strip() for one in row] for row in found]


def test_a_language_that_reads_a_process_substitution():
    assert [one.language for one in run_programs("python3 <(echo 'import os')")] == ["python"]


@pytest.mark.parametrize("piece", ["(", "{ ", "x && ", "f() { cat > $1; f x <<E\ny\nE\n}; f /a <<E\nx\nE\n", "exec {a}>/x; ",
                                   "while read a b; do ", "sh -c 'cat > f' <<E\nx\nE\n", "cat <("])
def test_deep_and_long_text_ends_well(piece):
    assert len(list(writings(piece * (20_000 // len(piece))))) < 20_000
