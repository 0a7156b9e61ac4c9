"""The one door to other programs, with real ones."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from builder import process
from builder.errors import ToolFailed, ToolMissing


def sh(text):
    return ("/bin/sh", "-c", text)


def dies(pid):
    """Whether a process is gone, or a zombie, within two seconds."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


def test_run_tells_stdout_and_stderr_apart():
    assert process.run(sh("echo out; echo err >&2")) == process.Completed(0, "out\n", "err\n")


@pytest.mark.parametrize(("text", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 137), ("kill -15 $$", 143)])
def test_the_exit_code_is_the_programs_or_128_and_its_signal(text, code):
    assert process.run(sh(text), check=False).code == code
    assert process.stream(sh(text), lambda line: None, check=False) == code
    assert process.attached(sh(text), env=process.CLEAN) == code


def test_a_failure_carries_the_end_of_what_was_said():
    with pytest.raises(ToolFailed) as caught:
        process.run(sh("seq 1 100 >&2; exit 4"))
    assert (caught.value.code, caught.value.argv[0]) == (4, "/bin/sh")
    assert caught.value.tail.splitlines() == [str(number) for number in range(71, 101)]


def test_a_failure_that_says_nothing_on_stderr_shows_stdout():
    with pytest.raises(ToolFailed) as caught:
        process.run(sh("echo why; exit 1"))
    assert caught.value.tail == "why"


def test_a_failure_of_a_streamed_program_carries_its_tail():
    with pytest.raises(ToolFailed) as caught:
        process.stream(sh("echo one; echo two >&2; exit 1"), lambda line: None)
    assert caught.value.tail == "one\ntwo"


@pytest.mark.parametrize("start", [
    process.run, process.spawn, lambda argv: process.stream(argv, print), lambda argv: process.attached(argv, env={}),
], ids=["run", "spawn", "stream", "attached"])
def test_a_missing_tool_is_named_with_its_package(start, monkeypatch):
    monkeypatch.setattr(process, "PACKAGES", {"no-such-tool": "its-package"})
    with pytest.raises(ToolMissing, match="no-such-tool") as caught:
        start(("no-such-tool",))
    assert "apt-get install its-package" in caught.value.hint


def test_require_names_the_first_that_is_missing(program):
    program("tool-one", "")
    process.require("tool-one")
    with pytest.raises(ToolMissing, match="tool-two"):
        process.require("tool-one", "tool-two", "tool-three")


def test_a_tool_is_found_where_tools_are_even_with_an_empty_path(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    assert process.run(("sh", "-c", "echo here")).stdout == "here\n"


def test_nothing_of_the_callers_environment_enters(monkeypatch):
    monkeypatch.setenv("LEAK", "1")
    said = process.run(("env",)).stdout.splitlines()
    assert dict(line.split("=", 1) for line in said) == dict(process.CLEAN)


def test_a_program_that_takes_too_long_is_ended_with_124():
    begin = time.monotonic()
    assert process.run(sh("exec sleep 30"), timeout=0.1, check=False).code == 124
    assert time.monotonic() - begin < 5


def test_input_and_folder_are_given(tmp_path):
    assert process.run(sh("pwd; cat"), cwd=tmp_path, input="text").stdout == f"{tmp_path}\ntext"


def test_without_input_stdin_is_empty():
    assert process.run(("cat",), timeout=5).stdout == ""


def test_much_on_stderr_before_stdout_does_not_hang():
    done = process.run(sh("head -c 200000 /dev/zero | tr '\\0' e >&2; echo out"), timeout=10)
    assert (done.stdout, len(done.stderr)) == ("out\n", 200000)


def test_much_on_stderr_is_streamed_too():
    lines = []
    process.stream(sh("head -c 100000 /dev/zero | tr '\\0' e >&2; echo; echo out"), lines.append)
    assert lines[-1] == "out"
    assert sum(map(len, lines[:-1])) == 100000


def test_a_line_without_end_is_cut():
    lines = []
    process.stream(sh("head -c 40000 /dev/zero | tr '\\0' x"), lines.append)
    assert [len(line) for line in lines] == [process.MAX_LINE, process.MAX_LINE, 40000 - 2 * process.MAX_LINE]


@pytest.mark.parametrize(("limit", "lengths"), [(-1, [40_000, 1]), (30_000, [30_000, 10_000, 1])])
def test_a_line_is_as_long_as_its_reader_allows(limit, lengths):
    lines = []
    process.stream(sh("head -c 40000 /dev/zero | tr '\\0' x; echo; echo y"), lines.append, limit=limit)
    assert [len(line) for line in lines] == lengths


def test_lines_are_merged_in_the_order_of_their_writing():
    lines = []
    process.stream(sh("echo 1; echo 2 >&2; echo 3; printf 4"), lines.append)
    assert lines == ["1", "2", "3", "4"]


def test_bytes_that_are_no_text_are_shown_all_the_same():
    lines = []
    process.stream(sh("printf 'a\\377b\\n'"), lines.append)
    assert lines == ["a\ufffdb"]
    assert process.run(sh("printf 'a\\377b'")).stdout == "a\ufffdb"


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_an_exception_of_the_listener_kills_the_whole_group(kind):
    pids = []

    def listen(line):
        pids.extend(map(int, line.split()))
        raise kind

    begin = time.monotonic()
    with pytest.raises(kind):
        process.stream(sh("sleep 60 & echo $$ $!; wait"), listen)
    assert time.monotonic() - begin < 5
    assert len(pids) == 2
    assert all(map(dies, pids))


def test_a_handle_is_passed_only_where_it_is_meant(tmp_path):
    with (tmp_path / "file").open("w+") as file:
        number = file.fileno()
        text = sh(f"test -e /proc/self/fd/{number}")
        assert process.run(text, pass_fds=(number,), check=False).code == 0
        assert process.run(text, check=False).code == 1


@pytest.mark.parametrize("start", [
    process.run, process.spawn, lambda argv: process.stream(argv, print), lambda argv: process.attached(argv, env=process.CLEAN),
], ids=["run", "spawn", "stream", "attached"])
def test_a_program_dies_with_the_one_who_started_it(tmp_path, start):
    """The one who starts it is a child of ours, and ends by kill -9."""
    pid_file = tmp_path / "pid"
    child = os.fork()
    if child == 0:
        try:
            start(sh(f"echo $$ > {pid_file}; exec sleep 60"))
            time.sleep(60)
        finally:
            os._exit(1)
    while not (pid_file.exists() and pid_file.read_text()):
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    assert dies(int(pid_file.read_text()))


@pytest.mark.integration
def test_an_enclosed_program_is_the_first_of_its_namespace_and_has_no_network():
    text = "echo $$; cat /proc/net/dev | grep -c :; ls -d /proc/[0-9]* | wc -l"
    first, devices, processes = process.run(process.enclosed(sh(text))).stdout.split()
    assert (first, devices) == ("1", "1")
    assert int(processes) < 6
