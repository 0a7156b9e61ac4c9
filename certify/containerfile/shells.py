"""Which shell reads the text of RUN: what SHELL names, or what the image has as /bin/sh."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SHELLS = frozenset({"sh", "ash", "bash", "dash", "ksh", "zsh"})

# Images whose /bin/sh is bash, or that name bash as the shell of images made from them (jupyter, micromamba).
_BASH = re.compile(r"(?:alma|rocky|oracle|amazon)linux|centos|fedora|redhat|rhel|\bubi\d|[-:]ubi\d|[-:](?:el|centos|rocky)\d"
                   r"|scientificlinux|opensuse|\bsuse|\bsles?\d|archlinux|jupyter|micromamba|mambaorg", re.IGNORECASE)
_ASH = re.compile(r"alpine|busybox", re.IGNORECASE)
_REPLACED = re.compile(r"\bln\s[^;&|\n]*\bbash\s+(?:/usr)?/bin/sh\b|(?:dash/sh|reconfigure[^;&|\n]*\sdash)\b"
                       r"|--install\s+(?:/usr)?/bin/sh\s+sh\s+(?:/usr)?/bin/bash")


def of_image(reference: str) -> str:
    """The program that is /bin/sh in an image, as far as its name tells; Debian's where it tells nothing."""
    if "$" in reference or _BASH.search(reference):     # what only the build knows could be anything
        return "bash"
    return "ash" if _ASH.search(reference) else "dash"


def of_words(words: Sequence[str]) -> str | None:
    """The shell that SHELL names, None if it is none of those that can be read."""
    return next((name for name in (word.rpartition("/")[2] for word in words) if name in SHELLS), None)


def replaced(text: str) -> bool:
    """Whether shell text makes bash the image's /bin/sh."""
    return "sh" in text and _REPLACED.search(text) is not None
