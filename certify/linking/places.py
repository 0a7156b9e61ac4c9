"""Where things lie in an image: the folders of PATH, Python's packages, the tree that a file was installed into."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from certify.checks.tree import ImageTree

_DEFAULT_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PYTHON: Final = re.compile(r"(/.+)?/(site-packages|dist-packages|lib-dynload)/(.+)", re.DOTALL)
_SHARED_TOPS: Final = ("/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/share", "/usr/local")


def on_path(image: ImageTree) -> frozenset[str]:
    """The real folders of the image's PATH: what is in them is started by its name."""
    folders = image.config.environment.get("PATH", _DEFAULT_PATH).split(":") if image.config else _DEFAULT_PATH.split(":")
    return frozenset(real for folder in folders[:256] if folder.startswith("/") and (real := image.resolve(folder)))


def python_package(path: str) -> str | None:
    """The folder of the Python package that a file belongs to, or itself where it is a module; None outside of Python's."""
    found = _PYTHON.fullmatch(path)
    return path[:found.start(3)] + found[3].partition("/")[0] if found else None


def is_python_module(path: str) -> bool:
    """Whether Python imports the file: ``_x.cpython-311-x86_64-linux-gnu.so``, ``_x.abi3.so``, ``_x.so`` among its packages."""
    name = path.rpartition("/")[2]
    return name.endswith(".so") and not name.startswith("lib") and python_package(path) is not None


def installation(path: str) -> str:
    """The folder that a thing is installed into: /opt/tool, /usr/lib/tool; where many share one, only that of the file."""
    for top in _SHARED_TOPS:
        if path.startswith(top + "/"):
            inner = path[len(top) + 1:].split("/")
            deep = 2 if inner[0].endswith(("-gnu", "-musl", "-gnueabihf")) else 1
            return "/".join((top, *inner[:-1][:deep]))
    return "/".join(path.split("/")[:-1][:3])
