"""``etcPath``: the folder whose files the runtime copies over those of the image's /etc."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from certify.site_import.conf import left

if TYPE_CHECKING:
    from certify.site_import.conf import Left, Setting

_KEPT: Final = re.compile(r"[A-Za-z0-9_:.+-]+")
_MOST: Final = 10_000       # files; real folders have about ten


def files(setting: Setting) -> tuple[list[str], list[Left]]:
    """The files of /etc that this replaces, and what of the folder is not among them."""
    if not setting.value.startswith("/"):
        return [], [left(setting, "it is no absolute path")]
    try:
        with os.scandir(setting.value) as found:
            entries = sorted((one for one, _ in zip(found, range(_MOST), strict=False)), key=lambda entry: entry.name)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no path"
        return [], [left(setting, f"{why}: name the files of this folder in replaced_files, as /etc/<name>")]
    kept, lost = [], []
    for entry in entries:
        if why := _refused(entry):
            lost.append(left(setting, why, value=os.path.join(setting.value, entry.name)))  # noqa: PTH118
        else:
            kept.append(f"/etc/{entry.name}")
    return kept, lost


def _refused(entry: os.DirEntry[str]) -> str | None:
    if not _KEPT.fullmatch(entry.name):
        return "the runtime leaves characters out of its name, and does not find it"
    try:
        return None if entry.is_file() else "it is no file, and the runtime copies files"
    except OSError as error:
        return error.strerror
