"""Texts made to hurt, beside a recipe and in a Containerfile, are judged within a second or so."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest

from builder.recipe.source import Document
from certify import containerfile
from certify.baseline import fingerprints
from certify.finding import Finding, Severity
from certify.lint import lint_file
from certify.lint.judge import judge
from certify.lint.target import Kind
from certify.rules import downloads, env1_texts
from certify.rules.subject import MOST_KNOWN, of_recipe
from certify.site import load
from tests.effort import counted

RECIPE = """\
schema: 1
name: a
version: "1"
summary: a
license: MIT
access: public
base: {debian: bookworm}
files: [{from: x, to: /etc/profile.d/x.sh}]
tests: [{run: a}]
"""
BARE = RECIPE.replace("files: [{from: x, to: /etc/profile.d/x.sh}]\n", "")
TRACES = "export LD_LIBRARY_PATH= ; [[ a ]]; pip install x; cp a /home/b; echo LD_PRELOAD > /etc/profile.d/a.sh\n"
LIMIT = 5.0     # several times what a quiet machine needs; without bounds it would be minutes


def spent(path) -> float:
    begin = time.process_time()
    lint_file(path, load())
    return time.process_time() - begin


@pytest.mark.parametrize("piece", ["a=$a\n", "a=$a;", "`", "(", "x\n", "a&", "export LD_LIBRARY_PATH=/x\n", "${"])
def test_a_mebibyte_beside_a_recipe(tmp_path, piece):
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    (tmp_path / "x").write_text((TRACES + piece * (1 << 20))[:1 << 20])
    assert spent(tmp_path / "recipe.yaml") < LIMIT


@pytest.mark.parametrize("size", [14_000, 130_000])
@pytest.mark.parametrize("piece", ["a=$a;", "x\n", "a&", "${", "<", "<<F\n", "{a,"])
def test_a_large_containerfile(tmp_path, piece, size):
    run = f"RUN <<'EOF'\n{(TRACES + piece * size)[:size]}\nEOF\n"
    (tmp_path / "Containerfile").write_text("FROM debian:12\n" + run * (130_000 // size))
    assert spent(tmp_path / "Containerfile") < LIMIT


def test_many_places_with_a_related_one(tmp_path):
    text = "FROM debian:12\n" + "".join(f"ENV A=/home/{n}\nCOPY x $A/y\nWORKDIR /home/{n}\n" for n in range(1600))
    (tmp_path / "Containerfile").write_text(text)
    assert spent(tmp_path / "Containerfile") < LIMIT


@pytest.mark.parametrize("piece", ["cd OpenBLAS; make clean; ", "git clone http://x/y; ", "find /x -exec chmod 600 {} + ; "])
def test_what_is_said_thousands_of_times(tmp_path, piece):
    (tmp_path / "Containerfile").write_text("FROM debian:12\nRUN " + piece * (120_000 // len(piece)) + "\n")
    assert spent(tmp_path / "Containerfile") < LIMIT


@pytest.mark.parametrize("taken", ["rm -rf /home/q{}\n", "rm -rf /home/q{}*\n"])
def test_many_places_and_many_that_are_taken_away(tmp_path, taken):
    fetched = "cd /home\n" + "curl -O a b c d e\n" * 2500
    body = (fetched + "".join(map(taken.format, range(2000))))[:65_000].rpartition("\n")[0]
    (tmp_path / "Containerfile").write_text("FROM debian:12\n" + f"RUN <<'EOF'\n{body}\nEOF\nRUN <<'EOF'\n{body} \nEOF\n")
    assert spent(tmp_path / "Containerfile") < LIMIT


@pytest.mark.parametrize("piece", ["<<A cat > f; ", "((<<", "<<A\nA\n", "cat <<A; cat <<B\nA\nB\n", "'<<\"", "a <<\\\n"])
def test_documents_out_of_order(tmp_path, piece):
    body = (TRACES + piece * 65_000)[:65_000]
    (tmp_path / "Containerfile").write_text(f"FROM debian:12\nRUN <<'EOF'\n{body}\nEOF\nRUN <<'EOF'\n{body} \nEOF\n")
    assert spent(tmp_path / "Containerfile") < LIMIT


# Each was slow by the square of its lines: what is asked again for each of them is looked up.
SHAPES = {
    "comments": lambda n: "FROM a\n" + "# certify: ignore[ENV102] -- r\nRUN export LD_LIBRARY_PATH=/x\n" * n,
    "scripts": lambda n: "FROM a\n" + "".join(f"RUN curl -LO https://e.org/{n}-{number}.tgz\n" for number in range(n)),
    "addresses": lambda n: "FROM a\nRUN curl -fsSLO " + " ".join(f"https://e.org/{n}-{number}.tgz" for number in range(n)) + "\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_as_many_lines_are_twice_the_work(shape):
    def effort(count: int) -> int:
        data = SHAPES[shape](count).encode()
        return counted(lambda: judge(data, Path("Containerfile"), Kind.CONTAINERFILE, load()))

    effort(3)       # what is loaded and compiled once
    size = 200 if shape != "scripts" else 800
    once = effort(size)
    assert effort(2 * size) < 2.6 * once


def test_what_a_text_compares_is_looked_for_once(monkeypatch):
    class Listed:
        searches = 0

        def findall(self, text):
            Listed.searches += 1
            return ["x.tgz"]

    monkeypatch.setattr(downloads, "_LISTED", Listed())
    lines = "".join(f"curl -LO https://e.org/{number}.tgz\n" for number in range(100))
    judge(f"FROM a\nRUN <<E\n{lines}echo {0:064x}  x.tgz | sha256sum -c\nE\n".encode(), Path("Containerfile"), Kind.CONTAINERFILE, load())
    assert Listed.searches == 1


def test_the_comments_of_a_file_are_looked_up_for_its_findings():
    """The first that is for a line silences it, and each that silences nothing is told."""
    text = BARE + ("# certify: ignore[ENV102] -- all\nsteps:\n"
                     "  - run: export LD_LIBRARY_PATH=/x  # certify: ignore[ENV102] -- this\n  - run: export LD_LIBRARY_PATH=/y\n")
    judged = judge(text.encode(), Path("recipe.yaml"), Kind.RECIPE, load(), chosen=lambda code: code in ("ENV102", "SCH008"))
    assert [(one.finding.span.line, one.reason) for one in judged.silenced] == [(11, "all"), (12, "all")]
    assert [(one.code, one.span.line, one.message) for one in judged.findings] == [("SCH008", 11, "nothing to silence here: ENV102")]


def test_a_long_line_with_many_findings_is_read_once():
    class Line(str):
        splits = 0

        def split(self, *_):
            Line.splits += 1
            return ["x"]

    line = Line("x" * 100)
    findings = [Finding(code="A", name="a", severity=Severity.ERROR, message="a", file="f")] * 1000
    marks = fingerprints(findings, lambda _: line, str)
    assert Line.splits == 1 and len(set(marks)) == 1000


def test_the_environments_of_all_steps_together_are_bounded(tmp_path):
    from builder.recipe.decode import decode

    variables = ", ".join(f"A{number}: {'x' * 500}" for number in range(1000))
    text = BARE + f"env: {{{variables}}}\nsteps:\n" + "  - run: a\n" * 500
    recipe = decode(Document.parse(text.encode(), "recipe.yaml"), tmp_path)
    known = [sum(map(len, script.known.values())) for script in of_recipe(recipe).scripts]
    assert known[0] > 500_000 and sum(known) <= MOST_KNOWN


def test_files_beside_a_recipe_are_read_once_and_within_bounds(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(env1_texts, "_read", lambda path, _: read.append(path.name) or "export LD_LIBRARY_PATH=/x\n" * 10_000)
    (tmp_path / "x").write_text("")
    files = ", ".join(f"{{from: x, to: /opt/bin/{number}.sh}}" for number in range(50))
    text = RECIPE.replace("{from: x, to: /etc/profile.d/x.sh}", files)
    found = judge(text.encode(), tmp_path / "recipe.yaml", Kind.RECIPE, load()).findings
    assert len(read) == env1_texts.MAX_CONTENT // 270_000 + 2       # those that fit, the one that does not, and no more
    assert {one.code for one in found} >= {"ENV106"}


def test_a_file_that_leads_to_itself_is_told_and_is_no_bug(tmp_path):
    (tmp_path / "x").symlink_to("x")
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    assert [one.message for one in lint_file(tmp_path / "recipe.yaml", load())] == ["x: no such file beside the recipe"]


def test_of_variants_with_too_much_text_the_first_are_judged_and_the_others_told():
    steps = "".join(f"  - run: 'export LD_LIBRARY_PATH=/{{{{ a }}}}/{number}{'x' * 20_000}'\n" for number in range(5))
    text = BARE.replace('version: "1"', 'version: "{{ a }}"') \
        + f"matrix: {{a: {list(range(20))}}}\nsteps:\n{steps}"
    found = judge(text.encode(), Path("recipe.yaml"), Kind.RECIPE, load()).findings
    (unseen,) = [one for one in found if one.code == "SCH004"]
    assert (unseen.severity, unseen.span.line) == (Severity.INFO, 9)
    assert unseen.message == "19 of 20 variants are not looked at: all of them have too much text"
    assert len([one for one in found if one.code == "ENV102"]) == 5
    one = judge(text.encode(), Path("recipe.yaml"), Kind.RECIPE, load(), tags=("7-1",)).findings
    assert "SCH004" not in {finding.code for finding in one} and len([finding for finding in one if finding.code == "ENV102"]) == 5


def test_a_mount_of_thousands_of_keys_is_not_spelt_out():
    data = f"FROM a\nRUN --mount={','.join(f'a{number}=b' for number in range(5000))} true\n".encode()
    assert counted(lambda: judge(data, Path("Containerfile"), Kind.CONTAINERFILE, load())) < 150_000


def test_the_lines_of_a_long_here_document_take_little_memory():
    data = ("FROM a\nRUN <<E\n" + "\\\n" * 100_000 + "E\n").encode()
    containerfile.read(b"FROM a\nRUN <<E\nx\nE\n", "Containerfile")
    tracemalloc.start()
    try:
        containerfile.read(data, "Containerfile")
        assert tracemalloc.get_traced_memory()[1] < 100_000 * 300      # bytes
    finally:
        tracemalloc.stop()
