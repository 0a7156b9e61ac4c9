"""The parts of an image's page: escaping, the map's rectangles, the tree of folders, lists that unfold."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from certify.report.page import drawing, folders, listing
from certify.report.page.markup import Html, counted, join, name, shown, tag
from certify.report.page.treemap import Box, squarified
from certify.survey import Survey

SIZES = st.lists(st.integers(0, 10**12), max_size=40)
BOXES = st.builds(Box, st.floats(-100, 100), st.floats(-100, 100), st.floats(1, 2000), st.floats(1, 2000))
NOTHING = Survey(files=0, size=0, folders=(), packages=(), largest=())


def test_what_is_no_html_is_escaped():
    assert tag("p", "<b>", Html("<i>"), None) == "<p>&lt;b&gt;<i></p>"
    told = tag("a", class_="x\"'<", aria_label="y", hidden=True, open=False, title=None)
    assert told == '<a class="x&quot;&#x27;&lt;" aria-label="y" hidden></a>'
    assert tag("meta", charset="utf-8") == '<meta charset="utf-8">'
    assert join(["".join([tag("b", "x")])]) == "&lt;b&gt;x&lt;/b&gt;"      # a plain join loses what was known of its parts


@given(st.text(st.characters(), max_size=200))
def test_text_comes_back_as_it_is_shown(text):
    told = join([text])
    assert html.unescape(told) == shown(text)
    assert not re.search(r"[<>\"']", told) and told.isprintable()


@given(st.text(st.characters(), max_size=400), st.integers(10, 100))
def test_a_name_is_whole_or_says_so(text, most):
    told = name(text, most)
    letters = html.unescape(re.sub(r"<[^>]*>", "", told))
    assert len(letters) <= most + 1
    assert (letters == shown(text)) if len(shown(text)) <= most else (f'title="{html.escape(shown(text))}"' in told)


@pytest.mark.parametrize(("text", "expected"), [
    ("e\u0301te\u0301", "e\u0301te\u0301"), ("ế\u0323", "ế\u0323"), ("a" + "\u0301" * 4 + "b", "a" + "\u0301" * 3 + "\\u0301b"),
    ("\u202eabc", "\\u202eabc"), ("\u2066\u200b\ufeff", "\\u2066\\u200b\\ufeff"), ("\udcff", "\\udcff"), ("a\nb", "a\\nb"),
    ("שלום", "שלום"),
], ids=["accents", "two-accents", "tower", "override", "unseen", "byte", "line", "letters"])
def test_what_bends_a_page_is_written_out(text, expected):
    assert shown(text) == expected


def test_counts():
    assert [counted(number, "file") for number in (0, 1, 2, 12345)] == ["0 files", "1 file", "2 files", "12,345 files"]


@given(SIZES, BOXES)
def test_areas_are_sizes(sizes, room):
    boxes, whole = squarified(sizes, room), sum(sizes)
    assert len(boxes) == len(sizes)
    for size, box in zip(sizes, boxes, strict=True):
        assert box.area == pytest.approx(room.area * size / whole if whole else 0, rel=1e-6, abs=1e-6 * room.area)
    assert sum(box.area for box in boxes) == pytest.approx(room.area if whole else 0, rel=1e-9)


@given(SIZES, BOXES)
def test_rectangles_lie_inside_and_beside_each_other(sizes, room):
    slack = 1e-6
    boxes = [box for box in squarified(sizes, room) if box.area]
    for number, one in enumerate(boxes):
        assert one.x >= room.x - slack and one.x + one.width <= room.x + room.width + slack
        assert one.y >= room.y - slack and one.y + one.height <= room.y + room.height + slack
        for other in boxes[:number]:
            over = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            under = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert min(over, under) <= slack


@given(st.lists(st.integers(1, 100), min_size=2, max_size=40))
def test_rectangles_are_nearer_to_squares_than_slices(sizes):
    def worst(boxes):
        return max(max(box.width / box.height, box.height / box.width) for box in boxes)

    slices = [Box(0, 0, 100 * size / sum(sizes), 100) for size in sizes]
    assert worst(squarified(sizes, Box(0, 0, 100, 100))) <= worst(slices) + 1e-6


def test_the_example_of_the_paper():
    boxes = squarified([6, 6, 4, 3, 2, 2, 1], Box(0, 0, 6, 4))
    assert boxes[:2] == [Box(0, 0, 3, 2), Box(0, 2, 3, 2)]
    assert [round(box.width, 2) for box in boxes[2:4]] == [1.71, 1.29]


@pytest.mark.parametrize(("sizes", "room"), [
    ([], Box(0, 0, 1, 1)), ([0, 0], Box(0, 0, 1, 1)), ([1, 2], Box(0, 0, 0, 5)), ([2**63, 1], Box(0, 0, 1000, 500)),
    ([1] * 200, Box(0, 0, 9, 9)),
], ids=["none", "empty", "flat", "huge", "many"])
def test_rectangles_of_odd_sizes(sizes, room):
    assert sum(box.area for box in squarified(sizes, room)) == pytest.approx(room.area if any(sizes) else 0)


NAMES = st.sampled_from(["usr", "opt", "lib", "<x>", "a\nb", "", "."])
PATHS = st.lists(NAMES, max_size=5).map(lambda parts: "/".join(["", *parts])) | st.text(max_size=5)
BYTES = st.integers(-5, 10**9) | st.just(10**400)


def flat(folder):
    return [folder, *(below for one in folder.inside for below in flat(one))]


@given(st.lists(st.tuples(PATHS, BYTES), max_size=30), BYTES)
def test_any_survey_is_a_tree(shares, size):
    root = folders.tree(replace(NOTHING, size=size, folders=tuple(shares)))
    every = flat(root)
    assert all(one.size == one.own + sum(below.size for below in one.inside) and one.own >= 0 for one in every)
    assert len({one.path for one in every}) == len(every)
    assert all(one.path.rpartition("/")[0] == folder.path.rstrip("/") for folder in every for one in folder.inside)
    assert str(drawing.maps(root)).count("<svg") == 2


def test_a_survey_is_drawn_with_its_sizes():
    root = folders.tree(replace(NOTHING, size=1000, folders=(("/usr", 700), ("/usr/lib", 600), ("/opt", 250))))
    assert [(one.path, one.size, one.own) for one in flat(root)] == [
        ("/", 1000, 50), ("/usr", 700, 100), ("/usr/lib", 600, 600), ("/opt", 250, 250)]
    wide = str(drawing.maps(root)).split("</svg>")[0]
    titles = re.findall(r"<g><title>(.*?)</title>", wide)
    assert titles == ["/usr: 700 B, 70 %", "/usr/lib: 600 B, 60 %", "/usr: 100 B, 10 % in none of these folders",
                      "/opt: 250 B, 25 %", "/: 50 B, 5 % in none of these folders"]
    assert re.findall(r"<text[^>]*>(.*?)</text>", wide) == ["/usr", "lib", "600 B", "/opt", "250 B"]


@given(st.text(st.characters(), min_size=1, max_size=300))
def test_a_label_stays_in_its_rectangle(text):
    assume("/" not in text)
    root = folders.tree(replace(NOTHING, size=100, folders=(("/" + text, 60), ("/b", 40))))
    for label in re.findall(r"<text[^>]*>(.*?)</text>", str(drawing.maps(root))):
        assert len(html.unescape(label)) <= 1000 / 7


def test_shares_for_people():
    assert [drawing.share(part, 1000) for part in (0, 1, 9, 10, 345, 1000)] == ["0 %", "< 1 %", "< 1 %", "1 %", "34 %", "100 %"]
    assert drawing.share(0, 0) == "0 %" and 'width="0"' in drawing.bar(0, 0) and 'width="50"' in drawing.bar(1, 2)


@pytest.mark.parametrize(("rows", "first", "left", "shown_rows", "words"), [
    (3, 5, 0, 3, []), (7, 5, 0, 7, []), (8, 5, 0, 8, ["3 more"]), (1000, 5, 0, 405, ["995 more", "and 595 more"]),
    (2, 5, 9, 2, ["and 9 more"]),
], ids=["few", "nearly", "folded", "cut", "left"])
def test_long_tables_unfold_and_end(rows, first, left, shown_rows, words):
    told = listing.opening("Files", ("Name",), [[str(number)] for number in range(rows)], first, left=left)
    assert told.count('scope="row"') == shown_rows
    assert re.findall(r">((?:and )?\d+ more)<", told) == words


def test_an_item_is_never_lost():
    for count in range(15):
        told = listing.items([tag("li", str(number)) for number in range(count)], 8, left=2)
        assert told.count("<li>") == count and "and 2 more" in told
