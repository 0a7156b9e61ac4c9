"""Pictures as SVG within the page: a map of folders, and bars. Their colours are in the style, as a page allows no others.

The map is drawn twice, wide and narrow, and the style shows the one that fits: letters of a map that is shrunk to the
width of a telephone could not be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from builder.progress import human_size
from certify.report.page.markup import Html, join, shown, tag
from certify.report.page.treemap import Box, squarified
from certify.report.safe import width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.report.page.folders import Folder

WIDE: Final = Box(0, 0, 1000, 460)
NARROW: Final = Box(0, 0, 400, 520)

_COLOURS: Final = 7         # c0 to c6 of the style
_OTHERS: Final = "c7"
_LETTER: Final = 7.4        # width of a letter, in units of the drawing: the style says 13 for its height
_LINE: Final = 20.0         # height of a line of letters
_SHORTEST: Final = 4         # letters of a label that is cut: fewer say nothing
_SMALLEST: Final = 2.5      # what is narrower is not drawn
_ROOM: Final = Box(0, 0, 64, 50)        # the least in which folders of a folder are drawn


def maps(root: Folder) -> Html:
    """Both drawings of the map; the second one is for the eyes alone."""
    return join([_map(root, WIDE, "wide"), _map(root, NARROW, "narrow")])


def bar(part: int, whole: int) -> Html:
    """A line as long as the part is of the whole, which is as wide as the column."""
    length = 100 * part / whole if whole else 0.0
    return tag("svg", tag("rect", class_="track", width=100, height=8),
               tag("rect", class_="part", width=_number(length), height=8),
               class_="bar", viewBox="0 0 100 8", preserveAspectRatio="none", aria_hidden="true")


def share(part: int, whole: int) -> str:
    """A part as people say it: ``34 %``."""
    percent = 100 * part / whole if whole else 0.0
    return f"{percent:.0f} %" if percent >= 1 or not part else "< 1 %"


def _map(root: Folder, room: Box, kind: str) -> Html:
    told = ", ".join(f"{shown(one.path)} {share(one.size, root.size)}" for one in root.inside[:_COLOURS])
    return tag("svg", tag("title", "Size by folder", id=f"map-{kind}"), tag("desc", f"Largest folders: {told or 'none'}."),
               *_Map(root).inside(root, room, None), class_=f"map {kind}", role="img", aria_labelledby=f"map-{kind}",
               viewBox=f"0 0 {room.width} {room.height}")


class _Map:
    """Draws folders, and knows their colours: the largest of the second level, such as /usr/lib, have one each."""

    def __init__(self, root: Folder) -> None:
        self._whole = root.size
        second = sorted((two for one in root.inside for two in one.inside), key=lambda two: (-two.size, two.path))
        self._colours = {two.path: f"c{number}" for number, two in enumerate(second[:_COLOURS])}

    def inside(self, folder: Folder, room: Box, colour: str | None) -> Iterator[Html]:
        """What is in a folder: its folders, then what is in none of them."""
        *boxes, rest = squarified([*(one.size for one in folder.inside), folder.own], room)
        for one, box in zip(folder.inside, boxes, strict=True):
            yield from self._drawn(one, box, colour or self._colours.get(one.path))
        yield from _rectangle(rest, f"{colour or _OTHERS} rest", self._told(folder, folder.own) + " in none of these folders")

    def _drawn(self, folder: Folder, box: Box, colour: str | None) -> Iterator[Html]:
        label = folder.path if folder.path.count("/") == 1 else folder.path.rpartition("/")[2]
        divided = bool(folder.inside) and box.width >= _ROOM.width and box.height >= _ROOM.height
        kind = f"{colour or _OTHERS} group" if divided else colour or _OTHERS
        yield from _rectangle(box, kind, self._told(folder, folder.size), label, "" if divided else human_size(folder.size))
        if divided:
            yield from self.inside(folder, box.inset(3, _LINE), colour)

    def _told(self, folder: Folder, size: int) -> str:
        return f"{folder.path}: {human_size(size)}, {share(size, self._whole)}"


def _rectangle(box: Box, kind: str, told: str, *labels: str) -> Iterator[Html]:
    """A rectangle, what it says when one points at it, and labels one below the other, as far as there is room."""
    if box.width < _SMALLEST or box.height < _SMALLEST:
        return
    area = tag("rect", class_=kind, x=_number(box.x), y=_number(box.y), width=_number(box.width), height=_number(box.height))
    words = [_words(label, box, line) for line, label in enumerate(labels) if label and box.height >= _LINE * (line + 1)]
    yield tag("g", tag("title", told), area, *words)


def _words(label: str, box: Box, number: int) -> Html | None:
    """A label in the upper left corner, as much of it as there is room for; None where that would say nothing."""
    line, letters = shown(label), int((box.width - 10) / _LETTER)
    if width(line) > letters:
        line = line[:max(0, (letters - 1) * len(line) // width(line))] + "…"
    if line.endswith("…") and len(line) <= _SHORTEST:
        return None
    return tag("text", line, x=_number(box.x + 5), y=_number(box.y + 15 + 16 * number), class_="second" if number else None)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
