"""A difference as text, JSON and markdown, with names that would like to be more than names."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from builder.image import ImageConfig
from certify.difference import markdown, text
from certify.difference.compare import difference
from certify.difference.model import FileChange, Files, Look, Total
from certify.difference.safe import code
from certify.finding import Finding, Severity
from certify.packages import Package
from certify.report.safe import escaped

GFM = MarkdownIt("gfm-like", {"linkify": False})
EVIL = ["a|b", "`x`", "``", "`", "<script>alert(1)</script>", "x\n| y | z |\n", "[a](http://evil)", "@everyone", "*b* _c_ ~~d~~",
        "http://evil.example", "\\", "\\|", " lead ", "", " ", "\x1b[31mred", "\u202egnp.exe", "&amp;", "#1", "::error::x",
        "##[error]x", "![i](http://evil/i.png)", "</details>", "--- | ---", os.fsdecode(b"\xff"), "`|`"]


def spans(cell):
    """The inline parts of a cell of a table, as a forge reads it."""
    tokens = GFM.parse(f"| a |\n| --- |\n| {cell} |\n")
    rows = [token for token in tokens if token.type == "tr_open"]
    cells = [token.children for token in tokens if token.type == "inline"][1:]
    assert len(rows) == 2
    assert len(cells) == 1
    return [(token.type, token.content) for token in cells[0]]


@given(st.text(st.characters() | st.sampled_from("|`\\<>*_[]()\n "), max_size=60))
@example("`|`")
def test_any_text_is_one_span_of_code_and_nothing_else(hostile):
    found = spans(code(hostile))
    if not escaped(hostile).strip():
        assert found == [("text", "(empty)")]
    else:
        assert found == [("code_inline", escaped(hostile))]


@pytest.mark.parametrize("hostile", EVIL, ids=range(len(EVIL)))
def test_what_is_evil_is_shown_as_it_is_written(hostile):
    assert spans(code(hostile)) in ([("code_inline", escaped(hostile))], [("text", "(empty)")])


def config(**values):
    return ImageConfig(**{"name": "t", "version": "1", "revision": 1, "platform": "linux/amd64", "environment": {}} | values)


@pytest.fixture
def hostile():
    """Two images that differ in everything, with every name an attack."""
    finding = [Finding(code="PTH201", name="n", severity=Severity.ERROR, message=f"see {one}", path=f"/{one}") for one in EVIL]
    one = Look(name=EVIL[4], digest="ab" * 32, size=10_000_000, config=config(environment=dict.fromkeys(EVIL, "x")),
               findings=tuple(finding[:5]), packages=(Package(kind="deb", name="a", version="1"),))
    other = Look(name="new", digest="cd" * 32, size=11_000_000, findings=tuple(finding[5:]),
                 config=config(environment={one: one for one in EVIL}, entrypoint=tuple(EVIL), workdir=EVIL[5]),
                 packages=(Package(kind="deb", name="a", version="2"), Package(kind="python", name="b", version="1")))
    changes = tuple(sorted(FileChange(f"/d/{one}", "added", "data", None, index * 1000) for index, one in enumerate(EVIL)))
    changed = FileChange("/e", "changed", "program", 1, 2000, EVIL[4])
    return difference(one, other, Files(changes=(*changes, changed), totals={
        "data": Total(added=len(EVIL), after=1_000_000), "program": Total(changed=1, before=1, after=2000)}))


def test_markdown_is_the_tables_that_we_wrote_and_nothing_that_an_image_wrote(hostile):
    written = markdown.render(hostile)
    tokens = GFM.parse(written)
    inner = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inner} <= {"code_inline", "text", "strong_open", "strong_close", "html_inline"}
    html = [token.content for token in tokens if token.type == "html_block"]
    assert all(one.startswith(("<details><summary>", "</details>")) for one in html)
    assert sum(one.count("<details>") for one in html) == sum(one.count("</details>") for one in html) == 3
    assert "<script>" not in "".join(child.content for child in inner if child.type != "code_inline") + "".join(html)
    assert len(written) < 65_536
    for line in written.splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def test_markdown_tells_what_differs(hostile):
    written = markdown.render(hostile)
    for expected in ("| up | `deb:a` | `1` | `2` |", "| added | `python:b` |  | `1` |", "Packages: 1 added, 1 up",
                     "Findings: 21 came, 5 gone", "| data | 26 | 0 | 0 | 0 B | 1.0 MB | +1.0 MB |",
                     "| size | 10 MB | 11 MB (+1.0 MB) |"):
        assert expected in written


def test_long_lists_are_folded_and_cut():
    many = tuple(Package(kind="deb", name=f"p{index}", version="1") for index in range(100))
    one, other = (Look(name="x", digest="", size=0, config=config(), packages=found) for found in ((), many))
    written = markdown.render(difference(one, other, Files()))
    assert "<details><summary>Packages: 100 added</summary>" in written
    assert "and 60 more" in written
    assert text.render(difference(one, other, Files())).count("  + deb:p") == 100


def test_text_is_lines_that_nothing_hostile_breaks(hostile):
    written = text.render(hostile)
    assert all(line.isprintable() for line in written.splitlines())
    assert "\x1b" not in written
    for expected in ("size: 10 MB -> 11 MB (+1.0 MB)", "  ^ deb:a 1 -> 2", "  + python:b 1", "findings: 21 came, 5 gone",
                     "  + PTH201 /x\\n| y | z |\\n: see x\\n| y | z |\\n [error: n]", "+1.0 MB   26 added",
                     "  ~ /e  1 B -> 2.0 kB, <script>alert(1)</script>", "  + /d/...  16 more"):
        assert expected in written, expected


def test_json_has_everything_and_is_valid_for_any_reader(hostile):
    found = json.loads(json.dumps(hostile.as_json()))
    found["files"]["changes"][-1]["path"].encode("utf-8")
    json.dumps(found).encode("utf-8")
    for change in found["files"]["changes"]:
        change["path"].encode("utf-8")      # no lone surrogates
    assert len(found["files"]["changes"]) == len(EVIL) + 1
    assert found["packages"][1] == {"kind": "deb", "name": "a", "how": "up", "before": "1", "after": "2"}
    assert (found["from"]["digest"], found["to"]["size"]) == ("sha256:" + "ab" * 32, 11_000_000)


def test_equal_images_are_said_to_be_equal():
    one = Look(name="x", digest="ab" * 32, size=1, config=config())
    found = difference(one, one, Files(totals={"data": Total(before=1, after=1)}))
    for written in (text.render(found), markdown.render(found)):
        assert "othing that is compared differs" in written
