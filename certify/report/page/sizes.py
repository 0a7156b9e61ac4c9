"""What takes how much room: a map of the folders, and lists of packages and files with bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from builder.progress import human_size
from certify.report.page import drawing, folders
from certify.report.page.listing import folded, opening, table
from certify.report.page.markup import Html, counted, join, name, tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from certify.report.page.folders import Folder
    from certify.survey import Shares, Survey

_PACKAGES: Final = 12       # that are not folded away
_FILES: Final = 8
_CAPTION: Final = "Each rectangle is a folder, as large as what is in it; pale is what lies in none of the folders shown."


def section(survey: Survey | None, packed: int) -> Html:
    """The pictures, and the figures behind them."""
    if survey is None:
        return tag("p", "The image was not looked into.")
    root = folders.tree(survey)
    return join([tag("p", _sentence(root.size, folders.bounded(survey.files), folders.bounded(packed)), class_="lead"),
                 _folders(root) if root.inside else None,
                 tag("div", _shares("Packages of the distribution", "Package", survey.packages, root.size, _PACKAGES),
                     _shares("Largest files", "File", survey.largest, root.size, _FILES), class_="pair")])


def _folders(root: Folder) -> Html:
    rows = _rows([(one.path, one.size) for one in _flat(root)], root.size, 110)
    return join([tag("figure", drawing.maps(root), tag("figcaption", _CAPTION)),
                 folded("Folders in figures", table("Folders", ("Folder", "Size", "Share"), rows, kind="sizes"))])


def _sentence(size: int, files: int, packed: int) -> str:
    told = f"{human_size(size)} in {counted(files, 'file')} before compression"
    return f"{told}, {human_size(packed)} as squashfs." if packed else f"{told}."


def _shares(caption: str, head: str, shares: Shares, whole: int, first: int) -> Html | None:
    rows = _rows(folders.sane(shares), whole, 70)
    left = max(0, len(shares) - folders.MOST)
    return tag("div", opening(caption, (head, "Size", "Share"), rows, first, kind="sizes", left=left)) if rows else None


def _rows(shares: Iterable[tuple[str, int]], whole: int, most: int) -> list[list[str]]:
    """Names, sizes and parts of the whole; the bars are as long as compared with the largest."""
    known = list(shares)
    largest = max((size for _, size in known), default=0)
    return [[name(one, most), human_size(size), join([tag("span", drawing.share(size, whole), class_="share"),
             drawing.bar(size, largest)])] for one, size in known]


def _flat(folder: Folder) -> Iterator[Folder]:
    for one in folder.inside:
        yield one
        yield from _flat(one)
