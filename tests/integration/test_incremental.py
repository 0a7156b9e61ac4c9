"""Only what is needed: what a change makes again, what it leaves, what --explain says of it, and a shell where it broke."""

from __future__ import annotations

import os
import pty
import re
import select
import time

import pytest
from conftest import COMMAND

STEPS = """\
steps:
  - {{name: first, run: "mkdir -p /opt/x && date +%s%N > /opt/x/made"}}
  - {{name: last, run: "echo {last} > /opt/x/last"}}
"""


@pytest.fixture(scope="module")
def place(make_certify):
    certify = make_certify()
    certify.recipe("layered", STEPS.format(last="one"))
    certify("build", "recipes/layered", check=0)
    return certify


def stages(done):
    """The stages that a build went through."""
    return [" ".join(line.split()[1:-2]) for line in done.stderr.splitlines() if re.search(r"\d s( |$)", line)]


def build(place):
    return place("build", "recipes/layered", check=0)


def test_nothing_changed_and_nothing_is_built(place):
    assert "up to date" in build(place).stdout
    assert "layered:1-1  up to date\n" in place("build", "recipes/layered", "--explain", check=0).stdout


@pytest.mark.parametrize("text", ["tests: [{run: 'true'}]\n", "host_libraries: [mpich]\n"])
def test_what_does_not_reach_the_bytes_builds_nothing(place, text):
    place.recipe("layered", STEPS.format(last="one") + text)
    assert "up to date" in build(place).stdout


def test_a_change_in_the_last_step_makes_only_that_step_again(place):
    place.recipe("layered", STEPS.format(last="two"))
    told = place("build", "recipes/layered", "--explain", check=0).stdout
    assert "would be built again" in told
    assert "steps[1]" in told
    assert "made again from: step 2" in told
    done = build(place)
    assert "step: last" in done.stderr
    assert "step: first" not in done.stderr      # its clock would tell another time
    assert "bytecode" not in done.stderr


def test_a_missing_image_is_packed_from_the_layers(place):
    [image] = place.folder.glob("out/layered/*/image.squashfs")
    before = image.read_bytes()
    image.unlink()
    done = build(place)
    assert "step:" not in done.stderr
    assert image.read_bytes() == before


def test_a_shell_opens_where_a_step_broke(place):
    place.recipe("breaks", 'steps: [{name: breaks, run: "mkdir /opt/half && echo broken > /opt/half/way; exit 9"}]\n')
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(place.folder)
        os.execve(COMMAND[0], [*COMMAND, "build", "recipes/breaks", "--shell-on-failure"], place.env)
    said, asked, end = b"", False, time.monotonic() + 120
    while time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            try:
                said += os.read(terminal, 4096)
            except OSError:     # the terminal's other side is closed
                break
        if not asked and b"This is a shell" in said and said.rstrip().endswith(b"#"):
            os.write(terminal, b"cat /opt/half/way; echo $((40 + 2)); exit\n")
            asked = True
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert b"broken\r\n42\r\n" in said
    assert b"step 'breaks' failed with exit code 9" in said


def test_without_a_terminal_the_shell_is_a_usage_error(place):
    done = place("build", "recipes/layered", "--shell-on-failure", check=2)
    assert "needs a terminal" in done.stderr
