"""What is shown while images are made: on a terminal a line for each, elsewhere a line for each stage."""

from __future__ import annotations

import io
import sys
import threading
import time
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from builder.errors import Fault, StepFailed
from builder.progress import Stage
from certify.cli import drawing, several
from certify.cli.board import Board
from certify.cli.screen import Screen
from certify.graph import Item


def board_of(*names):
    made = Board()
    for name in names:
        made.add(name, name)
    return made


def soon(condition):
    """Whether something comes to hold within some seconds: another thread draws."""
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def drawn(board, width=80, height=25, **options):
    console = Console(file=io.StringIO(), record=True, width=width, height=height, force_terminal=True, **options)
    console.print(drawing.Drawing(board))
    return console


def lines(board, **options):
    return [line.rstrip() for line in drawn(board, **options).export_text().splitlines()]


@pytest.fixture
def several_at_work():
    board = board_of("base", "child", "wide", "sick")
    board.rows["child"].doing = "waiting on base"
    base, wide, sick = (board.rows[name] for name in ("base", "wide", "sick"))
    base.begin()
    base.started("step: compile")
    base.line("gcc -c main.c")
    wide.begin()
    wide.end("done", "published", "277 MB")
    sick.begin()
    for number in range(30):
        sick.line(f"line {number}")
    sick.end("failed", "recipes/sick/recipe.yaml:9: step 'make' failed with exit code 2")
    return board


def test_a_line_for_each_image_says_what_it_does(several_at_work):
    shown = lines(several_at_work)
    assert shown[0].startswith("base")
    assert "step: compile: gcc -c main.c" in shown[0]
    assert shown[0].endswith(" s")
    assert "waiting on base" in shown[1]
    assert "published" in shown[2]
    assert "277 MB" in shown[2]
    assert "step 'make' failed" in shown[3]


def test_the_end_of_what_failed_stands_below_while_others_go_on(several_at_work):
    shown = lines(several_at_work)
    assert shown[4] == "sick failed:"
    assert shown[5:] == [f"  | line {number}" for number in range(15, 30)]
    several_at_work.rows["base"].end("done")
    several_at_work.rows["child"].end("done")
    assert len(lines(several_at_work)) == 4     # it is told in full when all have ended


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("height", [5, 10, 25])
def test_nothing_is_wider_or_higher_than_the_terminal(several_at_work, width, height):
    several_at_work.rows["base"].line("x" * 10_000)
    several_at_work.rows["sick"].doing = "y " * 300
    several_at_work.rows["sick"].tail.append("\u5bbd" * 300)
    for number in range(30):
        several_at_work.add(str(number), "a-very-long-name-of-an-image" + str(number))
    shown = drawn(several_at_work, width=width, height=height).export_text().splitlines()
    assert max(Text(line).cell_len for line in shown) <= width
    assert "step: comp" in shown[0]
    assert len(shown) <= height


def test_where_rows_find_no_room_what_runs_and_what_failed_stays(several_at_work):
    for number in range(30):
        several_at_work.add(str(number), f"later{number}")
    shown = lines(several_at_work, height=5)
    assert [line.split()[0] for line in shown] == ["base", "wide", "sick", "and"]
    assert shown[-1] == "and 31 waiting"


def test_control_characters_and_markup_do_nothing():
    board = board_of("a", "b")
    board.rows["a"].begin()
    board.rows["a"].line("\x1b[2J\x1b]0;title\x07[red]text[/red]\u202e")
    board.rows["b"].begin()
    board.rows["b"].line("\x1b[31mgone")
    board.rows["b"].end("failed", "bad\x1b[0m")
    text = drawn(board).export_text()
    assert "[red]text[/red]" in text
    for bad in ("\x1b[2J", "\x1b]0", "\x07", "\u202e", "\x1b[31mgone", "bad\x1b"):
        assert bad not in text


def test_no_colour_where_none_is_wanted(several_at_work, monkeypatch):
    def written():
        console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="standard")
        console.print(drawing.Drawing(several_at_work))
        return console.file.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[31m" in written()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in written()


def test_elsewhere_a_stage_is_a_line_as_it_ends(capsys):
    with Screen(title="hello") as screen:
        screen.started("lint")
        screen.line("noise")
        screen.done(Stage("lint", 1.25, "clean"))
        assert capsys.readouterr().err == f"{'hello':<14} {'lint':<32} {1.2:7.1f} s  clean\n"
    assert screen.stages == [Stage("lint", 1.25, "clean")]
    assert capsys.readouterr() == ("", "")


def test_elsewhere_control_characters_of_a_step_are_harmless_too(capsys):
    with Screen(title="hello") as screen:
        screen.done(Stage("step: \x1b[2J", 0.0, "a\x07\nb"))
    assert capsys.readouterr().err.rstrip().endswith(r"s  a\x07")


def test_an_interrupt_is_told(capsys):
    with pytest.raises(KeyboardInterrupt), Screen(title="hello"):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "hello: interrupted; nothing is left running or mounted\n"


def test_lines_of_several_threads_do_not_mix(capsys):
    board = board_of(*map(str, range(8)))

    def work(row):
        for number in range(100):
            row.done(Stage(f"stage {number}", 0.0))

    with board:
        threads = [threading.Thread(target=work, args=(row,)) for row in board.rows.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 800
    assert all(line.endswith("0.0 s") and "stage" in line for line in said)


@pytest.fixture
def terminal(monkeypatch):
    """Make standard error a terminal of 80 columns; gives what is written there. Within a test: each has its own stderr."""
    def make():
        file = io.StringIO()
        file.isatty = lambda: True
        monkeypatch.setattr(sys, "stderr", file)
        return file

    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "25")
    monkeypatch.setenv("TERM", "xterm")
    return make


def test_on_a_terminal_one_image_tells_its_stages_and_its_last_line(terminal):
    file = terminal()
    with Screen(title="hello") as screen:
        screen.started("step: make")
        screen.line("gcc -c main.c")
        assert soon(lambda: "step: make: gcc -c main.c" in file.getvalue())
        screen.done(Stage("step: make", 1.0, "n" * 200))
    [stage] = [line for line in file.getvalue().splitlines() if "nnn" in line]
    assert "\u2026" in stage


def test_on_a_terminal_several_rows_stay_and_threads_may_tell_at_once(terminal):
    file = terminal()
    board = board_of("a", "b")

    def work(row):
        row.begin()
        for number in range(300):
            row.started(f"stage {number}")
            row.line(f"output {number}")
            row.done(Stage(f"stage {number}", 0.0))
        row.end("done", "built", "1.0 MB")

    with board:
        threads = [threading.Thread(target=work, args=(row,)) for row in board.rows.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    last = file.getvalue().rpartition("\x1b[2K")[2].splitlines()     # what was drawn last, and stays
    assert len([line for line in last if "built" in line and "1.0 MB" in line]) == 2


def test_a_pause_stops_the_drawing_until_the_row_goes_on(terminal):
    file = terminal()
    board = board_of("a", "b")
    with board:
        board.rows["a"].paused()
        before = file.getvalue()
        board.rows["b"].started("other")
        time.sleep(0.3)
        assert file.getvalue() == before
        board.rows["a"].started("next")
        assert soon(lambda: "next" in file.getvalue()[len(before):])


def test_a_dumb_terminal_gets_plain_lines(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    file = terminal()
    with Screen(title="hello") as screen:
        screen.done(Stage("lint", 0.0))
    assert file.getvalue() == f"{'hello':<14} {'lint':<32} {0.0:7.1f} s\n"


class Made:
    size, status = 2_000_000, "built"

    def __init__(self, name):
        self.name = name

    def as_json(self):
        return {"name": self.name, "status": self.status}


@pytest.fixture
def outcomes(monkeypatch, capsys):
    """Make items whose work is given by label; gives the outcomes and what was said meanwhile."""
    from certify import graph

    def make(*items, **errors):
        monkeypatch.setattr(graph, "order", lambda paths: items)

        def work(item, progress):
            progress.done(Stage("lint", 0.0))
            if item.label in errors:
                raise errors[item.label]
            return Made(item.label)

        found = several.run([], work, 1)
        return found, capsys.readouterr().err

    return make


def item(label, *parents):
    return Item(key=label, label=label, path=Path("recipes", label), parents=parents)


def test_every_error_is_told_and_the_worst_code_is_the_programs(outcomes, capsys):
    import typer

    failed = StepFailed("make", 2, where="r.yaml:9", tail="one\x1b\ntwo", log="build.log")
    other = StepFailed("x", 1, where="y", tail="", log="z")
    found, said = outcomes(item("a"), item("b", "a"), item("c"), item("d"), a=failed, d=other)
    assert sorted(line.split()[0] + line.split()[1] for line in said.splitlines()) \
        == ["afailed", "alint", "bfailed", "cdone", "clint", "dfailed", "dlint"]
    with pytest.raises(typer.Exit) as caught:
        several.finish(found, as_json=False, show=lambda made: print(made.name))
    out, err = capsys.readouterr()
    assert (caught.value.exit_code, out) == (1, "c\n")
    assert "  | one\\x1b\n  | two\nerror: a: r.yaml:9: step 'make' failed" in err
    assert "error: b: not built: its base a failed" in err
    assert "error: d: y: step 'x' failed" in err


def test_json_tells_what_failed_beside_what_did_not(outcomes, capsys):
    import json

    import typer

    found, _ = outcomes(item("a"), item("c"), a=Fault("bad", hint="mend it"))
    with pytest.raises(typer.Exit):
        several.finish(found, as_json=True, show=print)
    results = json.loads(capsys.readouterr().out)["results"]
    assert results == [{"recipe": "recipes/a", "name": "a", "status": "failed", "error": "bad", "hint": "mend it"},
                       {"name": "c", "status": "built"}]


def test_all_well_is_no_exit(outcomes, capsys):
    found, _ = outcomes(item("a"))
    several.finish(found, as_json=False, show=lambda made: print(made.name))
    assert capsys.readouterr() == ("a\n", "")
