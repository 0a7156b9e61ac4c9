"""Bases of every kind, stages, and what is copied from them."""

from __future__ import annotations

import pytest

from builder.recipe import load
from builder.recipe.model import ArchiveBase, Copy, ImageBase, RecipeBase, Stage, TreeBase, Wheels

ZERO = "0" * 64
BASE = "base: {debian: bookworm}"


@pytest.fixture
def read(tmp_path, good):
    """The recipe of a text that is fine."""

    def decoded(text):
        (tmp_path / "recipe.yaml").write_text(text)
        return load(tmp_path)[1]

    return decoded


BASES = {
    "{debian: trixie}": ArchiveBase(suite="trixie"),
    "{debian: {suite: bookworm}}": ArchiveBase(suite="bookworm"),
    "{debian: {suite: bookworm, snapshot: 20260101T000000Z, mirror: http://deb.example.org:3142/debian}}": ArchiveBase(
        suite="bookworm", snapshot="20260101T000000Z", mirror="http://deb.example.org:3142/debian"),
    "{ubuntu: jammy}": ArchiveBase(suite="jammy", distribution="ubuntu"),
    "{ubuntu: {suite: noble, snapshot: 20260101T000000Z}}": ArchiveBase(suite="noble", distribution="ubuntu",
                                                                       snapshot="20260101T000000Z"),
    f"{{image: 'docker.io/library/debian:12@sha256:{ZERO}'}}": ImageBase(reference=f"docker.io/library/debian:12@sha256:{ZERO}"),
    f"{{image: 'localhost:5000/a/b@sha256:{ZERO}'}}": ImageBase(reference=f"localhost:5000/a/b@sha256:{ZERO}"),
    f"{{image: 'oci:site-layout@sha256:{ZERO}'}}": ImageBase(reference=f"oci:site-layout@sha256:{ZERO}"),
    "{tree: site-tree_1.0}": TreeBase(tree="site-tree_1.0"),
    "{recipe: other}": RecipeBase(recipe="other"),
    "{recipe: other:1.0-py311-1}": RecipeBase(recipe="other:1.0-py311-1"),
}


@pytest.mark.parametrize("base", BASES)
def test_bases(read, good, base):
    assert read(good.replace(BASE, f"base: {base}")).base == BASES[base]


WRONG = {       # base -> the start of the message, and a word of the help
    "{debian: noble}": ("'base.debian' must be one of bookworm, trixie", ""),
    "{debian: {snapshot: 20260101T000000Z}}": ("the key 'suite' is missing", ""),
    "{debian: {suite: bookworm, snapshot: '2026-01-01'}}": ("'base.debian.snapshot' is not valid", "20260101T000000Z"),
    "{debian: {suite: bookworm, snapshot: 20261301T000000Z}}": ("'base.debian.snapshot' is not valid", "20260101T000000Z"),
    "{debian: {suite: bookworm, mirror: 'file:///srv/debian'}}": ("'base.debian.mirror' is not valid", "http"),
    "{debian: {suite: bookworm, mirror: 'http://a/ [trusted=yes]'}}": ("'base.debian.mirror' is not valid", "http"),
    "{debian: bookworm, ubuntu: noble}": ("'base' has too many keys", ""),
    "{}": ("'base' is empty", ""),
    "{image: 'docker.io/library/debian:12'}": ("'base.image' is not valid", "skopeo inspect"),
    f"{{image: 'debian@sha256:{ZERO}'}}": ("'base.image' is not valid", "<registry>/"),
    f"{{image: 'library/debian@sha256:{ZERO}'}}": ("'base.image' is not valid", "<registry>/"),
    f"{{image: 'oci:../layout@sha256:{ZERO}'}}": ("'base.image' is not valid", "oci:"),
    f"{{image: 'oci:/srv/layout@sha256:{ZERO}'}}": ("'base.image' is not valid", "oci:"),
    f"{{image: 'oci:a/layout@sha256:{ZERO}'}}": ("a/layout: no such file beside the recipe", ""),
    "{tree: ../rootfs}": ("'base.tree' is not valid", "inside the recipe's folder"),
    "{tree: .}": ("'base.tree' is not valid", "inside the recipe's folder"),
    "{tree: /srv/rootfs}": ("'base.tree' is not valid", "inside the recipe's folder"),
    "{tree: a/rootfs}": ("a/rootfs: no such file beside the recipe", ""),
    "{recipe: ../other}": ("'base.recipe' is not valid", "the name of a recipe"),
    "{recipe: Other}": ("'base.recipe' is not valid", "the name of a recipe"),
    "{imgae: x}": ("unknown key 'imgae'", "did you mean 'image'?"),
}


@pytest.mark.parametrize("base", WRONG)
def test_bases_that_are_refused(refused, good, base):
    (problem,) = refused(good.replace(BASE, f"base: {base}"))
    message, word = WRONG[base]
    assert problem.code == "SCH004" and problem.span.line == 7
    assert problem.message.startswith(message) and word in (problem.help or "")


@pytest.mark.parametrize(("base", "name"), [("{tree: beside}", "beside"), (f"{{image: 'oci:beside@sha256:{ZERO}'}}", "beside")])
def test_a_local_base_does_not_leave_the_folder(refused, good, tmp_path, base, name):
    (tmp_path / name).symlink_to("/etc")
    (problem,) = refused(good.replace(BASE, f"base: {base}"))
    assert problem.message == f"{name}: this link leaves the recipe's folder"


def test_links_in_a_tree_are_the_trees_own_matter(refused, good, tmp_path):
    (tmp_path / "rootfs" / "bin").mkdir(parents=True)
    (tmp_path / "rootfs" / "bin" / "sh").symlink_to("/usr/bin/bash")
    assert refused(good.replace(BASE, "base: {tree: rootfs}")) == []


def test_links_in_a_layout_stay_in_the_folder(refused, good, tmp_path):
    (tmp_path / "layout" / "blobs").mkdir(parents=True)
    (tmp_path / "layout" / "blobs" / "x").symlink_to("/etc/passwd")
    (problem,) = refused(good.replace(BASE, f"base: {{image: 'oci:./layout@sha256:{ZERO}'}}"))
    assert problem.message == "layout/blobs/x: this link leaves the recipe's folder"


STAGED = """\
stages:
  compile:
    packages: {apt: [gcc]}
    steps: [{run: make}, {name: again, run: make, env: {A: b}}]
    env: {CC: gcc}
  docs:
    base: {recipe: tools}
    packages: {dnf: [texlive]}
    copy: [{from: compile, path: /opt/x}]
copy:
  - {from: compile, path: /opt/x}
  - {from: docs, path: /opt/doc, to: /opt/x/doc}
"""


def test_stages_are_decoded_in_their_order(read, good):
    recipe = read(good + STAGED)
    compile_, docs = recipe.stages
    assert (compile_.name, compile_.route, compile_.base) == ("compile", ("stages", "compile"), ArchiveBase(suite="bookworm"))
    assert [step.name for step in compile_.steps] == ["step 1", "again"] and compile_.env == {"CC": "gcc"}
    assert docs == Stage(name="docs", route=("stages", "docs"), base=RecipeBase(recipe="tools"), dnf=("texlive",),
                         copies=(Copy(stage="compile", path="/opt/x", to="/opt/x"),))
    assert recipe.copies == (Copy(stage="compile", path="/opt/x", to="/opt/x"),
                             Copy(stage="docs", path="/opt/doc", to="/opt/x/doc"))
    assert [stage.name for stage in recipe.all_stages] == ["compile", "docs", ""]


STAGES = {      # text after the head -> code's line and column, message, help
    "stages: {Compile: {}}": (8, 10, "'Compile' is not a name of a stage", "use a-z, 0-9"),
    f"stages: {{{'a' * 41}: {{}}}}": (8, 10, f"'{'a' * 41}' is not a name of a stage", "40"),
    "stages: [a]": (8, 9, "'stages' must be a mapping, not a list", ""),
    "stages: {a: {tests: []}}": (8, 14, "unknown key 'tests'", "did you mean 'steps'?"),
    "copy: [{from: a, path: /x}]": (8, 15, "there is no stage 'a' before this", "no stage stands before this"),
    "stages: {a: {}}\ncopy: [{from: b, path: /x}]": (9, 15, "there is no stage 'b' before this", "stages to copy from here: a"),
    "stages: {a: {copy: [{from: a, path: /x}]}}": (8, 28, "there is no stage 'a' before this", "no stage stands before this"),
    "stages: {a: {copy: [{from: b, path: /x}]}, b: {}}": (8, 28, "there is no stage 'b' before this", "no stage"),
    "stages: {a: {}}\ncopy: [{from: a, path: x}]": (9, 24, "'copy[0].path' is not valid: 'x'", "absolute path"),
    "stages: {a: {}}\ncopy: [{from: a}]": (9, 8, "the key 'path' is missing", ""),
    "packages: {dnf: [gcc]}": (8, 12, "a base made from debian has no dnf", "name them under 'apt'"),
    "stages: {a: {base: {ubuntu: noble}, packages: {dnf: [gcc]}}}": (8, 48, "a base made from ubuntu has no dnf", "'apt'"),
    "stages: {a: {packages: {dnf: [gcc]}}}": (8, 25, "a base made from debian has no dnf", "'apt'"),
    "stages: {a: {base: {recipe: b}, packages: {dnf: ['-y']}}}": (8, 50, "'stages.a.packages.dnf[0]' is not valid: '-y'", "RPM"),
    "stages: {a: {base: {recipe: b}, packages: {dnf: [/x.rpm]}}}": (8, 50, "'stages.a.packages.dnf[0]' is not valid", "RPM"),
    "stages: {a: {base: {recipe: b}, packages: {dnf: [x.rpm]}}}": (8, 50, "'stages.a.packages.dnf[0]' is not valid", "RPM"),
    "stages: {a: {files: [{from: none, to: /x}]}}": (8, 29, "none: no such file beside the recipe", "beside"),
    "stages: {a: {files: [{from: ../x, to: /x}]}}": (8, 29, "'stages.a.files[0].from' is not valid: '../x'", "inside"),
    f"stages: {{a: {{sources: [{{url: 'http://a/b', sha256: '{ZERO}'}}]}}}}": (
        8, 24, "a source needs either 'unpack' or 'to'", ""),
    "stages: {a: {packages: {pip: {requirements: none, venv: /x}}}}": (8, 45, "none: no such file beside the recipe", ""),
    "stages: {a: {env: {1A: x}}}": (8, 20, "'1A' is not a name of a variable", "A-Z"),
}


@pytest.mark.parametrize("text", STAGES)
def test_stages_that_are_refused(refused, good, text):
    (problem,) = refused(good + text + "\n")
    line, column, message, word = STAGES[text]
    assert (problem.code, problem.span.line, problem.span.column) == ("SCH004", line, column)
    assert problem.message.startswith(message) and word in (problem.help or "")


def test_a_lock_of_a_stage_is_read_too(refused, good, tmp_path, read):
    (tmp_path / "lock.txt").write_text("six\n")
    text = good + "stages: {a: {packages: {pip: {requirements: lock.txt, venv: /x}}}}\n"
    (problem,) = refused(text)
    assert problem.message == "'six' has no --hash=sha256:..." and problem.file.endswith("lock.txt")
    (tmp_path / "lock.txt").write_text(f"six==1.16.0 --hash=sha256:{ZERO}\n")
    assert read(text).stages[0].wheels == Wheels(requirements="lock.txt", venv="/x")


def test_a_file_that_nobody_locked_is_one_mistake_and_what_no_lock_can_name_another(tmp_path, refused, good):
    lines = [f"p{number}==1.0" for number in range(50)] + ["git+https://example.org/x", "-e .", "-r other.txt"]
    (tmp_path / "lock.txt").write_text("\n".join(lines) + "\n")
    problems = refused(good + "packages: {pip: {requirements: lock.txt, venv: /opt/x}}\n")
    assert [(one.span.line, one.message) for one in problems] == [
        (1, "'p0==1.0' has no --hash=sha256:..., and neither have 49 more"),
        (51, "'git+https://example.org/x' is no version of an index"),
        (52, "the option -e is not allowed here"), (53, "the option -r is not allowed here")]
    assert ["sources:" in one.help for one in problems] == [False, True, True, False]
