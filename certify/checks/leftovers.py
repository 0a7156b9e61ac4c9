"""What building leaves behind and using never needs, told by names, sizes and, for object files, owners."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(NamedTuple):
    """A kind of left-overs: the folder that holds them (as a group, the rest is below), what they are, the cure."""

    pattern: re.Pattern[str]
    what: str
    cure: str
    least: int = 1_000_000      # bytes: less is not worth a warning


_HOME: Final = r"/root|/home/[^/]+|/"
_REMOVE: Final = "remove it in the same step"

# By the path of a file; the first group is the folder that is told.
KINDS: Final = tuple(Kind(re.compile(pattern, re.DOTALL), what, cure, *least) for pattern, what, cure, *least in (
    (r"(/var/lib/apt/lists)/.*", "lists of apt", "rm -rf /var/lib/apt/lists/* in the same step"),
    (r"(/var/cache/apt)/.*", "packages that apt fetched", "apt-get clean in the same step"),
    (r"(/var/cache/(?:dnf|yum|libdnf5)|/var/lib/dnf)/.*", "the cache of dnf", "dnf clean all in the same step"),
    (r"(/var/cache/zypp)/.*", "the cache of zypper", "zypper clean --all in the same step"),
    (r"(/var/cache/(?:apk|pacman/pkg)|/etc/apk/cache)/.*", "the cache of the package manager", "install with --no-cache"),
    (rf"((?:{_HOME})?/\.cache/pip)/.*", "the cache of pip", "pip install --no-cache-dir"),
    (rf"((?:{_HOME})?/\.cache/(?:uv|pypoetry|pdm|ccache|sccache|bazel|go-build|yarn|mamba))/.*", "a cache", _REMOVE),
    (r"(.*/\.(?:ccache|npm/_cacache|cargo/registry|m2/repository|gradle/caches|cpanm|stack))/.*", "a cache", _REMOVE),
    (r"(.*/pkg/mod/cache)/.*", "the cache of Go", "go clean -modcache in the same step"),
    (r"(.*/var/spack/cache)/.*", "sources that Spack fetched", "spack clean --all in the same step"),
    (r"(.*/spack-stage|/tmp/[^/]+/spack-stage)/.*", "a build tree of Spack", "spack clean --all in the same step"),
    (r"(.*/\.(?:git|hg|svn|bzr))/(?:.*/)?[^/]+", "the history of a repository", "remove it, or fetch an archive", 0),
))

# A quick look before all patterns: every one of them has such a part.
TRACE: Final = re.compile(r"/var/(?:lib/(?:apt|dnf)|cache)/|/\.(?:cache|ccache|npm|cargo|m2|gradle|cpanm|stack|git|hg|svn|bzr)/"
                          r"|/pkg/mod/|/spack(?:/cache|-stage)/|/etc/apk/")

# What makes a folder a build tree, by a file directly in it.
BUILD_FILES: Final = frozenset({"CMakeCache.txt", "config.status", ".ninja_log", "meson-info.json"})

# The start and end of every program, and parts of compilers: needed to link.
_RUNTIME: Final = re.compile(r"(?:[gmrSMR]*crt[\w-]*|crt\w+|std_exit|libasan_preinit|lib[\w-]*preinit|rcrt1|prim|HS\w*)\.o")
_COMPILERS: Final = re.compile(r"/(?:lib\d*/gcc|gcc-lib|rustlib|ocaml|ghc|fpc|lib/modules|pkg/tool|lib/bcc|lib/clang)/")


def kind_of(path: str) -> tuple[Kind, str] | None:
    """The kind of left-overs that a file belongs to, and the folder that holds them."""
    if TRACE.search(path) is None:
        return None
    return next(((kind, match[1]) for kind in KINDS if (match := kind.pattern.fullmatch(path))), None)


def is_object(path: str) -> bool:
    """Whether a file is an object file that only a build needs."""
    name = path.rpartition("/")[2]
    return name.endswith((".o", ".lo")) and not _RUNTIME.fullmatch(name) and not _COMPILERS.search(path)


def may_be_core(name: str) -> bool:
    """Whether a name is one that dumps of crashed programs have."""
    return name == "core" or (name.startswith(("core.", "vgcore.")) and name.rpartition(".")[2].isdigit())


def conda_packages(path: str, entries: Mapping[str, object]) -> str | None:
    """The folder of fetched packages of a conda installation that a file lies in."""
    top, found, _ = path.partition("/pkgs/")
    return f"{top}/pkgs" if found and f"{top}/conda-meta" in entries else None
