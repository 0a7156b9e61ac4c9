"""A plan and an answer about a path, as people and as programs get them."""

from __future__ import annotations

import json

import pytest

from builder.rootfs import Root
from certify.cli import places
from certify.sandbox import levels, shown
from certify.sandbox.machine import Machine


@pytest.fixture
def told(planned, tmp_path, capsys):
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "evil\x1b[2J").mkdir()
    machine = Machine(environment={"EVIL": "\x1b[2J\n", "LD_X": "1"}, open=True, folders=frozenset({"/tmp"}))
    root = Root(tmp_path)
    made = planned(*levels.read(root), machine=machine, command=("python3", "-c", "x"), workdir="/tmp")

    def tell(path=None, *, as_json=False):
        places.show(shown.as_json(made, root, path), as_json=as_json, answer=path is not None)
        return capsys.readouterr().out
    return tell


def test_a_plan_says_what_runs_where_as_whom_and_every_path_and_variable_with_its_reason(told):
    lines = told().splitlines()
    assert lines[:4] == [
        "runs        python3 -c x", "in          /tmp",
        "as          user (61234), of user (61234); no privilege, and none to be had", "network     this machine's"]
    assert "  /bin -> usr/bin                     link               a link of the image" in lines
    assert "  /tmp                                machine, writable  this machine's, as the runtime shows it" in lines
    assert "  PATH=/opt/tool/bin                  set by the image" in lines
    assert "  LD_X                                the runtime is a setuid program, and the loader strips it" in lines


def test_nothing_of_an_image_or_an_environment_steers_the_terminal(told):
    assert "\x1b" not in told()
    assert "  /evil\\x1b[2J                        the runtime drops names with such characters" in told().splitlines()
    assert "\x1b" not in told("/evil\x1b[2J")


@pytest.mark.parametrize(("path", "lines"), [
    ("/bin/x", ["/bin        a link to usr/bin", "/usr/bin/x  nothing",
                "  why       /usr has nothing of that name: a folder of the image, read-only"]),
    ("/usr", ["/usr        image", "  why       a folder of the image, read-only", "  from      the image's /usr"]),
    ("/tmp/x", ["/tmp/x      what is there on this machine, at /tmp",
                "  why       lies in /tmp: this machine's, as the runtime shows it", "  from      /tmp"])])
def test_an_answer_is_short(told, path, lines):
    assert told(path).splitlines() == lines


@pytest.mark.parametrize("path", [None, "/usr/bin"])
def test_both_are_one_json_object(told, path):
    found = json.loads(told(path, as_json=True))
    assert (found["version"], len(found["results"])) == (1, 1)
