"""What reads a file, as far as its path and its first line tell."""

from __future__ import annotations

import functools
import posixpath
import re

# A kind is a language, or: config (name=value among other things), markup (yaml, toml, json), nothing (text, sources,
# data: nobody takes an environment from them), or unknown.
NOTHING = ""
UNKNOWN = "unknown"

_BY_ENDING = {
    **dict.fromkeys(("sh", "bash", "zsh", "ksh", "bashrc", "zshrc", "profile", "bash_profile", "bash_login", "kshrc",
                     "zshenv", "zprofile", "zlogin", "bash_aliases", "xprofile", "xsession", "envrc", "sbatch", "slurm",
                     "pbs"), "sh"),
    **dict.fromkeys(("csh", "tcsh", "cshrc", "tcshrc", "login"), "csh"),
    "fish": "fish", "lua": "lua", "tcl": "tcl", "py": "python", "pth": "python", "eb": "python", "pl": "perl", "pm": "perl",
    "r": "r", "rprofile": "r", "jl": "julia", "rb": "ruby", "js": "js", "m": "matlab", "modulerc": "tcl", "xsh": "python",
    **dict.fromkeys(("env", "renviron", "conf", "cfg", "ini", "service", "desktop", "environment", "pam_environment",
                     "properties", "def", "config", "rc", "bazelrc"), "config"),
    **dict.fromkeys(("yaml", "yml", "json", "toml"), "markup"),
    **dict.fromkeys(("md", "rst", "txt", "html", "htm", "adoc", "tex", "man", "patch", "diff", "log", "out", "csv", "xml",
                     "svg", "c", "h", "cc", "cpp", "cxx", "hpp", "cu", "f", "f90", "go", "rs", "java", "cmake", "mk", "am",
                     "ac", "m4", "spec", "pc", "la", "so", "a", "o", "texi", "dox", "texinfo", "info", "org", "ipynb", "po",
                     "1", "3", "5", "7", "8", "example", "sample", "rej", "list", "sql", "tsv", "expected", "golden",
                     "template"), NOTHING),
}
_BY_NAME = (
    (r"readme.*|changelog.*|changes|news.*|license.*|copying.*|install|notes|todo|authors|makefile.*", NOTHING),
    (r"gnumakefile|motd.*", NOTHING),
    (r"issue|hosts|cmakelists|dockerfile.*|containerfile.*|fstab|passwd|group|ld\.so\.conf|commit_editmsg", NOTHING),
    (r"nsswitch|resolv|host|description|manifest|version", NOTHING),
    (r"environment|renviron.*|pam_env|\.env", "config"), (r"\.?rprofile.*", "r"), (r"csh\..*", "csh"),
    (r"profile|bashrc|bash\.bashrc|zsh.*|bash_.*|activate|setup|setvars", "sh"),
)
_MODULES = re.compile(r"/(?:modulefiles?|privatemodules|lmod|modules)/")
_SCRATCH = re.compile(r"/dev/(?!shm/)|/proc/|/sys/")
_DOCS = re.compile(r"(?:^|/)(?:docs?|man\d?|info|examples?|licenses?|motd\.d|ld\.so\.conf\.d)/")
_WRAPPERS = re.compile(r"(?:^|/)(?:s?bin|libexec|scripts|condabin)/(?!activate)[^/]+$")     # that one is sourced
_STARTUP = re.compile(r"/profile\.d/|/(?:etc|skel|root|home/[^/]+)/\.?(?:environment|profile|bash|zsh|csh|login|tcsh)"
                      r"|/\.(?:bash|profile|zsh|csh|tcsh|login|kshrc)|^(?:~|\0+|_+)?/?\.(?:bash|profile|zsh|csh|tcsh|login|kshrc)"
                      r"|/pam_env\.conf$|/fish/conf(?:ig\.fish|\.d/)|/activate\.d/")
_INTERPRETER = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-\w+\s+|\w+=\S*\s+){0,9})?(?:\S*/)?([A-Za-z]+)")
_INTERPRETERS = {"sh": "sh", "bash": "sh", "dash": "sh", "ksh": "sh", "zsh": "sh", "csh": "csh", "tcsh": "csh",
                 "fish": "fish", "python": "python", "pypy": "python", "perl": "perl", "tclsh": "tcl", "lua": "lua",
                 "Rscript": "r", "julia": "julia", "ruby": "ruby", "node": "js"}


def kind_of(path: str, text: str = "") -> str:
    """What reads a file of this path with this text."""
    if _SCRATCH.match(path) or _DOCS.search(path):
        return NOTHING
    if text.startswith("#%Module"):
        return "tcl"
    interpreter = _INTERPRETER.match(text)
    if interpreter:
        return _INTERPRETERS.get(interpreter[1], UNKNOWN)
    return _named(path)


@functools.lru_cache(maxsize=1024)
def _named(path: str) -> str:
    name = re.sub(r"\.(?:in|tmpl|j2|tpl|new|orig|bak)$", "", posixpath.basename(path)).lower()
    stem, dot, ending = name.rpartition(".")
    for pattern, kind in _BY_NAME:
        if re.fullmatch(pattern, name) or (kind == NOTHING and re.fullmatch(pattern, stem) and not _WRAPPERS.search(path)):
            return kind
    if dot and ending in _BY_ENDING and not (ending.isdigit() and _MODULES.search(path)):
        return _BY_ENDING[ending]
    if _MODULES.search(path):
        return "tcl"
    if _WRAPPERS.search(path):
        return "sh"
    return "config" if "/environment.d/" in path or "/default/" in path or "/sysconfig/" in path else UNKNOWN


def is_module(path: str, text: str = "") -> bool:
    """Whether a module system reads a file."""
    return text.startswith("#%Module") or _MODULES.search(path) is not None


def is_startup(path: str) -> bool:
    """Whether only some shells read a file, when they start: rc files, profiles, /etc/environment."""
    return _STARTUP.search(path) is not None


def is_wrapper(path: str, text: str = "") -> bool:
    """Whether a file is a program of its own, by its folder or its first line."""
    return _WRAPPERS.search(path) is not None or (text.startswith("#!") and not is_startup(path))
