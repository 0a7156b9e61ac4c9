"""What mending leaves of a file: all but its bytes, and never half of them; and what --diff gives to other programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.errors import Error
from certify.fix import diff, write
from tests.tools import needs

ORDINARY = 20001


def test_all_names_of_a_file_are_mended(tmp_path):
    file, other = tmp_path / "recipe.yaml", tmp_path / "other.yaml"
    file.write_text("old")
    other.hardlink_to(file)
    write(file, b"newer")
    assert other.read_bytes() == b"newer" and file.samefile(other)
    write(file, b"n")
    assert other.read_bytes() == b"n"
    assert len(list(tmp_path.iterdir())) == 2


def test_attributes_stay(tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_text("old")
    os.setxattr(file, "user.note", b"kept")
    write(file, b"new")
    assert file.read_bytes() == b"new" and os.getxattr(file, "user.note") == b"kept"


AS_ORDINARY = """
import os, sys
from pathlib import Path
from certify.fix import write
os.setgroups([]); os.setgid({user}); os.setuid({user})
os.chdir({folder!r})
try:
    write(Path("recipe.yaml"), b"new")
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="makes files of others")
@pytest.mark.parametrize(("owner", "group", "mode", "folder_mode", "said"), [
    (ORDINARY, 0, 0o664, 0o777, ""),            # a group that is not ours to give
    (ORDINARY, ORDINARY, 0o644, 0o755, ""),     # a folder that is not ours to change
    (ORDINARY, ORDINARY, 0o444, 0o777, "Permission denied"),
    (0, 0, 0o644, 0o777, "Permission denied"),
])
def test_files_that_an_ordinary_user_mends(open_folder, owner, group, mode, folder_mode, said):
    folder = open_folder / "r"
    folder.mkdir()
    folder.chmod(folder_mode)
    file = folder / "recipe.yaml"
    file.write_text("old")
    os.chown(file, owner, group)
    file.chmod(mode)
    probe = AS_ORDINARY.format(user=ORDINARY, folder=str(folder))
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert said in done.stdout and bool(said) == bool(done.stdout), done.stdout
    assert file.read_text() == ("old" if said else "new")
    assert (file.stat().st_uid, file.stat().st_gid, file.stat().st_mode & 0o7777) == (owner, group, mode)
    assert [path.name for path in folder.iterdir()] == ["recipe.yaml"]


NO_ROOM = """
import resource, signal, sys
from pathlib import Path
from certify.fix import write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write(Path(sys.argv[1]), b"n" * 5000)
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("linked", [False, True])
def test_without_room_the_file_stays_as_it_is(tmp_path, linked):
    file = tmp_path / "recipe.yaml"
    file.write_text("o" * 3000)
    if linked:
        (tmp_path / "other").hardlink_to(file)
    done = subprocess.run([sys.executable, "-c", NO_ROOM, file], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Error ") and "cannot be mended" in done.stdout
    assert file.read_text() == "o" * 3000
    assert len(list(tmp_path.iterdir())) == 1 + linked


def test_what_is_not_there_is_an_error(tmp_path):
    with pytest.raises(Error, match="cannot be mended"):
        write(tmp_path / "recipe.yaml", b"new")


@needs("patch", "git")
@pytest.mark.parametrize("name", ["recipe.yaml", "a b", "ü", "a\tb", "a\nb", 'a"b', "a\\b", '"x"', "a\udcffb"])
def test_other_programs_apply_the_diff(tmp_path, name):
    before, after = b"a\r\nb\x0cc\n\xe2\x80\xa8d\x85\n1.10", b"a\r\nb\x0cc\n\xe2\x80\xa8d\x85\n\"1.10\""
    text = "".join(diff(before, after, f"r/{name}")).encode("utf-8", "surrogateescape")
    for program in (["patch", "--binary", "-p0"], ["git", "apply", "-p0"]):
        folder = tmp_path / program[0]
        (folder / "r").mkdir(parents=True)
        file = os.path.join(os.fsencode(folder / "r"), os.fsencode(name))  # noqa: PTH118
        with open(file, "wb") as stream:  # noqa: PTH123
            stream.write(before)
        done = subprocess.run([shutil.which(program[0]), *program[1:]], cwd=folder, input=text, capture_output=True, check=False,
                              env={"GIT_CEILING_DIRECTORIES": str(tmp_path), "LC_ALL": "C"})
        assert done.returncode == 0, done.stdout + done.stderr
        with open(file, "rb") as stream:  # noqa: PTH123
            assert stream.read() == after


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["a", "\r", "\u2028", "\x85", "\x0c", "b"]), max_size=5).map("".join), st.booleans())
def test_a_diff_has_no_line_that_patch_does_not_know(text, ended):
    before = f"one\n{text}\ntwo\n{text}".encode() + b"\n" * ended
    lines = list(diff(before, b"zero\n" + before, "x"))
    assert all(line.endswith("\n") and line[0] in " +-@\\" for line in lines)
    assert "".join(line[1:] for line in lines[3:] if line[0] in " -").encode().startswith(b"one\n")
