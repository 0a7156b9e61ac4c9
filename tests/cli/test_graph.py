"""Several recipes at once: each after what it stands on, and a failure stops only what stands on it."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder import process, running
from builder.errors import Error, Fault, RecipeError
from certify import crew, graph
from certify.crew import BaseFailed
from certify.graph import Item
from tests.texts import HEAD


@st.composite
def graphs(draw):
    """Items that stand on earlier ones, shuffled among the items that do not matter; and those that fail."""
    count = draw(st.integers(0, 12))
    parents = [draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set() for number in range(count)]
    failing = draw(st.sets(st.integers(0, max(0, count - 1)), max_size=3))
    unreadable = draw(st.sets(st.integers(0, max(0, count - 1)), max_size=1))
    items = [Item(key=str(number), label=f"i{number}", path=Path(str(number)), parents=tuple(map(str, sorted(above))),
                  error=Fault("unreadable") if number in unreadable else None) for number, above in enumerate(parents)]
    return items, {str(number) for number in failing if number < count}, draw(st.integers(1, 4))


def descendants(items, roots):
    below = set()
    for item in items:      # parents come first
        if below & set(item.parents) or roots & set(item.parents):
            below.add(item.key)
    return below


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_each_runs_once_after_its_parents_and_only_what_stands_on_a_failure_is_left_out(drawn):
    items, failing, jobs = drawn
    ended, begun, heard, most, lock = set(), Counter(), [], [0, 0], threading.Lock()

    def work(item):
        with lock:
            begun[item.key] += 1
            assert set(item.parents) <= ended
            most[0] += 1
            most[1] = max(most)
        try:
            if item.key in failing:
                raise Fault("failed")
            return item.key
        finally:
            with lock:
                most[0] -= 1
                ended.add(item.key)

    outcomes = crew.run(items, work, jobs=jobs, ended=lambda outcome: heard.append(outcome.item.key))
    bad = failing | {item.key for item in items if item.error}
    lost = descendants(items, bad)
    assert [outcome.item for outcome in outcomes] == items
    assert sorted(heard) == sorted(item.key for item in items)
    assert {outcome.item.key for outcome in outcomes if isinstance(outcome.error, BaseFailed)} \
        == {item.key for item in items if item.key in lost and not item.error}
    assert set(begun) == {item.key for item in items if item.key not in lost and not item.error}
    assert set(begun.values()) <= {1}
    assert most[1] <= jobs
    assert all(outcome.result == outcome.item.key for outcome in outcomes if outcome.error is None)


def chain(*labels):
    return [Item(key=label, label=label, path=Path(label), parents=tuple(labels[number - 1:number]))
            for number, label in enumerate(labels)]


def test_what_is_to_be_mended_is_named_however_far_above():
    def work(item):
        raise Error("no network")

    outcomes = crew.run(chain("a", "b", "c"), work, jobs=2)
    assert [str(outcome.error) for outcome in outcomes] \
        == ["no network", "not built: its base a failed", "not built: its base a failed"]
    assert [outcome.exit_code for outcome in outcomes] == [3, 1, 1]


def test_independent_items_run_at_the_same_time():
    meeting = threading.Barrier(2, timeout=10)
    items = [Item(key=name, label=name, path=Path(name)) for name in "ab"]
    assert all(outcome.error is None for outcome in crew.run(items, lambda item: meeting.wait(), jobs=2))


def test_a_full_disk_is_the_items_error():
    def work(item):
        raise OSError(28, "No space left on device", "/out/x")

    [outcome] = crew.run(chain("a"), work, jobs=1)
    assert (outcome.exit_code, str(outcome.error)) == (3, "/out/x: No space left on device")


def test_a_bug_in_one_ends_all_and_comes_out():
    begun = []

    def work(item):
        begun.append(item.key)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        crew.run([Item(key=str(number), label="", path=Path()) for number in range(50)], work, jobs=1)
    assert len(begun) < 50


def interrupt_when(condition):
    """Ctrl-C in the main thread, as soon as the condition holds."""
    def watch():
        deadline = time.monotonic() + 20
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    watcher = threading.Thread(target=watch)
    watcher.start()
    return watcher


def test_ctrl_c_ends_programs_lets_threads_clean_up_and_starts_nothing_more():
    cleaned, pids, begun = [], [], []

    def work(item):
        begun.append(item.key)
        try:
            process.stream(("/bin/sh", "-c", "sleep 60 & echo $$ $!; wait"), lambda line: pids.extend(map(int, line.split())))
        finally:
            cleaned.append(process.run(("/bin/echo", "clean")).stdout)

    items, begin = [Item(key=str(number), label="", path=Path()) for number in range(5)], time.monotonic()
    watcher = interrupt_when(lambda: len(pids) == 4)
    with pytest.raises(KeyboardInterrupt):
        crew.run(items, work, jobs=2)
    watcher.join()
    assert time.monotonic() - begin < 40     # not the minute that the programs would take
    assert sorted(begun) == ["0", "1"]
    assert cleaned == ["clean\n", "clean\n"]
    assert len(pids) == 4
    deadline = time.monotonic() + 5
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(alive, pids))


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_ctrl_c_ends_a_captured_program_too(tmp_path):
    watcher, begin = interrupt_when((tmp_path / "there").exists), time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        crew.run(chain("a"), lambda item: process.run(("/bin/sh", "-c", f"touch {tmp_path}/there; sleep 60")), jobs=1)
    watcher.join()
    assert time.monotonic() - begin < 40


def test_ctrl_c_reaches_a_thread_that_runs_no_program():
    begun = []

    def work(item):
        begun.append(item)
        while True:
            running.heed()
            time.sleep(0.01)

    watcher = interrupt_when(lambda: begun)
    with pytest.raises(KeyboardInterrupt):
        crew.run(chain("a"), work, jobs=1)
    watcher.join()


def test_an_interrupted_thread_starts_no_program_once():
    running.interrupt([threading.get_ident()])
    with pytest.raises(KeyboardInterrupt):
        process.run(("/bin/echo", "never"))
    assert process.run(("/bin/echo", "clean")).stdout == "clean\n"


@pytest.fixture
def recipes(tmp_path):
    """Write a recipe, and the one it stands on."""

    def write(name, base=None, text=""):
        folder = tmp_path / "recipes" / name
        folder.mkdir(parents=True, exist_ok=True)
        head = HEAD.replace("name: example", f"name: {name}")
        if base:
            head = head.replace("base: {debian: bookworm}", f'base: {{recipe: "{base}"}}')
        (folder / "recipe.yaml").write_text(head + text)
        return folder

    return write


def labels(items):
    return [item.label for item in items]


def test_parents_come_first_and_those_that_were_not_named_are_added(recipes):
    child, top, other = recipes("child", "middle"), recipes("top"), recipes("other")
    recipes("middle", "top:1.0-1")
    items = graph.order([child, other, child / "recipe.yaml", child])
    assert sorted(labels(items)) == ["child", "middle", "other", "top"]
    assert labels(items).index("top") < labels(items).index("middle") < labels(items).index("child")
    by_label = {item.label: item for item in items}
    assert by_label["child"].parents == (by_label["middle"].key,)
    assert by_label["top"].path == Path(f"{top}:1.0-1")
    assert not any(item.error for item in items)


def test_without_bases_the_order_is_the_callers(recipes):
    assert labels(graph.order([recipes(name) for name in ("c", "a", "b")])) == ["c", "a", "b"]


def test_a_circle_is_shown_and_others_go_on(recipes):
    paths = [recipes("a", "b"), recipes("b", "c"), recipes("c", "b"), recipes("d")]
    by_label = {item.label: item for item in graph.order(paths)}
    assert str(by_label["b"].error).endswith("it stands on itself: b -> c -> b")
    assert str(by_label["c"].error).endswith("it stands on itself: c -> b -> c")
    assert by_label["a"].error is None
    outcomes = crew.run(list(by_label.values()), lambda item: 1, jobs=1)
    assert {outcome.item.label for outcome in outcomes if outcome.error} == {"a", "b", "c"}


def test_a_recipe_that_stands_on_itself_is_a_circle(recipes):
    [item] = graph.order([recipes("a", "a")])
    assert str(item.error).endswith("a -> a")


def test_a_missing_parent_is_told_with_its_place(recipes):
    path = recipes("child", "nowhere")
    [item] = graph.order([path])
    assert isinstance(item.error, Fault)
    assert str(path.parent / "nowhere" / "recipe.yaml") in str(item.error)


def test_a_parent_of_another_tag_is_told(recipes):
    recipes("top")
    items = graph.order([recipes("child", "top:2.0-1")])
    [error] = [item.error for item in items if item.error]
    assert "no variant with the tag 2.0-1" in str(error)
    assert [type(one.error) for one in crew.run(items, lambda item: 1, jobs=1)] == [Fault, BaseFailed]


def matrix(folder):
    path = folder / "recipe.yaml"
    text = path.read_text().replace('version: "1.0"', 'version: "1.0-{{ flavour }}"')
    path.write_text(text + "matrix: {flavour: [plain, wide]}\n")
    return folder


def test_each_variant_is_an_item_and_its_path_names_it(recipes):
    folder = matrix(recipes("top"))
    items = graph.order([folder])
    assert labels(items) == ["top:1.0-plain-1", "top:1.0-wide-1"]
    assert [[one.key for one in graph.order([item.path])] for item in items] == [[item.key] for item in items]


def test_a_child_names_the_variant_it_stands_on(recipes):
    matrix(recipes("top"))
    assert labels(graph.order([recipes("child", "top:1.0-wide-1")])) == ["top", "child"]
    [error] = [item.error for item in graph.order([recipes("child", "top")]) if item.error]
    assert "several" in str(error)
    assert "top:1.0-plain-1, top:1.0-wide-1" in error.hint


def test_an_unreadable_recipe_and_a_missing_one_are_items_with_errors(recipes, tmp_path):
    broken = recipes("broken", text="nonsense: 1\n")
    items = graph.order([broken, tmp_path / "none", recipes("fine")])
    assert [type(item.error) for item in items] == [RecipeError, Error, type(None)]


def test_two_recipes_of_one_image_are_refused(recipes, tmp_path):
    other = tmp_path / "elsewhere"
    other.mkdir()
    first = recipes("same")
    (other / "recipe.yaml").write_text((first / "recipe.yaml").read_text())
    items = graph.order([first, other])
    assert [bool(item.error) for item in items] == [False, True]
    assert f"is made by {first} as well" in str(items[1].error)


def test_recipes_are_found_from_within_their_folder(recipes, monkeypatch):
    recipes("top")
    monkeypatch.chdir(recipes("child", "top"))
    for path in (Path(), Path("recipe.yaml"), Path("../child")):
        assert labels(graph.order([path])) == ["top", "child"]
    assert graph.order([Path()])[0].path.samefile("../top")
