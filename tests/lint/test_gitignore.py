"""What git ignores, held against git itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certify.lint.gitignore import ignored, read
from tests.tools import need

ENV = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C"}


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    """A repository with a folder in a folder, and some files in each."""
    need("git")
    top = tmp_path_factory.mktemp("ignored")
    git("init", "-q", str(top), cwd=top)
    for folder in FOLDERS:
        (top / folder).mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (top / folder / name).write_text("")
    return top


FOLDERS = ("", "a", "a/b", "b", "b/a")
FILES = ("x", "ab.c", "a b", "[a]", "-", "\\", "é", "!x", "#x", "aa]", "x ")
PATHS = [Path(folder) / name for folder in FOLDERS for name in FILES]


def git(*words: str, cwd: Path, data: bytes = b"") -> bytes:
    done = subprocess.run([str(shutil.which("git")), *words], cwd=cwd, env=ENV, input=data, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def by_git(top: Path) -> set[str]:
    given = b"\0".join(os.fsencode(path) for path in [*PATHS, *map(Path, FOLDERS[1:])])
    told = git("check-ignore", "--no-index", "-z", "--stdin", cwd=top, data=given)
    return {os.fsdecode(name) for name in told.split(b"\0") if name}


def by_us(top: Path) -> set[str]:
    """As the search goes: what is below an ignored folder is, too."""
    found: set[str] = set()
    outer = read(str(top / ".git/info/exclude"), 0) + read(str(top / ".gitignore"), 0)
    for path in [*map(Path, FOLDERS[1:]), *PATHS]:
        rules = outer + (read(str(top / "a/.gitignore"), 1) if path.parts[0] == "a" and len(path.parts) > 1 else ())
        is_folder = str(path) in FOLDERS
        above = any(str(parent) in found for parent in path.parents)
        if above or ignored(rules, path.parts, folder=is_folder):
            found.add(str(path))
    return found


def both(top: Path, text: str, inner: str = "", exclude: str = "") -> tuple[set[str], set[str]]:
    (top / ".gitignore").write_bytes(text.encode())
    (top / "a/.gitignore").write_bytes(inner.encode())
    (top / ".git/info/exclude").write_bytes(exclude.encode())
    return by_us(top), by_git(top)


@pytest.mark.parametrize("text", [
    "x", "/x", "a/x", "a/", "a/*", "a/**", "**/x", "a/**/x", "/a/b", "*\n!x", "*\n!*/\n!x", "a\n!a/x", "*.c", "a*b", "?",
    "[ab]", "[!ab]", "[^a-b]", "[a-]", "[]a]", "a[[]", "\\[a\\]", "[[]a]", "\\#x", "\\!x", "#x", "x\\ ", "x  ", "x\\  ", "x\r",
    "a b", "\\\\", "\\", "[", "[a", "[!", "[[:alpha:]]", "[[:punct:]]", "[[:none:]]", "[[:", "**", "***", "a/***/x", "/", "//",
    "//a", "a//b", "a//", "!", "/**", "**/", "/*/", "é", "??", "[é]", "\ufeffx", "b\\/a", "[a/b]", "a[/]b", "b/a/\n!b/a/x",
    "aa[]]", "aa\\]", "*/x", "**/a/**", "a/**/**/x", "*b.[a-c]", "*a*b*", "[b-a]", "[\\]]", "[a\\-z]", "\\x", "a**b.c"])
def test_lines_that_people_write(work, text):
    ours, theirs = both(work, text + "\n")
    assert ours == theirs
    ours, theirs = both(work, "", text + "\n", "x\n")
    assert ours == theirs


def test_the_nearest_file_has_the_last_word(work):
    ours, theirs = both(work, "!x\nab.c\n", "x\n!ab.c\n", "x\n-\n")
    assert ours == theirs
    assert "a/x" in ours and "x" not in ours and "a/ab.c" not in ours and "b/ab.c" in ours and "-" in ours


PIECE = st.sampled_from(["a", "b", "x", ".c", "*", "**", "?", "/", "/", "[ab]", "[!a]", "[a-c]", "[[:alpha:]]", "\\", " ", "!",
                         "#", "]", "[", "-", "^", "é", "ab", "/**/", "**/", "/**"])
# What starts with letters and goes on with ** git reads otherwise than gitignore(5) says, since it compares the letters apart;
# and it takes the slash of **\/ for a letter.
LINE = st.tuples(st.sampled_from(["", "", "!", "/", "#"]), st.lists(PIECE, max_size=7).map("".join)).map("".join).filter(
    lambda line: not re.search(r"[^/*]\*\*|\*\\/", line.removeprefix("!")))
TEXT = st.lists(LINE, max_size=6).map("\n".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT, TEXT, TEXT)
def test_any_lines(work, text, inner, exclude):
    ours, theirs = both(work, text, inner, exclude)
    assert ours == theirs


def test_lines_made_to_hurt_cost_little(tmp_path):
    file = tmp_path / ".gitignore"
    start = time.process_time()
    for text in ("*a" * 2000 + "b", "a/" * 2000 + "**/" * 600 + "b", "**/a/" * 800 + "b", "[" * 200_000, " " * 250_000 + "x",
                 "x" + "\\" * 250_000 + " ", "[[:alpha:]" * 400, "*?\n" * 80_000, "[a-" * 1000, "!" * 200_000, "\n" * 250_000):
        file.write_text(text)
        rules = read(str(file), 0)[:2000]
        ignored(rules, ["a" * 255] * 16, folder=True)
    assert time.process_time() - start < 5
    assert read(str(tmp_path), 0) == read(str(tmp_path / "none"), 0) == ()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(file)
    assert read(str(tmp_path / "pipe"), 0) == read(str(tmp_path / "link"), 0) == ()
