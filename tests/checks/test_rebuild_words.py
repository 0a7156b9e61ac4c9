"""What a rebuild reads, what it refuses, and what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from builder import __version__, digest, key, lock, pipeline, tools
from builder.compare import Difference
from builder.errors import Error, Fault, StepFailed
from builder.locked import ImageLock, StageLock
from builder.outside import Outside
from builder.progress import Progress
from builder.recipe import load_all
from builder.record import Record
from certify import evidence, inputs, provenance, rebuild
from certify.cli import differences
from certify.examination import Examination
from certify.sandbox import comparing, enter

SHA = "a" * 64
RECIPE = """\
schema: 1
name: tool
version: "1.0"
summary: A tool
license: MIT
access: public
base: {recipe: parent}
files: [{from: data, to: /opt/data}]
"""
PARENT = RECIPE.replace("name: tool", "name: parent").replace("recipe: parent", "debian: bookworm").replace("data, ", "other, ")
VERSIONS = {"mksquashfs": "mksquashfs version 4.5.1", "tar": "tar 1.34"}
OUTSIDE = Outside()


@pytest.fixture
def versions(monkeypatch):
    """The versions of the tools, to be changed by a test."""
    found = dict(VERSIONS)
    monkeypatch.setattr(tools, "versions", lambda names=(): dict(found))
    return found


@pytest.fixture
def folder(tmp_path, versions):
    for name, text, file in (("tool", RECIPE, "data"), ("parent", PARENT, "other")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "recipe.yaml").write_text(text)
        (tmp_path / name / file).write_text("data")
    return tmp_path / "tool"


def read(folder):
    document, [recipe] = load_all(folder)
    return document, recipe


@pytest.fixture
def record(folder):
    return recorded(folder)


def recorded(folder):
    """The record of the recipe's build."""
    document, recipe = read(folder)
    images = {lock.key(one): ImageLock(stages=tuple(StageLock(name=stage.name, inputs=lock.inputs(one, stage))
                                                    for stage in one.all_stages)) for one in inputs._family(recipe)}
    files = [{"from": "data", "to": "/opt/data", "sha256": digest.of_folder(folder / "data")}]
    return Record(name="tool", tag="1.0-1", platform=key.platform(), key=key.of(recipe), recipe=document.sha256, digest=SHA,
                  size=1, tree=SHA, isolation="rootless", tools=dict(VERSIONS), packages=[], wheels=[], sources=[], bases=[],
                  notes=[], files=files, resolved=json.loads(lock.Lock(images=images).to_json()), environment={}, inputs={},
                  started="2026-11-30T12:00:00+00:00", seconds={})


@pytest.fixture
def made(record):
    return provenance.of_record(record)


def told(folder, record, change=lambda predicate: None):
    """What the evidence on a build says, changed as a test wants it."""
    document, recipe = read(folder)
    examined = Examination(digest=SHA, size=1, config=key.config(recipe))
    first, *others = evidence.statements(examined, recipe, document.sha256, record)
    predicate = json.loads(json.dumps(first.predicate))
    change(predicate["buildDefinition"])
    certificate = SimpleNamespace(name="tool", tag="1.0-1", platform=key.platform(), digest=SHA)
    return provenance.of_certificate(certificate, [*others, replace(first, predicate=predicate)])


def test_provenance_and_record_of_one_build_say_the_same(folder, record, made):
    assert told(folder, record) == replace(made, version=__version__)
    assert made.files == {"data": digest.of_folder(folder / "data")}
    assert sorted(name.partition(":")[0] for name in made.resolved.images) == ["parent", "tool"]


def test_an_image_that_was_only_examined_says_that_nobody_knows_how_it_was_made(folder):
    with pytest.raises(Fault, match="not built by the one who signed"):
        told(folder, None)


@pytest.mark.parametrize(("change", "words"), [
    (lambda told: told["internalParameters"].pop("resolved"), "an older certify"),
    (lambda told: told.update(buildType="urn:certify:build:9"), "not known here: urn:certify:build:9"),
    (lambda told: told["internalParameters"]["resolved"].update(images={"tool:1.0 linux/amd64": 7}), "not told in a form"),
    (lambda told: told["internalParameters"].update(resolved=[]), "not told in a form"),
    (lambda told: told["externalParameters"]["recipe"].update(sha256="../x"), "not what it should be"),
    (lambda told: told["internalParameters"].update(tools={"tar\n": "1"}), "odd key"),
    (lambda told: told.update(resolvedDependencies=[{"uri": "file:x", "digest": {}}]), "is missing"),
], ids=["older", "newer", "stages", "list", "digest", "tools", "file"])
def test_provenance_that_is_not_understood_is_refused(folder, record, change, words):
    with pytest.raises(Fault, match=words):
        told(folder, record, change)


@pytest.mark.parametrize("fields", [{"name": "../tool"}, {"tag": "a/b"}, {"digest": "x"}, {"tools": []}, {"files": [7]},
                                    {"resolved": {}}, {"platform": "\x1b"}], ids=str)
def test_a_record_that_no_build_writes_is_refused(record, fields):
    with pytest.raises(Fault):
        provenance.of_record(replace(record, **fields))


def test_the_same_recipe_with_the_same_tools_needs_no_word(folder, made):
    document, recipe = read(folder)
    assert inputs.recipe_of(made, document, [recipe]) == recipe
    assert inputs.require_same(made, recipe, OUTSIDE) == ()


def test_another_recipe_is_refused_with_both_digests(folder, made):
    (folder / "recipe.yaml").write_text(RECIPE.replace("A tool", "Another"))
    document, recipe = read(folder)
    with pytest.raises(Fault) as refused:
        inputs.recipe_of(made, document, [recipe])
    assert document.sha256 in refused.value.message
    assert made.recipe in refused.value.message
    with pytest.raises(Fault, match="no variant"):
        inputs.recipe_of(replace(made, recipe=document.sha256, tag="9-1"), document, [recipe])


@pytest.mark.parametrize(("path", "text", "words"), [
    ("data", "other", "files: data is not what it was"),
    ("../parent/other", "other", "it may be: recipe parent or its files"),
    ("../parent/recipe.yaml", PARENT.replace("bookworm", "trixie"), "recipe parent: base: debian bookworm -> debian trixie"),
    ("../parent/recipe.yaml", PARENT + "env: {A: b}\n", "it may be: recipe parent or its files"),
])
def test_what_has_changed_since_is_named(folder, made, path, text, words):
    (folder / path).write_text(text)
    with pytest.raises(Fault, match="changed since") as refused:
        inputs.require_same(made, read(folder)[1], OUTSIDE)
    assert words in refused.value.message


def test_other_tools_are_told_and_are_no_fault_even_where_a_parent_was_made_with_them(folder, made, versions):
    versions["mksquashfs"] = "mksquashfs version 5"
    assert inputs.require_same(made, read(folder)[1], OUTSIDE) == (
        "another mksquashfs may make other bytes; here: mksquashfs version 5; published: mksquashfs version 4.5.1",)
    (folder / "data").write_text("other")
    with pytest.raises(Fault):
        inputs.require_same(made, read(folder)[1], OUTSIDE)


def test_another_certify_is_told(folder, made):
    older = replace(made, version="0.0.1", key=SHA)
    notes = inputs.require_same(older, read(folder)[1], OUTSIDE)
    assert notes[0] == f"another certify may make other bytes; here: {__version__}; published: 0.0.1"
    assert notes[1].startswith("the content key is another here")


def test_a_key_that_is_another_although_nothing_can_have_changed_is_no_fault(folder, versions):
    (folder / "recipe.yaml").write_text(RECIPE.replace("recipe: parent", "debian: bookworm"))
    recipe = read(folder)[1]
    alone = provenance.of_record(recorded(folder))
    assert inputs.require_same(alone, recipe, OUTSIDE) == ()
    [note] = inputs.require_same(replace(alone, key=SHA), recipe, OUTSIDE)
    assert note.startswith("the content key is another here")


def test_another_platform_is_refused(folder, made):
    with pytest.raises(Fault, match="is for linux/riscv64"):
        inputs.require_same(replace(made, platform="linux/riscv64"), read(folder)[1], OUTSIDE)


def test_a_lock_that_was_written_since_is_told_and_is_no_fault(folder, made):
    made.resolved.write(folder)
    assert inputs.require_same(made, read(folder)[1], OUTSIDE) == (
        "recipe.lock was written since; what the image was made of then is taken again",)


def failing(error):
    def build(*args, **more):
        raise error
    return build


@pytest.mark.parametrize(("error", "words"), [
    (StepFailed("make", 1, where="x:1", tail="", log="/gone"), "went well when the image was published"),
    (Fault("vanished", hint="certify lock --upgrade RECIPE"), "name a mirror that keeps it"),
    (Fault("other", hint="as it is"), "as it is")], ids=["step", "vanished", "other"])
def test_the_hint_of_what_fails_is_one_that_helps_here(folder, made, monkeypatch, tmp_path, error, words):
    monkeypatch.setattr(pipeline, "build", failing(error))
    document, recipe = read(folder)
    with pytest.raises(Fault) as raised:
        rebuild._build(made, document, recipe, out=None, work=tmp_path, cache=tmp_path, progress=Progress(), outside=OUTSIDE)
    assert words in raised.value.hint


def end(**kinds):
    return {"event": "end", "kinds": kinds}


ONE = {"event": "difference", "path": "/a", "kind": "content", "detail": "x"}


@pytest.mark.parametrize("events", [[], [ONE], [ONE, ONE, end(content=1)], [end(content=1)], [end(), end()], [end(), ONE],
                                    [ONE, {"event": "finding"}, end(content=1)], [{"event": "end"}]],
                         ids=["nothing", "no end", "too many", "too few", "two ends", "after the end", "stranger", "no counts"])
def test_a_comparison_that_did_not_tell_all_counts_for_nothing(monkeypatch, events):
    monkeypatch.setattr(enter, "listen", lambda request, images, heard, failed: [heard(event) for event in events])
    with pytest.raises(Error, match="could not be compared") as raised:
        comparing.compare(3, 4)
    assert raised.value.exit_code == 3


def test_a_comparison_that_told_all_is_believed(monkeypatch):
    monkeypatch.setattr(enter, "listen", lambda request, images, heard, failed: [heard(event) for event in (ONE, end(content=1))])
    found = comparing.compare(3, 4)
    assert (found.differences, found.count) == ((Difference("/a", "content", "x"),), 1)


def test_more_differences_than_anybody_reads_are_counted(monkeypatch):
    many = [Difference(f"/{number}", "content", "x" * 9000) for number in range(comparing.MOST + 5)]
    monkeypatch.setattr(comparing, "differences", lambda first, second: iter(many))
    *told, last = comparing.events(None, None)
    assert len(told) == comparing.MOST
    assert max(len(one["detail"]) for one in told) <= 4000
    assert last == end(content=comparing.MOST + 5)


def test_files_that_differ_alike_are_folded_and_nothing_of_an_image_steers_the_terminal(capsys):
    alike = [Difference(f"/opt/{number}", "content", f"from byte {number} of 900") for number in range(50)]
    odd = [Difference("/opt/\x1b[31m\n", "link", "a and \x1b]0;b"), Difference("/opt/x", "missing", "a file")]
    differences.show(comparing.Comparison(differences=(*alike, *odd), kinds={"content": 50, "link": 1, "missing": 1}))
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[1].split() == ["/opt/0", "content", "differs", "from", "byte", "0", "of", "900"]
    assert lines[6].split(maxsplit=2) == ["/opt/...", "content", "45 more like these"]
    assert len(lines) == 9
    assert "\x1b" not in said.out
    assert "only in the published image" in lines[8]
    assert "more: " not in said.out
    assert said.err.startswith("  help: ")


def test_a_long_table_is_cut_and_says_where_the_rest_is(capsys):
    many = tuple(Difference(f"/{number}/file", "mode", "0644 and 0600") for number in range(300))
    differences.show(comparing.Comparison(differences=many, kinds={"mode": 900}))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 202
    assert lines[-1] == "  and more: 900 in all; --format json lists the first 300"
