"""The content key names all that can change an image's bytes, and the records read back as they were written."""

from __future__ import annotations

import json
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import digest, key
from builder.errors import Error, Fault
from builder.image import ImageConfig, host_platform
from builder.recipe import model
from builder.recipe.model import Access, ArchiveBase, Copy, File, ImageBase, Source, Stage, Step, Test, TreeBase, Wheels
from builder.record import FILE_NAME, Record
from builder.tools import TOOLS

SHA = "a" * 64
STAGE = Stage(name="build", route=("stages", "build"), base=ArchiveBase(suite="bookworm"), steps=(Step(name="make", run="make"),))


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize("fields", [
    {"summary": "Another"}, {"license": "GPL-3.0-only"}, {"access": Access(users=(1,))}, {"host_libraries": ("mpich",)},
    {"tests": (Test(name="works", run="true"),)}, {"apt": ("gcc", "python3")},
    {"steps": (Step(name="another name", run="make", env={"A": "1"}),)}, {"env": {"LANG": "C"}},
], ids=lambda fields: next(iter(fields)))
def test_what_cannot_change_the_bytes_leaves_the_key(recipe, fields):
    assert key.of(replace(recipe, **fields)) == key.of(recipe)


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize("fields", [
    {"name": "other"}, {"version": "1.1"}, {"revision": 2}, {"base": ArchiveBase(suite="trixie")}, {"apt": ("python3",)},
    {"env": {"LANG": "D"}}, {"env": {}}, {"workdir": "/"}, {"entrypoint": ("tool", "-x")}, {"files": ()},
    {"files": (File(source="data", to="/opt/other"),)}, {"files": (File(source="data", to="/opt/tool", mode="0755"),)},
    {"steps": ()}, {"steps": (Step(name="make", run="make all", env={"A": "1"}),)},
    {"steps": (Step(name="make", run="make", env={"A": "2"}),)}, {"steps": (Step(name="make", run="make"),)},
    {"sources": (Source(url="https://e.org/x", sha256=SHA, to="/x"),)}, {"base": ImageBase(reference=f"e.org/x@sha256:{SHA}")},
    {"base": ArchiveBase(suite="bookworm", distribution="ubuntu")},
    {"base": ArchiveBase(suite="bookworm", snapshot="20260101T000000Z")},
    {"dnf": ("gcc",)}, {"copies": (Copy(stage="build", path="/x", to="/x"),)}, {"stages": (STAGE,)},
], ids=str)
def test_what_can_change_the_bytes_changes_the_key(recipe, fields):
    assert key.of(replace(recipe, **fields)) != key.of(recipe)


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize(("fields", "same"), [
    ({"steps": (Step(name="make", run="make all"),)}, False), ({"env": {"A": "1"}}, False), ({"name": "other"}, False),
    ({"copies": (Copy(stage="other", path="/x", to="/x"),)}, False), ({"apt": ("gcc",)}, False),
    ({"base": ArchiveBase(suite="trixie")}, False), ({"steps": (Step(name="another name", run="make"),)}, True),
    ({"route": ("elsewhere",)}, True)], ids=str)
def test_a_stage_is_as_much_of_the_key_as_the_image(recipe, fields, same):
    keys = {key.of(replace(recipe, stages=(one,))) for one in (STAGE, replace(STAGE, **fields))}
    assert (len(keys) == 1) is same


@pytest.mark.usefixtures("tools")
def test_another_tree_at_the_place_of_a_base_changes_the_key(recipe):
    upon = replace(recipe, base=TreeBase(tree="data"))
    before = key.of(upon)
    assert before != key.of(recipe)
    (recipe.folder / "data/file").write_text("Content")
    assert key.of(upon) != before


def test_a_change_in_a_parent_changes_the_key_of_its_children(beside):
    child = beside(child="base: {recipe: parent}", parent="base: {debian: bookworm}\nenv: {A: '1'}")
    before, grandchild = key.of(child), beside(grandchild="base: {recipe: child}")
    above = key.of(grandchild)
    parent = child.folder.with_name("parent") / "recipe.yaml"
    parent.write_text(parent.read_text().replace("'1'", "'2'"))
    assert key.of(child) != before
    assert key.of(grandchild) != above


def test_what_cannot_change_a_parent_leaves_the_keys_of_its_children(beside):
    child = beside(child="base: {recipe: parent}", parent="base: {debian: bookworm}")
    before = key.of(child)
    parent = child.folder.with_name("parent") / "recipe.yaml"
    parent.write_text(parent.read_text().replace("summary: s", "summary: another"))
    assert key.of(child) == before


@pytest.mark.usefixtures("tools")
def test_the_key_is_the_digest_of_inputs_that_a_record_keeps(recipe):
    found = key.inputs(recipe)
    assert digest.of_data(found) == key.of(recipe) == digest.of_data(json.loads(json.dumps(found)))


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize(("base", "inherited"), [
    (ArchiveBase(suite="bookworm"), {}), (TreeBase(tree="data"), {}), (ImageBase(reference=f"e.org/x@sha256:{SHA}"), None)])
def test_only_an_image_knows_alone_what_environment_it_brings(recipe, base, inherited):
    assert key.inherited(replace(recipe, base=base)) == inherited


def test_a_child_inherits_from_all_above_it_and_the_nearest_wins(beside):
    child = beside(child="base: {recipe: parent}\nenv: {C: c}", parent="base: {recipe: top}\nenv: {A: near, B: b}",
                   top="base: {debian: bookworm}\nenv: {A: far, T: t}")
    assert key.inherited(child) == {"A": "near", "B": "b", "T": "t"}
    assert key.config(child, key.inherited(child)).environment == {
        "PATH": model.DEFAULT_PATH, "A": "near", "B": "b", "T": "t", "C": "c"}


def test_a_child_of_an_image_knows_its_environment_only_from_the_bytes(beside):
    child = beside(child="base: {recipe: parent}", parent=f"base: {{image: 'docker.io/library/x@sha256:{SHA}'}}")
    assert key.inherited(child) is None


@pytest.mark.usefixtures("tools")
def test_the_order_of_steps_and_files_counts(recipe):
    steps = (Step(name="a", run="a"), Step(name="b", run="b"))
    assert key.of(replace(recipe, steps=steps)) != key.of(replace(recipe, steps=steps[::-1]))


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize(("one", "two", "same"), [
    ({"url": "https://a.org/x"}, {"url": "https://b.org/x"}, True),
    ({"sha256": SHA}, {"sha256": "b" * 64}, False),
    ({"unpack": "/a", "to": None}, {"unpack": None, "to": "/a"}, False),
])
def test_a_source_is_known_by_its_bytes_and_its_place_not_its_address(recipe, one, two, same):
    plain = Source(url="https://a.org/x", sha256=SHA, unpack="/a")
    keys = {key.of(replace(recipe, sources=(replace(plain, **fields),))) for fields in (one, two)}
    assert (len(keys) == 1) is same


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize("change", [
    lambda data: (data / "file").write_text("Content"),
    lambda data: (data / "file").chmod(0o755),
    lambda data: (data / "file").rename(data / "renamed"),
    lambda data: (data / "more").touch(),
    lambda data: (data / "empty").mkdir(),
    lambda data: (data / "link").symlink_to("file"),
], ids=["content", "executable", "name", "more", "empty folder", "link"])
def test_a_change_in_a_recipes_folder_changes_the_key(recipe, change):
    before = key.of(recipe)
    change(recipe.folder / "data")
    assert key.of(recipe) != before


@pytest.mark.usefixtures("tools")
def test_the_modes_that_a_checkouts_umask_makes_leave_the_key(recipe):
    before = key.of(recipe)
    (recipe.folder / "data/file").chmod(0o600)
    (recipe.folder / "data").chmod(0o700)
    assert key.of(recipe) == before


@pytest.mark.usefixtures("tools")
def test_a_requirement_changes_the_key(recipe):
    with_wheels = replace(recipe, wheels=Wheels(requirements="r.txt", venv="/opt/v"))
    (recipe.folder / "r.txt").write_text("a==1")
    before = key.of(with_wheels)
    assert before != key.of(recipe)
    assert before != key.of(replace(with_wheels, wheels=Wheels(requirements="r.txt", venv="/opt/w")))
    (recipe.folder / "r.txt").write_text("a==2")
    assert key.of(with_wheels) != before


@pytest.mark.parametrize("tool", TOOLS)
def test_another_version_of_a_tool_changes_the_key(recipe, tools, tool):
    before = key.of(recipe)
    tools(tool, "2.0")
    assert key.of(recipe) != before


def test_a_version_is_the_first_line_wherever_a_tool_tells_it(program):
    from builder import tools

    program("tar", "echo 'tar 1.34'; echo 'more'")
    program("mksquashfs", 'test "$1" = -version && echo "mksquashfs 4.5" >&2; exit 1')
    assert tools.versions(["tar", "mksquashfs"]) == {"tar": "tar 1.34", "mksquashfs": "mksquashfs 4.5"}


CONFIG = ImageConfig(name="tool", version="1", revision=2, platform="linux/amd64", environment={"B": "2", "A": "é\n"},
                     entrypoint=("tool", "-x"), workdir="/srv")
TEXT = st.text().filter(lambda text: "\0" not in text)


@given(st.builds(ImageConfig, name=TEXT, version=TEXT, revision=st.integers(), platform=TEXT,
                 environment=st.dictionaries(TEXT, TEXT), entrypoint=st.lists(TEXT).map(tuple), workdir=st.none() | TEXT))
def test_what_an_image_says_of_itself_reads_back(config):
    assert ImageConfig.from_json(config.to_json()) == config


def test_equal_images_say_it_in_the_same_text():
    other = replace(CONFIG, environment={"A": "é\n", "B": "2"})
    assert CONFIG.to_json() == other.to_json()
    assert CONFIG.tag == "1-2"


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
FIELDS = {"schema": 1, **asdict(CONFIG)}


def read_or_refused(text):
    """Either a Fault, or a configuration in which everything has its type."""
    try:
        config = ImageConfig.from_json(text)
    except Fault:
        return
    assert type(config.revision) is int
    assert config.workdir is None or isinstance(config.workdir, str)
    words = [config.name, config.version, config.platform, *config.entrypoint, *config.environment, *config.environment.values()]
    assert all(isinstance(word, str) and "\0" not in word and word.encode() is not None for word in words)
    assert ImageConfig.from_json(config.to_json()) == config


@given(st.one_of(st.text(), JSON.map(json.dumps)))
def test_any_text_is_read_or_refused(text):
    read_or_refused(text)


@given(st.sampled_from(sorted(FIELDS)), JSON)
def test_any_value_in_any_place_is_read_or_refused(name, value):
    read_or_refused(json.dumps({**FIELDS, name: value}))


@pytest.mark.parametrize("change", [
    {"schema": 2}, {"schema": "1"}, {"revision": "1"}, {"revision": True}, {"revision": 1.0}, {"entrypoint": "sh"},
    {"entrypoint": {"sh": 1}}, {"entrypoint": [1]}, {"workdir": 0}, {"workdir": []}, {"environment": ["A"]},
    {"environment": {"A": 1}}, {"environment": None}, {"name": None}, {"name": "\ud800"}, {"environment": {"A": "\0"}},
    {"more": 1},
], ids=str)
def test_a_wrong_value_is_a_fault(change):
    with pytest.raises(Fault):
        ImageConfig.from_json(json.dumps({**FIELDS, **change}))


@pytest.mark.parametrize("name", sorted(set(FIELDS) - {"workdir"}))
def test_a_missing_value_is_a_fault(name):
    with pytest.raises(Fault):
        ImageConfig.from_json(json.dumps({key: value for key, value in FIELDS.items() if key != name}))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"schema": 1' + "0" * 10_000 + "}"], ids=["deep", "long"])
def test_a_hostile_text_is_a_fault(text):
    with pytest.raises(Fault):
        ImageConfig.from_json(text)


@pytest.mark.parametrize(("machine", "platform"), [
    ("x86_64", "linux/amd64"), ("aarch64", "linux/arm64"), ("ppc64le", "linux/ppc64le"), ("mips", "linux/mips")])
def test_the_platform_is_named_as_oci_does(machine, platform):
    assert host_platform(machine) == platform


RECORD = Record(
    name="tool", tag="1-1", platform="linux/amd64", key=SHA, recipe=SHA, digest=SHA, size=4096, tree=SHA, isolation="runc",
    tools={"tar": "1"}, packages=[{"name": "gcc"}], wheels=[], sources=[], files=[{"from": "é"}],
    bases=[{"uri": "b", "sha256": SHA}],
    notes=["left out"], resolved={"images": {}}, environment={"PATH": "/bin"},
    inputs={"steps": [["make", {}]], "env": {"A": "é"}}, started="now",
    seconds={"a": 0.5})


def test_a_record_reads_back(tmp_path):
    RECORD.write(tmp_path)
    assert Record.read(tmp_path) == RECORD
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_record_has_the_name_that_is_wanted(tmp_path):
    RECORD.write(tmp_path, "other.json")
    assert Record.read(tmp_path, "other.json") == RECORD
    assert [path.name for path in tmp_path.iterdir()] == ["other.json"]


@pytest.mark.parametrize("planted", [FILE_NAME, f".{FILE_NAME}.0123abcd.part"])
@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_a_link_at_a_records_place_is_replaced_and_not_followed(tmp_path, planted, link, monkeypatch):
    (tmp_path / "outside").write_text("here before")
    folder = tmp_path / "folder"
    folder.mkdir()
    getattr(folder / planted, link)(tmp_path / "outside")
    monkeypatch.setattr(secrets, "token_hex", lambda count: "0123abcd")
    if planted == FILE_NAME:
        RECORD.write(folder)
        assert Record.read(folder) == RECORD
    else:
        with pytest.raises(FileExistsError):
            RECORD.write(folder)
    assert (tmp_path / "outside").read_text() == "here before"
    assert [(path.name, path.is_symlink()) for path in folder.iterdir()] == [(FILE_NAME, False)][planted != FILE_NAME:]


def test_builds_that_write_one_name_at_once_all_write_it_whole(tmp_path):
    def write(number):
        ready.wait()
        for _ in range(20):
            replace(RECORD, tag=str(number), notes=["x" * 10_000 * number]).write(tmp_path)

    ready = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(write, number) for number in range(4)]:
            done.result()
    found = Record.read(tmp_path)
    assert found.notes == ["x" * 10_000 * int(found.tag)]
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_record_that_cannot_be_written_leaves_the_old_one_and_nothing_else(tmp_path):
    RECORD.write(tmp_path)
    with pytest.raises(TypeError):
        replace(RECORD, notes=[object()]).write(tmp_path)
    assert Record.read(tmp_path) == RECORD
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"schema": 2}', '{"schema": 1}', "{", "\x00", '{"schema": 2, "x": 2}',
                                  json.dumps({"schema": 1, **asdict(RECORD)}),
                                  json.dumps({"schema": 2, **asdict(RECORD), "more": 1})],
                         ids=lambda text: text[:20])
def test_what_is_no_record_is_an_error_with_a_way_out(tmp_path, text):
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(Error, match=r"build\.json"):
        Record.read(tmp_path)


def test_a_missing_record_says_how_to_make_one(tmp_path):
    with pytest.raises(Error) as caught:
        Record.read(tmp_path)
    assert caught.value.hint == "build it first: certify build RECIPE"


@given(st.dictionaries(st.text(), st.text()))
def test_the_digest_of_data_does_not_depend_on_the_order_of_its_keys(data):
    assert digest.of_data(data) == digest.of_data(dict(reversed(data.items())))


def test_the_digest_of_a_file_is_its_sha256(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert digest.of_file(tmp_path / "file") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
