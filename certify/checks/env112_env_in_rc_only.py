"""A variable, or an environment to activate, that only a start-up file or the entrypoint brings.

Shells read such files when they start in a certain way, and the runtime starts programs without a shell and without the
entrypoint: under srun the program is not on PATH, although it is in an interactive shell. Quiet are the files that a
distribution's package brings, standard folders in PATH, languages, prompts and aliases, and what the image's
environment has as well. What conda's packages set on activation is told once for each environment, and weighs least:
most of it has a default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.checks.folders import Role
from certify.checks.hit import Hit
from certify.checks.scripts import bounded, texts_of
from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.env1_texts import LOADER, VARIABLE
from certify.rules.env112_env_in_rc_only import ACTIVATION, LASTING, PERSONAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.scripts import Text
    from certify.checks.tree import ImageTree
    from certify.shell.settings import Setting
    from certify.site import Site

CODE = "ENV112"
NAME = "env-in-rc-only"
SEVERITY = Severity.WARNING
HELP = "set the variables in the image's environment (env:), where every program gets them; activate nothing at start"

_STANDARD: Final = frozenset(f"{top}{name}" for top in ("", "/usr", "/usr/local") for name in ("/bin", "/sbin", "/games"))
_QUIET: Final = pattern(r"LANG|LANGUAGE|LC_\w+|MANPATH|INFOPATH|XDG_\w+|MODULE\w+|LMOD_\w+|FPATH|BASH_ENV|ENV|HOME|USER|SHELL"
                        r"|UID|EUID|LOGNAME|HOSTNAME|SHLVL|PWD|OLDPWD|IFS|DEFAULT|OVERRIDE|env_vars|version|S_COLORS|DEBUGINFOD_\w+|_\w*|CONDA_\w+|MAMBA_\w+")
_CONDA: Final = ("/etc/conda/activate.d/", "/etc/conda/env_vars.d/", "/conda-meta/state")
_SHOWN: Final = 8
_MAX_SETTINGS: Final = 1000


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each start-up file, one for each conda environment, one for the entrypoint."""
    yield from bounded(_started(image))
    yield from bounded(_entrypoint(image))


def _started(image: ImageTree) -> Iterator[Hit]:
    conda: dict[str, list[str]] = {}
    for text in texts_of(image).of(Role.STARTUP):
        if image.owner(text.path) is not None or text.kind == "python":
            continue
        names = _names(image, text)
        if prefix := _conda_prefix(text.via):
            conda.setdefault(prefix, []).extend(names)
        elif told := [*names, *_activations(image, text)]:
            yield Hit(path=text.via, message=f"only {text.via} brings {_listed(told)}")
    for prefix, names in conda.items():
        if names:
            yield Hit(path=prefix, severity=Severity.INFO,
                      message=f"only the activation of the conda environment {prefix} sets {_listed(names)}")


def _names(image: ImageTree, text: Text) -> list[str]:
    """What a file sets for the programs that start later, each name once, folders of PATH with it."""
    found = dict[str, None]()
    told = {*LOADER, VARIABLE, *image.config.environment} - {"PATH"}
    for one in text.settings[:_MAX_SETTINGS]:
        if one.name == "PATH":
            found.update(dict.fromkeys(f"{folder} in PATH" for folder in _added(image, one)))
        elif one.name not in told and _lasts(text, one) and not (PERSONAL.fullmatch(one.name) or _QUIET.fullmatch(one.name)):
            found[one.name] = None
    return list(found)


def _lasts(text: Text, setting: Setting) -> bool:
    return setting.how in LASTING or text.kind in ("config", "markup")


def _added(image: ImageTree, setting: Setting) -> Iterator[str]:
    """The folders of the image that a value of PATH adds, as far as they are told."""
    has = {*_STANDARD, *image.config.environment.get("PATH", "").split(":")}
    for part in setting.value.strip("\"'").split(":"):
        folder = part.rstrip("/")
        if folder.startswith("/") and folder not in has and image.resolve(folder):
            yield folder


def _activations(image: ImageTree, text: Text) -> Iterator[str]:
    paths = [one for one in image.config.environment.get("PATH", "").split(":") if one.startswith("/")]
    conda = any(f"{one.rpartition('/')[0]}/conda-meta" in image.entries for one in paths)
    for match in ACTIVATION.finditer(text.text):
        said = match[1]
        folder = said.rpartition(" ")[2].rpartition("/")[0]
        if not (conda and " activate" in said) and folder not in paths:
            yield f"'{said}'"


def _conda_prefix(path: str) -> str | None:
    return next((path.partition(part)[0] or "/" for part in _CONDA if part in path), None)


def _entrypoint(image: ImageTree) -> Iterator[Hit]:
    entry = image.config.entrypoint[:1]
    for text in texts_of(image).of(Role.PROGRAM):
        if (text.via,) == entry and (told := list(_activations(image, text))):
            yield Hit(path=text.via, message=f"only the entrypoint {text.via} brings {_listed(told)}")


def _listed(names: list[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - _SHOWN} more" if len(unique) > _SHOWN else ""
    return ", ".join(unique[:_SHOWN]) + more
