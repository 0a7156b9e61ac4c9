"""What .deb files say of themselves, in the form of an archive's index."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from builder import process
from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from builder.apt import Package

_AT_ONCE: Final = 4
_ADDED: Final = re.compile(r"(?im)^(?:Filename|Size|SHA256|SHA512|SHA1|MD5sum): .*\n?")


def describe(packages: Iterable[Package], store: Path) -> str:
    """A flat ``Packages`` index for exactly these packages, whose files are in ``store`` by their sha256.

    It comes from the files, so that a lock works when the archive's own index has moved on. Raises Fault if a file
    is not the package that it is given for: a lock may name the sha256 of another one.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        stanzas = pool.map(lambda package: _stanza(package, store / package.sha256), sorted(packages))
        return "\n".join(stanzas)


def _stanza(package: Package, path: Path) -> str:
    control = process.run(("dpkg-deb", "--field", str(path))).stdout.strip("\n") + "\n"
    fields = dict(re.findall(r"^(Package|Architecture|Version): *(\S+) *$", control, re.MULTILINE))
    found = tuple(fields.get(name, "") for name in ("Package", "Architecture", "Version"))
    if found != (package.name, package.architecture, package.version):
        raise Fault(f"{package.exact}: the file with its sha256 is {found[0]}:{found[1]}={found[2]}",
                    hint="recipe.lock does not tell the truth; make it anew: certify lock --upgrade RECIPE")
    return (_ADDED.sub("", control) + f"Filename: ./{package.file}\nSize: {path.stat().st_size}\nSHA256: {package.sha256}\n")
