"""The program that compiles an image's Python files, run on a small tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import builder

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


def compiled(tree, seed="0"):
    subprocess.run([sys.executable, "-IS", str(PROGRAM), str(tree)], env={"PYTHONHASHSEED": seed}, check=True, timeout=30)
    return {path.name.partition(".")[0]: path.read_bytes() for path in tree.rglob("*.pyc")}


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
