"""The program that compiles an image's Python files, run on a small tree."""

from __future__ import annotations

import importlib.util
import os
import py_compile
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import builder
from builder.bytecode import _changed as changed
from builder.bytecode import compile_changed, compile_missing
from builder.errors import Error

PROGRAM = Path(builder.__file__).with_name("compile_bytecode.py")
UNCHECKED = (1).to_bytes(4, "little")      # PEP 552: bytes 4 to 8


@pytest.fixture
def tree(tmp_path):
    files = {
        "opt/v/lib/site-packages/good.py": "x = 1\n", "opt/v/lib/site-packages/pkg/sub.py": "def f(): return 'f'\n",
        "opt/v/lib/site-packages/bad.py": "print 'of Python 2'\n", "usr/lib/dist-packages/dist.py": "y = 2\n",
        "usr/lib/tool/compiled.py": "z = 3\n", "usr/share/plain/script.py": "w = 4\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    cache = tmp_path / "usr/lib/tool/__pycache__"
    cache.mkdir()
    (cache / f"compiled.{sys.implementation.cache_tag}.pyc").write_bytes(b"stale")
    (cache / "removed.cpython-39.pyc").write_bytes(b"stale")
    (cache / "data.txt").write_text("kept")
    return tmp_path


def program(*arguments, seed="0", check=True):
    """Run the program; its top is always a folder of the test's own, as it removes and writes files below it."""
    assert not {"--all=/", "--missing=/", "--adopt=/"} & set(arguments)
    return subprocess.run([sys.executable, "-IS", str(PROGRAM), *arguments], env={"PYTHONHASHSEED": seed}, check=check,
                          timeout=30,
                          capture_output=True)


def compiled(tree, seed="0", mode="all"):
    program(f"--{mode}={tree}", seed=seed)
    return bytecode(tree)


def bytecode(tree):
    return {path.name.partition(".")[0]: path.read_bytes() for path in tree.rglob("*.pyc") if path.is_file()}


def listed(tree, *paths):
    """Compile the named files of a tree."""
    names = tree.parent / f"{tree.name}.list"
    names.write_bytes(b"".join(os.fsencode(tree / path) + b"\0" for path in paths))
    program(f"--list={names}")
    return bytecode(tree)


def test_packages_and_what_was_compiled_before_are_compiled_and_nothing_else(tree):
    assert set(compiled(tree)) == {"good", "sub", "dist", "compiled"}


def test_no_bytecode_is_ever_checked(tree):
    assert {data[4:8] for data in compiled(tree).values()} == {UNCHECKED}


def test_a_second_run_makes_the_same_bytes(tree):
    first = compiled(tree)
    for path in tree.rglob("*.py"):
        os.utime(path, (1, 1))
    assert compiled(tree, seed="77") == first


def test_other_files_of_a_cache_folder_stay(tree):
    compiled(tree)
    assert (tree / "usr/lib/tool/__pycache__/data.txt").read_text() == "kept"


def test_what_cannot_be_compiled_is_left_without_bytecode_and_in_peace(tree):
    folder = tree / "opt/v/lib/site-packages"
    (folder / "nul.py").write_bytes(b"x = '\0'\n")
    (folder / "latin.py").write_bytes(b"x = '\xff'\n")
    (folder / "deep.py").write_text("x = " + "(" * 500 + ")" * 500)
    (folder / "link.py").symlink_to("good.py")
    (folder / "dangling.py").symlink_to("nowhere.py")
    (folder / "folder.py").mkdir()
    os.mkfifo(folder / "fifo.py")
    assert set(compiled(tree)) == {"good", "sub", "dist", "compiled"}


def test_links_are_not_followed_out_of_the_tree(tree, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "other.py").write_text("x = 1\n")
    (tree / "opt/v/lib/site-packages/linked").symlink_to(outside)
    compiled(tree)
    assert [path.name for path in outside.iterdir()] == ["other.py"]


def test_a_file_is_compiled_alike_whatever_was_compiled_before(tree):
    folder = tree / "opt/v/lib/site-packages"
    (folder / "late.py").write_text("def f(name='shared', *, other=('shared', 'interned')): return {'shared': name}\n")
    alone = compiled(tree)["late"]
    (folder / "early.py").write_text("shared = 'shared'; interned = 'interned'; late = f = name = other = 1\n")
    assert compiled(tree)["late"] == alone


@pytest.mark.parametrize("arguments",
                         [[], ["/nowhere"], ["--all"], ["--missing"], ["--list"], ["--all="], ["--missing="], ["--adopt="],
                          ["--list="], ["--everything=/nowhere"], ["-a=/nowhere"], ["--all=/nowhere", "--all=/nowhere"]], ids=str)
def test_a_folder_is_never_guessed(arguments):
    assert program(*arguments, check=False).returncode == 2


SITE = "opt/v/lib/site-packages"
SOURCES = [f"{SITE}/good.py", f"{SITE}/pkg/sub.py", f"{SITE}/bad.py", "usr/lib/dist-packages/dist.py", "usr/lib/tool/compiled.py",
           "usr/share/plain/script.py"]


def test_the_bytes_are_the_same_by_whichever_way_they_are_made(tree):
    whole = compiled(tree)
    for way in (lambda: listed(tree, *SOURCES), lambda: [listed(tree, path) for path in reversed(SOURCES)][-1],
                lambda: compiled(tree, mode="missing"), lambda: compiled(tree)):
        for path in tree.rglob("*.pyc"):
            path.unlink()
        assert way() == whole


def by_time(tree, path):
    """Let a source have bytecode that is checked by time and size, with a mark in it; its file."""
    made = Path(py_compile.compile(str(tree / path), invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP))
    made.write_bytes(made.read_bytes() + b"brought")
    return made


def test_good_bytecode_that_a_base_brought_is_bound_anew_and_else_as_it_was(tree):
    brought = by_time(tree, SOURCES[0])
    brought.chmod(0o640)
    other = tree / "other name"
    other.hardlink_to(brought)
    before = brought.read_bytes()
    found = compiled(tree, mode="adopt")
    assert set(found) == {"good", "sub", "dist", "compiled"}
    assert found["good"][16:] == before[16:]
    assert found["good"][:16] == before[:4] + UNCHECKED + importlib.util.source_hash((tree / SOURCES[0]).read_bytes())
    assert stat.S_IMODE(brought.stat().st_mode) == 0o640
    assert other.read_bytes() == before
    assert compiled(tree, mode="missing") == found == compiled(tree, mode="adopt")
    assert not list(tree.rglob("*.part"))


@pytest.mark.parametrize("spoil", [
    lambda source, made: os.utime(source, (5, 5)), lambda source, made: source.write_text("x = 'of another size'\n"),
    lambda source, made: made.write_bytes(b"\0\0\0\0" + made.read_bytes()[4:]), lambda source, made: made.write_bytes(b"short"),
    lambda source, made: made.write_bytes(made.read_bytes()[:4] + b"\3" + made.read_bytes()[5:]),
    lambda source, made: made.rename(made.with_name("data")) and made.symlink_to("data"),
], ids=["time", "size", "magic", "short", "flags", "link"])
def test_bytecode_that_was_not_good_is_compiled(tree, spoil):
    source = tree / SOURCES[0]
    spoil(source, by_time(tree, SOURCES[0]))
    assert b"brought" not in compiled(tree, mode="adopt")["good"]


def test_a_file_that_changed_is_compiled_again_by_whichever_way(tree):
    whole = compiled(tree)
    for number, way in enumerate((lambda: listed(tree, SOURCES[0]), lambda: compiled(tree, mode="missing"),
                                  lambda: compiled(tree))):
        (tree / SOURCES[0]).write_text(f"x = 'changed {number}'\n")
        assert b"changed %d" % number in way()["good"]
        assert {name: data for name, data in bytecode(tree).items() if name != "good"} == {
            name: data for name, data in whole.items() if name != "good"}


def test_only_what_is_listed_is_compiled(tree):
    assert set(listed(tree, f"{SITE}/good.py", "usr/share/plain/script.py", f"{SITE}/nowhere.py", f"{SITE}/no/such/file.py")) == {
        "good", "compiled", "removed"}      # the last two are the stale ones


def test_what_is_fresh_is_not_written_again(tree):
    compiled(tree)
    before = {path: path.stat().st_ino for path in tree.rglob("*.pyc")}
    compiled(tree, mode="missing")
    assert {path: path.stat().st_ino for path in tree.rglob("*.pyc")} == before


@pytest.mark.parametrize("spoil", [
    lambda data: b"", lambda data: data[:10], lambda data: b"\0\0\0\0" + data[4:], lambda data: data[:4] + bytes(4) + data[8:],
    lambda data: data[:4] + b"\3\0\0\0" + data[8:], lambda data: data[:8] + bytes(8) + data[16:]],
    ids=["empty", "cut", "of another Python", "checked by time", "checked by hash", "of another text"])
def test_bytecode_that_could_be_stale_counts_as_missing(tree, spoil):
    whole = compiled(tree)
    path = next(tree.rglob("good.*.pyc"))
    path.write_bytes(spoil(path.read_bytes()))
    assert compiled(tree, mode="missing") == whole


ORPHANS = [f"{SITE}/__pycache__/gone.cpython-311.pyc", f"{SITE}/__pycache__/good.cpython-35.pyc", f"{SITE}/__pycache__/good.pyc",
           f"{SITE}/__pycache__/good.{sys.implementation.cache_tag}.opt-1.pyc", f"{SITE}/__pycache__/.pyc"]


@pytest.mark.parametrize("mode", ["all", "missing"])
@pytest.mark.parametrize("orphan", ORPHANS)
def test_bytecode_of_no_source_is_removed(tree, mode, orphan):
    whole = compiled(tree)
    (tree / orphan).write_bytes(b"planted")
    assert compiled(tree, mode=mode) == whole
    assert not (tree / orphan).exists()


def test_the_bytecode_of_a_removed_source_goes_when_it_is_listed(tree):
    compiled(tree)
    (tree / SITE / "good.py").unlink()
    assert "good" not in listed(tree, f"{SITE}/good.py")
    (tree / SITE / "pkg/sub.py").unlink()
    assert "sub" not in compiled(tree, mode="missing")


NAMES = ["a b.py", "a\nb.py", "-x.py", "--all=.py", "é.py", "$(touch pwned).py", "a.b.py", ".py", "..py", "__init__.py",
         "x.pyc.py", "'.py"]


@pytest.mark.parametrize("name", [*NAMES, os.fsdecode(b"\xff.py")], ids=range(len(NAMES) + 1))
def test_files_and_folders_of_any_name_are_compiled_alike(tree, name):
    for place in (tree / SITE / name, tree / SITE / f"folder {name}" / "inner.py"):
        place.parent.mkdir(exist_ok=True)
        place.write_text("x = 1\n")
    whole = compiled(tree)
    assert "inner" in whole
    for path in tree.rglob("*.pyc"):
        path.unlink()
    assert listed(tree, *SOURCES, f"{SITE}/{name}", f"{SITE}/folder {name}/inner.py") == whole


@pytest.mark.parametrize("way", [compiled, lambda tree: compiled(tree, mode="missing"),
                                 lambda tree: listed(tree, *SOURCES)], ids=["all", "missing", "list"])
@pytest.mark.parametrize("plant", [
    lambda cache: (cache / "x.pyc").mkdir(), lambda cache: (cache / f"good.{sys.implementation.cache_tag}.pyc").mkdir(),
    lambda cache: (cache / "x.pyc").symlink_to("/nowhere"), lambda cache: (cache / "x.pyc").symlink_to("/"),
    lambda cache: os.mkfifo(cache / "x.pyc"), lambda cache: [cache.rmdir(), cache.write_text("a file")],
    lambda cache: [cache.rmdir(), cache.symlink_to("/nowhere")], lambda cache: [cache.rmdir(), cache.symlink_to("pkg")],
    lambda cache: [cache.rmdir(), os.mkfifo(cache)], lambda cache: cache.chmod(0o500),
], ids=["folder", "folder in its place", "dangling", "link", "fifo", "file", "linked nowhere", "linked folder", "fifo for all",
        "closed"])
def test_whatever_stands_among_the_bytecode_the_rest_is_compiled(tree, way, plant):
    (tree / SITE / "__pycache__").mkdir()
    plant(tree / SITE / "__pycache__")
    assert {"sub", "dist", "compiled"} <= set(way(tree))


def test_a_link_for_the_bytecodes_folder_empties_nothing(tree, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    for name in ("good.cpython-39.pyc", "other.pyc"):
        (outside / name).write_bytes(b"kept")
    (tree / SITE / "__pycache__").symlink_to(outside)
    for way in (compiled, lambda tree: compiled(tree, mode="missing"), lambda tree: listed(tree, *SOURCES)):
        way(tree)
        assert {"good.cpython-39.pyc", "other.pyc"} <= {path.name for path in outside.iterdir()}


def test_the_changed_sources_of_a_layer_are_those_that_changed_or_whose_bytecode_did(root):
    for path in ("opt/a.py", "opt/__pycache__/b.cpython-311.pyc", "opt/__pycache__/c.pyc", "opt/other.txt", "opt/x.pyc",
                 "opt/é\n.py"):
        (root.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (root.folder / path).touch()
    (root.folder / "opt/link.py").symlink_to("a.py")
    (root.folder / "opt/folder.py").mkdir()
    assert set(changed(root)) == {"/opt/a.py", "/opt/b.py", "/opt/c.py", "/opt/é\n.py"}


class Recorded:
    """A container that only remembers what it should run."""

    def __init__(self, tree, code=0):
        self.tree, self.code, self.ran = tree, code, []

    def run(self, command, *, env, bind):
        self.ran.append((command, dict(env), {path.name: path.read_bytes() for path in bind.iterdir()}))
        return self.code


@pytest.fixture
def container(root):
    (root.folder / "usr/bin").mkdir(parents=True)
    (root.folder / "usr/bin/python3").symlink_to("python3.11")
    (root.folder / "usr/bin/python3.11").touch()
    (root.folder / "opt").mkdir()
    return Recorded(root.folder)


@pytest.mark.parametrize(("which", "files", "argument", "listed"), [
    ("all", [], "--all=/", None), ("adopt", ["a.py"], "--adopt=/", None),
    ("all", ["a.py"], "--all=/", None), ("none", ["a.py"], None, None),
    ("changed", [], None, None), ("changed", ["b.py", "a.py"], "--list=/certify/changed", b"/opt/a.py\0/opt/b.py\0"),
    ("changed", ["other"], None, None)])
def test_a_layer_is_compiled_as_far_as_it_changed(container, tmp_path, which, files, argument, listed):
    upper = tmp_path / "upper"
    (upper / "opt").mkdir(parents=True)
    for name in files:
        (upper / "opt" / name).touch()
    compile_changed(container, {"A": "1"}, upper, tmp_path, which)
    wanted = [] if argument is None else [(("/usr/bin/python3", "-IS", "/certify/compile_bytecode.py", argument), {"A": "1"})]
    assert [(command, env) for command, env, _ in container.ran] == wanted
    for _, _, bound in container.ran:
        assert bound == {"compile_bytecode.py": PROGRAM.read_bytes(), **({"changed": listed} if listed else {})}


@pytest.mark.parametrize("link", [None, "/nowhere", "python3", "../../../../../../usr/bin/nothing"])
def test_a_tree_without_a_python_is_left_alone(container, tmp_path, link):
    python = container.tree / "usr/bin/python3"
    python.unlink()
    if link:
        python.symlink_to(link)
    compile_missing(container, {}, tmp_path)
    compile_changed(container, {}, tmp_path, tmp_path, "all")
    assert container.ran == []


def test_a_python_that_fails_at_the_end_is_told_with_its_code(container, tmp_path):
    container.code = 7
    with pytest.raises(Error, match=r"cannot compile its own files \(exit code 7\)") as caught:
        compile_missing(container, {}, tmp_path)
    assert "/usr/bin/python3" in caught.value.hint
