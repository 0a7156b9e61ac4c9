"""Real ELF files for small trees, made by gcc: what they need, under which names, by which run path."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path

from tests.tools import needs

needs_gcc = needs("gcc")

MPI = "int MPI_Init(void) { return 0; } int PMPI_Init(void) { return 0; }"


@functools.cache
def elf(kind: str = "program", *, soname: str = "", needs: tuple[str, ...] = (), rpath: str = "", runpath: str = "",
        code: str = "", defines: tuple[str, ...] = (), wants: tuple[tuple[str, str], ...] = (),
        flags: tuple[str, ...] = ()) -> bytes:
    """A program or a library that needs libraries of these names.

    ``defines`` are versions of symbols, each defined with one symbol; ``wants`` are pairs of a library that it needs and
    a version that it wants of it.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        others = [_other(folder, number, one, [version for library, version in wants if library == one])
                  for number, one in enumerate(dict.fromkeys((*needs, *(library for library, _ in wants))))]
        calls = [f"extern int {_symbol(one)}(void); int (*use_{_symbol(one)})(void) = {_symbol(one)};" for _, one in wants]
        start = ["void _start(void) {}"] if kind == "program" else []
        (folder / "it.c").write_text("\n".join([code, _definitions(defines), *calls, *start, ""]))
        words = ["-shared"] if kind == "library" else []
        words += [f"-Wl,-soname,{soname}"] if soname else []
        if rpath or runpath:
            words += [f"-Wl,-rpath,{rpath or runpath}", f"-Wl,--{'disable' if rpath else 'enable'}-new-dtags"]
        _gcc(folder, *words, *_script(folder, "it", defines), *flags, "-Wl,--no-as-needed", "-o", "it", "it.c", *others)
        return (folder / "it").read_bytes()


def _other(folder: Path, number: int, soname: str, versions: list[str]) -> str:
    (folder / f"{number}.c").write_text(_definitions(versions))
    _gcc(folder, "-shared", f"-Wl,-soname,{soname}", *_script(folder, str(number), versions), "-o", f"{number}.so", f"{number}.c")
    return f"{number}.so"


def _script(folder, name, versions):
    if not versions:
        return ()
    (folder / f"{name}.map").write_text("".join(f"{one} {{ global: {_symbol(one)}; }};\n" for one in versions))
    return (f"-Wl,--version-script={name}.map",)


def _definitions(versions):
    return "".join(f"int {_symbol(one)}(void) {{ return 0; }}\n" for one in versions)


def _symbol(version):
    return "of_" + version.replace(".", "_")


def _gcc(folder, *words):
    argv = ["gcc", "-nostdlib", "-nostartfiles", "-fPIC", *words]
    subprocess.run(argv, cwd=folder, check=True, capture_output=True, timeout=60)


def library(soname, *needs, **more):
    return elf("library", soname=soname, needs=needs, **more)


def program(*needs, **more):
    return elf("program", needs=needs, **more)


def libc(*versions):
    """A C library that defines these versions."""
    return elf("library", soname="libc.so.6", defines=versions)
