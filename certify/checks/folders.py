"""Which files of an image set variables for others, told by their folders and names alone.

An image has tens of thousands of files and opening one costs more than all of this: only what its place promises to be
a start-up file, a program, a script to be sourced or a module file is opened at all.
"""

from __future__ import annotations

import enum
import functools
import re
from typing import Final, NamedTuple


class Role(enum.Enum):
    """What becomes of a text: who reads or starts it."""

    STARTUP = "start-up file"
    PROGRAM = "program"
    SOURCED = "script to be sourced"
    MODULE = "module file"


class Folder(NamedTuple):
    """What the files of a folder are: start-up files by name, programs, module files, or nobody's (tests, sources)."""

    startup: re.Pattern[str] | None
    programs: bool
    modules: bool
    idle: bool


BIN: Final = frozenset({"bin", "sbin", "libexec", "condabin", "scripts"})
SHELLS: Final = (".sh", ".bash", ".zsh", ".ksh", ".csh", ".tcsh", ".fish")

# A name may hold a line end, so a dot is any character.
_HOME: Final = (r"\.(profile|bash_profile|bash_login|bashrc|bash_aliases|zshenv|zshrc|zprofile|zlogin|kshrc|cshrc|tcshrc|login"
                r"|pam_environment)")
_ETC: Final = (r"profile(\.local)?|bash\.bashrc(\.local)?|bashrc|zsh(env|rc)|z(profile|login)|(ksh\.)?kshrc"
               r"|csh\.(cshrc|login)(\.local)?|environment")
_STARTUP: Final = tuple((re.compile(folder, re.DOTALL), re.compile(name, re.DOTALL)) for folder, name in (
    (r"/etc", _ETC),
    (r"/etc/skel|/root|/home/[^/]*", _HOME),
    (r"/etc/profile\.d", r".*\.(sh|csh|bash|zsh)|c?sh\.local"),
    (r"/etc/zsh", r"z(shenv|shrc|profile|login)"),
    (r"/etc/environment\.d", r".*\.conf"),
    (r"/etc/security", r"pam_env\.conf"),
    (r"(/etc|.*/\.config)/fish", r"config\.fish"),
    (r"(/etc|.*/\.config)/fish/conf\.d", r".*\.fish"),
    (r".*/etc/conda/activate\.d", r".*\.(sh|csh|fish|xsh)"),
    (r".*/etc/conda/env_vars\.d", r".*\.json"),
    (r".*/conda-meta", r"state"),
    (r"/\.singularity\.d/env", r"(?!0|99).*\.sh"),          # those are the runtime's own
    (r".*/(site|dist)-packages", r".*\.pth|(site|user)customize\.py"),
    (r"/(etc|usr/lib)/python3[.\d]*", r"sitecustomize\.py"),
))
_MODULES: Final = re.compile(r"/(modulefiles?|privatemodules|lmod|modules)(?=/)", re.IGNORECASE)
_IDLE: Final = re.compile(r"/(tests?|testing|testdata|examples?|docs?|man|src|\.git|node_modules|pkgs|dpkg|\.singularity\.d)"
                          r"(?=/)")


@functools.lru_cache(maxsize=4096)
def folder_of(path: str) -> Folder:
    """What a folder is, by its path."""
    below = path + "/"
    startup = next((names for folder, names in _STARTUP if folder.fullmatch(path)), None)
    return Folder(startup=startup, programs=path.rpartition("/")[2] in BIN, modules=_MODULES.search(below) is not None,
                  idle=_IDLE.search(below) is not None)


def may_be_module(name: str) -> bool:
    """Whether a file of that name in a module folder can be a module file: ``1.0``, ``gcc-12``, ``1.0.lua``."""
    ending = name.rpartition(".")[2] if "." in name else ""
    return not ending.isalpha() or ending in ("lua", "tcl")


def role_of(folder: Folder, name: str, *, executable: bool) -> Role | None:
    """What a regular file can be; None for one that need not be opened."""
    if folder.startup is not None and folder.startup.fullmatch(name):
        return Role.STARTUP
    if folder.modules and may_be_module(name):
        return Role.MODULE
    if folder.idle:
        return None
    if folder.programs and executable:
        return Role.PROGRAM
    sourced = name.endswith(SHELLS) or (executable and "." not in name) or (folder.programs and name.startswith("activate"))
    return Role.SOURCED if sourced else None
