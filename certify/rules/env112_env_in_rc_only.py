"""A variable, or an environment to activate, that only an rc file or a profile brings.

Shells read such files when they start in a certain way, and the runtime starts programs without a shell: under
srun the program is not on PATH, although it is in an interactive shell. A start command that activates an environment
is no better, as the site starts programs without it. What the image's environment has as well is fine, and so are
aliases and prompts, and the rc files of a stage that does not become the image.

Bad::

    steps:
      - name: path
        run: echo 'export PATH=/opt/tool/bin:$PATH' >> /etc/bash.bashrc

Good::

    env:
      PATH: /opt/tool/bin:/usr/bin:/bin
    steps:
      - name: prompt
        run: echo "PS1='tool> '" >> /etc/bash.bashrc
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.env1_texts import LOADER, MAX_HITS, VARIABLE, texts
from certify.rules.hit import Hit

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

    from builder.recipe import Route
    from certify.rules.env1_texts import Text
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "ENV112"
NAME = "env-in-rc-only"
SEVERITY = Severity.WARNING

HELP = "set the variables in the image's environment ({}), where every program gets them; activate nothing at start"

_TRACE = pattern(r"bash|profile|zsh|csh|environment|activate\.d|\.login")
ACTIVATION = pattern(r"(?:^|[;&\n])[ \t]*((?:conda|mamba|micromamba|pyenv|spack env) activate|spack load|(?:module|ml) load|"
                         r"(?:source|\.)[ \t]+\S*(?:activate|setvars\.sh|thisroot\.sh|geant4\.sh|vars\.sh|setup-env\.sh|"
                         r"bashrc_openfoam|OpenFOAM\S*bashrc|/setup\.(?:ba)?sh|env\.sh))\b")

# What is activated, behind the words that say so, and where an installation of conda keeps its programs.
_GIVEN_NAME = pattern(r"[ \t]+[\"']?([^\s\"';&|#()-][^\s\"';&|#()]*)")
_CONDA_BIN = pattern(r".*(?:conda|forge|mamba)[^/]*/bin")

# A shell that is given text; sh -c, bash -lc.
_SHELL = pattern(r"(?:\S*/)?(?:ba|da|z|k)?sh")
_GIVEN = pattern(r"-\w*c")

# Where a stage keeps its own; what lies in an install folder may be copied from there.
_STAYS_BEHIND = pattern(r"~|\0|/(?:etc|root|home)/")

# What only an interactive shell wants.
PERSONAL = pattern(r"PS[0-4]|PROMPT\w*|HIST\w*|EDITOR|VISUAL|PAGER|LESS\w*|LS_COLORS|LSCOLORS|TERM|GREP_\w+|CLICOLOR|"
                       r"INPUTRC|MAIL\w*|RPROMPT|color_prompt|force_color_prompt|debian_chroot")
LASTING = frozenset({"export", "declare", "typeset", "setenv", "pushenv", "set", "prepend-path", "append-path"})


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the files that only shells read, and at the start commands."""
    advice = HELP.format("ENV" if subject.recipe is None else "env:")
    lasting = {variable.name: variable.value for variable in subject.variables if variable.lasting}
    for text in texts(subject, _TRACE):
        if text.shipped or not _STAYS_BEHIND.match(text.path):
            yield from _in_text(text, lasting, advice)
    for route, line in _started(subject):
        for match in itertools.islice(_activations(line, lasting), 1):
            yield Hit(route=route, message=f"'{match[1]}' stands only in the start command", help=advice)


def _started(subject: Subject) -> Iterator[tuple[Route, str]]:
    """The shell text of the start commands, and where it stands."""
    scripts = [script for script in subject.scripts if script.kind == "start"]
    yield from ((script.route, script.text) for script in scripts)
    for route, words in subject.starts if not scripts else ():
        if len(words) > 2 and _SHELL.fullmatch(words[0]) and _GIVEN.fullmatch(words[1]):
            yield (*route, 2), words[2]


def _in_text(text: Text, lasting: Mapping[str, str], advice: str) -> Iterator[Hit]:
    from certify.shell.kinds import is_startup
    from certify.shell.settings import Setting

    if not is_startup(text.path):
        return
    others = {VARIABLE, *LOADER, *lasting}
    told = set(others)
    for found in text.settings():
        stays = found.how in LASTING or text.kind == "config" or found.name == "PATH"
        if stays and found.name not in told and not PERSONAL.fullmatch(found.name):
            told.add(found.name)
            yield text.hit(found, f"{found.name} is set only in", advice)
        if len(told) - len(others) == MAX_HITS:
            break
    for match in _activations(text.text, lasting):
        whole = Setting(name="", value=match[1], start=match.start(1), end=match.end(1), how="activate")
        yield text.hit(whole, f"'{match[1]}' stands only in", advice)


def _activations(text: str, lasting: Mapping[str, str]) -> Iterator[re.Match[str]]:
    """What a text activates and the image's own environment does not lead to."""
    return (match for match in itertools.islice(ACTIVATION.finditer(text), MAX_HITS) if not _is_on_path(match, text, lasting))


def _is_on_path(match: re.Match[str], text: str, lasting: Mapping[str, str]) -> bool:
    """Whether PATH has the programs of an environment of conda or Python that is activated by its name or folder."""
    tool, what = match[1].split()[0], match[1].split()[-1]
    if tool in ("pyenv", "spack", "module", "ml") or not what.endswith("activate"):
        return False
    given = _GIVEN_NAME.match(text, match.end(1))
    name = given[1] if given is not None else ""
    name = lasting.get(name.strip("${}"), name) if name.startswith("$") else name
    folders = [folder.rstrip("/") for folder in lasting.get("PATH", "").split(":")]
    if not name and "/" in what:
        return what.rpartition("/")[0] in folders
    if name in ("", "base"):
        return any(_CONDA_BIN.fullmatch(folder) and "/envs/" not in folder for folder in folders)
    return f"{name}/bin" in folders or any(folder.endswith(f"/envs/{name}/bin") for folder in folders)
