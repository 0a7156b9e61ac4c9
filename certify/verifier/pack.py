"""Write the verifier as a single file: a zip archive of its modules that Python runs, on machines without certify."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Final

import builder
from builder.errors import Error

# What the verifier imports, and no more: a test compares this with what a run of it loads.
MODULES: Final = (
    "builder/__init__.py", "builder/errors.py", "certify/__init__.py", "certify/bundle.py", "certify/certificate.py",
    "certify/dsse.py", "certify/files.py", "certify/proof.py", "certify/reference.py", "certify/revocation.py",
    "certify/seen.py", "certify/statement.py", "certify/strictjson.py", "certify/trust.py", "certify/verifier/__init__.py",
    "certify/verifier/__main__.py", "certify/verifier/pack.py")
_MAIN: Final = "import runpy\nrunpy.run_module('certify.verifier', run_name='__main__')\n"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)       # equal sources make equal bytes


def pack(target: Path) -> None:
    """Write the file, executable; raises Error if something is there already."""
    try:
        with target.open("xb") as file:
            file.write(b"#!/usr/bin/env python3\n" + _archive())
        target.chmod(0o755)
    except FileExistsError as error:
        raise Error(f"{target} is there already") from error
    except OSError as error:
        raise Error(f"{target}: {error.strerror}") from error


def _archive() -> bytes:
    top, made = Path(builder.__file__).parents[1], io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name in MODULES:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), (top / name).read_bytes())
        archive.writestr(zipfile.ZipInfo("__main__.py", _EPOCH), _MAIN)
    return made.getvalue()
