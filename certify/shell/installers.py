"""Variables and settings that tell an installer its place: plain data, for whoever asks."""

from __future__ import annotations

from typing import NamedTuple


class Decider(NamedTuple):
    """A variable that an installer reads: its ``programs``, and a word of their command (any, where there is none).

    ``prefix`` is a place where the software is looked for later; ``scratch`` one that may serve the build alone.
    ``over`` are the options that count more.
    """

    programs: str
    word: str = "install"
    prefix: bool = True
    scratch: bool = False
    over: str = ""


_CONDAS = "conda|mamba|micromamba"
_MAKES = r"g?make|bmake|scons|cmake|meson|ninja|[\w+-]*\.sh|configure"

DECIDERS = {
    **dict.fromkeys(("PREFIX", "prefix", "INSTALL_PREFIX", "CMAKE_INSTALL_PREFIX"), Decider(_MAKES, "install")),
    **dict.fromkeys(("DESTDIR", "INSTALL_ROOT"), Decider(_MAKES, "install", prefix=False)),
    **dict.fromkeys(("CONDA_ENVS_PATH", "CONDA_ENVS_DIRS"), Decider(_CONDAS, "create", over="p prefix")),
    "MAMBA_ROOT_PREFIX": Decider("mamba|micromamba", "create", scratch=True, over="p r prefix root-prefix"),
    **dict.fromkeys(("PIP_TARGET", "PIP_PREFIX"), Decider(r"pip[\d.]*|python[\d.]*", over="t target prefix")),
    "PYTHONUSERBASE": Decider(r"pip[\d.]*|python[\d.]*", "--user"),
    **dict.fromkeys(("PIPX_HOME", "PIPX_BIN_DIR"), Decider("pipx")),
    "POETRY_HOME": Decider(r"python[\d.]*|sh|bash", ""),
    **dict.fromkeys(("UV_TOOL_DIR", "UV_TOOL_BIN_DIR"), Decider("uv")),
    "UV_PROJECT_ENVIRONMENT": Decider("uv", "sync", scratch=True),
    "GOBIN": Decider("go"),
    "CARGO_INSTALL_ROOT": Decider("cargo", over="root"),
    "GEM_HOME": Decider("gem|bundle", over="i install-dir"),
    "JULIA_DEPOT_PATH": Decider("julia", "", scratch=True),
    **dict.fromkeys(("R_LIBS_USER", "R_LIBS"), Decider("R|Rscript|install2.r", "", scratch=True, over="l library")),
    **dict.fromkeys(("EASYBUILD_INSTALLPATH", "EASYBUILD_PREFIX"), Decider("eb", "", over="installpath prefix")),
    **dict.fromkeys(("NPM_CONFIG_PREFIX", "npm_config_prefix"), Decider("npm", over="prefix")),
}
