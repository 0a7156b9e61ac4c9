"""Compile an image's Python files so that no import ever has to compile them again.

Runs inside the container, by the image's own python3, so it uses only the standard library of old versions, and
nothing in it may be a syntax error for them: a Python before 3.7 knows no such bytecode, and is left alone.
All files of an image get one time, which makes bytecode that is checked by time stale for ever (imports are
three times slower, on a file system where they can never be rewritten); so the bytecode is not checked at
all. Each file is compiled in a process of its own: what was compiled before changes the bytes otherwise. Bytecode that
a base image brought is the same in each build on it, so it need not be compiled again, only bound anew.
"""

import importlib.util
import os
import py_compile
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

UNCHECKED = b"\x01\0\0\0"       # PEP 552: a hash that is not compared
SKIPPED = {"/proc", "/sys", "/dev", "/certify"}


def wanted(folder: str, names: "list[str]") -> bool:
    """Whether a folder's sources belong to an installation: they were compiled, or lie where packages do."""
    return "__pycache__" in names or "/site-packages" in folder or "/dist-packages" in folder


def is_source(path: str) -> bool:
    """Whether a path is a Python file of its own."""
    return path.endswith(".py") and os.path.isfile(path) and not os.path.islink(path)


def is_fresh(source: str) -> bool:
    """Whether a source has bytecode that is never checked and was made of this very text."""
    try:
        with open(source, "rb") as text, open(importlib.util.cache_from_source(source), "rb") as compiled:
            head = compiled.read(16)
            right = head[:8] == importlib.util.MAGIC_NUMBER + UNCHECKED
            return right and head[8:] == importlib.util.source_hash(text.read())
    except (OSError, NotImplementedError, ValueError):
        return False


def adopted(source: str) -> bool:
    """Whether a source's bytecode was good by time and size; it is then never checked again."""
    try:
        name, status = importlib.util.cache_from_source(source), os.stat(source)
        if os.path.islink(name):
            return False
        with open(name, "rb") as compiled:
            head, body, mode = compiled.read(16), compiled.read(), os.fstat(compiled.fileno()).st_mode
        numbers = (int(status.st_mtime), status.st_size)
        if head != importlib.util.MAGIC_NUMBER + bytes(4) + b"".join((n & 0xFFFFFFFF).to_bytes(4, "little") for n in numbers):
            return False
        with open(source, "rb") as text, open(name + ".part", "xb") as new:     # a new file: the old one may have other names
            os.fchmod(new.fileno(), mode & 0o777)
            new.write(head[:4] + UNCHECKED + importlib.util.source_hash(text.read()) + body)
        os.replace(name + ".part", name)
    except (OSError, NotImplementedError, ValueError):
        return False
    return True


def forget(cache: str, kept: "set[str]") -> None:
    """Remove the bytecode in a folder that belongs to none of the paths kept."""
    for name in os.listdir(cache):
        path = os.path.join(cache, name)
        if name.endswith(".pyc") and path not in kept and not os.path.isdir(path):
            os.unlink(path)


def below(top: str, is_kept: "Callable[[str], bool]") -> "Iterator[str]":
    """Every source to compile: those whose bytecode is not to be kept. Other bytecode is removed on the way."""
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if os.path.join(folder, name) not in SKIPPED)
        if not wanted(folder, folders):
            continue
        paths = [path for path in (os.path.join(folder, name) for name in sorted(files)) if is_source(path)]
        fresh = {path for path in paths if is_kept(path)}
        cache = os.path.join(folder, "__pycache__")
        if os.path.isdir(cache) and not os.path.islink(cache):
            forget(cache, {importlib.util.cache_from_source(path) for path in fresh})
        yield from (path for path in paths if path not in fresh)


def listed(name: str) -> "Iterator[str]":
    """The sources named in a file, each after a NUL, that belong to an installation; their old bytecode is removed."""
    with open(name, "rb") as file:
        paths = [os.fsdecode(path) for path in file.read().split(b"\0") if path]
    for path in paths:
        folder, cache = os.path.dirname(path), os.path.join(os.path.dirname(path), "__pycache__")
        compiled = os.path.isdir(cache)
        if compiled and not os.path.islink(cache):
            stem = os.path.basename(path)[:-len("py")]
            forget(cache, {os.path.join(cache, name) for name in os.listdir(cache) if not name.startswith(stem)})
        if is_source(path) and wanted(folder, ["__pycache__"] if compiled else []):
            yield path


def compile_one(path: str) -> int:
    """Compile one file in a child; a file of another Python's syntax is left as it is."""
    child = os.fork()
    if child:
        return child
    try:
        py_compile.compile(path, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    except (py_compile.PyCompileError, SyntaxError, ValueError, OSError, RecursionError):
        pass
    finally:
        os._exit(0)


def chosen(mode: str, value: str) -> "Iterator[str]":
    """What a mode asks for: those in a list, or below a folder every source, or all without the bytecode that is good."""
    if mode == "--list":
        return listed(value)
    return below(value, MODES[mode])


def no(_: str) -> bool:
    """None is kept."""
    return False


def is_good(source: str) -> bool:
    """Whether a source's bytecode is fresh, or was good and is bound anew now."""
    return is_fresh(source) or adopted(source)


MODES = {"--all": no, "--missing": is_fresh, "--adopt": is_good}


def main(arguments: "list[str]") -> int:
    """Compile as many files at once as there are processors; 2 for anything but one mode with its value."""
    mode, _, value = arguments[0].partition("=") if len(arguments) == 1 else ("", "", "")
    if mode not in (*MODES, "--list") or not value:
        return 2        # a folder is never guessed: this removes files
    if not hasattr(py_compile, "PycInvalidationMode"):
        return 0
    running = 0
    for path in list(chosen(mode, value)):
        compile_one(path)
        running += 1
        if running >= (os.cpu_count() or 1):
            os.wait()
            running -= 1
    while running:
        os.wait()
        running -= 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
