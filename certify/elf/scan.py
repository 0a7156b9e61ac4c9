"""Every ELF file of an image, each opened once."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final

from certify.elf.reader import Elf, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from certify.checks.tree import ImageTree

# To open a file through a FUSE mount takes longer than to look at it, and most files of an image are sources, pages and
# pictures: nobody executes one that has such a name and no permission for it, and no loader asks for it.
_OTHER_SUFFIXES: Final = frozenset({
    "py", "pyc", "pyi", "pyx", "pxd", "h", "hh", "hpp", "hxx", "c", "cc", "cpp", "cxx", "f", "f90", "txt", "md", "rst",
    "html", "htm", "css", "js", "mjs", "ts", "map", "json", "yaml", "yml", "toml", "cfg", "ini", "conf", "xml", "csv",
    "tsv", "dat", "fits", "npy", "npz", "png", "jpg", "jpeg", "gif", "svg", "ico", "pdf", "gz", "bz2", "xz", "zst",
    "zip", "whl", "tar", "mo", "po", "pot", "list", "md5sums", "la", "pc", "cmake", "am", "in", "m4", "tcl", "tk", "sh",
    "pm", "pl", "pod", "al", "rb", "go", "rs", "lua", "el", "elc", "ttf", "otf", "woff", "woff2", "afm", "pfb", "enc",
    "tex", "sty", "cls", "typed", "tmpl", "template", "sql", "db", "log", "pem", "crt", "key", "service", "desktop",
})
_SMALLEST: Final = 52       # bytes of a header


def scan(image: ImageTree) -> Mapping[str, Elf]:
    """Every ELF file of the image by its path, in the order of the image's entries."""
    return dict(_found(image))


def _found(image: ImageTree) -> Iterator[tuple[str, Elf]]:
    for path, status in image.entries.items():
        if not stat.S_ISREG(status.st_mode) or status.st_size < _SMALLEST or _is_other(path, status.st_mode):
            continue
        file = image.open(path)
        if file is not None:
            with file:
                found = read(file, status.st_size)
            if found is not None:
                yield path, found


def _is_other(path: str, mode: int) -> bool:
    return not mode & 0o111 and path.rpartition(".")[2].lower() in _OTHER_SUFFIXES
