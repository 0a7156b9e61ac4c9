"""A recipe as a Containerfile: its text, and the folder with all that it names."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import replace

import pytest

from builder import context, finish, flatten, instructions, render, wheels
from builder.errors import Error, Fault, UsageError
from builder.parts import Part, _names, parts
from builder.recipe.model import Copy, File, ImageBase, RecipeBase, Source, Stage, Step, TreeBase, Wheels
from tests.builder.test_instructions import read_run
from tests.builder.test_normalise import fill

SHA = "0123456789abcdef" * 4
FIXED = ('"HOME=/root", "HOSTNAME=certify", {more}"LC_ALL=C.UTF-8", '
         '"PATH={path}", "PYTHONHASHSEED=0", "SOURCE_DATE_EPOCH=1577836800", "TZ=UTC"')
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BASH = '"/bin/bash", "-e", "-o", "pipefail", "-c"'

GOLDEN = r'''# The recipe of tool:1.0-1, for buildah 1.28 or newer: buildah build --tag tool:1.0-1 DIR
# with DIR made by: certify render --context DIR RECIPE

# stage make, on image example.org/gcc@sha256:00
FROM scratch AS make
ADD ["stages/make/base.tar", "/"]
# The environment that this base brings is known only when it is fetched: certify render --context DIR
RUN --mount=type=bind,source=stages/make/packages,target=/certify [{env}, BASH, \
"test -s /certify/wanted || exit 0\n\
export APT_CONFIG=/certify/apt.conf\n\
mkdir -p /tmp/certify-apt/lists/partial /tmp/certify-apt/cache/archives/partial\n\
apt-get -q update\n\
apt-get -q -y --allow-downgrades --no-remove install $(cat /certify/wanted)\n\
rm -rf /tmp/certify-apt\n\
"]
RUN --mount=type=bind,source=stages/make/source-0,target=/certify [{env}, BASH, "mkdir -p -- \"$1\" && tar --extract \
--no-same-owner --no-same-permissions --strip-components=\"$(cat /certify/leading)\" --file /certify/source.tar --directory \
\"$1\"", "unpack", "/src"]
COPY --chown=0:0 --chmod=0644 ["stages/make/source-1/SHA", "/opt/data"]
# step: compile
RUN [{step}, BASH, "make"]

# tool:1.0-1, on debian bookworm
FROM scratch
ADD ["base.tar", "/"]
RUN --mount=type=bind,source=wheels,target=/certify [{own}, "/usr/bin/python3", "-sE", "-m", "venv", "--without-pip", "/opt/v"]
RUN --mount=type=bind,source=wheels,target=/certify [{own}, "/opt/v/bin/python", PIP]
COPY --chown=0:0 ["files/0", "/opt/tool"]
COPY --from=make --chown=0:0 ["/src/out", "/opt/out"]
RUN --mount=type=bind,source=certify,target=/certify [{own}, "/bin/sh", "-c", "COMPILE"]
# step: say
RUN [{own}, BASH, \
"set -x\n\
\n\
  \u0023 note\n\
\techo \"$A\" \\\n\
    'b'"]
# The tree gets its one form.
RUN --mount=type=bind,source=certify,target=/certify [{own}, "/bin/sh", "-c", "COMPILE"]
FINISH
COPY --chown=0:0 --chmod=0644 ["certify/etc/hostname", "/etc/hostname"]
COPY --chown=0:0 --chmod=0644 ["certify/etc/hosts", "/etc/hosts"]
COPY --chown=0:0 --chmod=0644 ["certify/etc/resolv.conf", "/etc/resolv.conf"]
COPY --chown=0:0 --chmod=0644 ["image.json", "/.certify/image.json"]
ENV LANG="C"
ENV PATH="{path}"
WORKDIR "/opt/tool"
ENTRYPOINT ["tool"]
'''


@pytest.fixture
def full(other):
    """A recipe with all that can be rendered."""
    make = Stage(name="make", route=("stages", "make"), base=ImageBase(reference="example.org/gcc@sha256:00"), apt=("gcc",),
                 sources=(Source(url="http://a/s.tar", sha256=SHA, unpack="/src"),
                          Source(url="http://a/d", sha256=SHA, to="/opt/data")),
                 steps=(Step(name="compile", run="make", env={"K": "1"}),))
    return other(stages=(make,), wheels=Wheels(requirements="r.txt", venv="/opt/v"), workdir="/opt/tool",
                 copies=(Copy(stage="make", path="/src/out", to="/opt/out"),),
                 steps=(Step(name="say", run="set -x\n\n  # note\n\techo \"$A\" \\\n    'b'"),))


def golden():
    def env(more):
        return '"/usr/bin/env", "-i", "DEBIAN_FRONTEND=noninteractive", ' + FIXED.format(more=more, path=DEFAULT_PATH)

    pip = ", ".join(json.dumps(word) for word in wheels.install("/opt/v", "/certify")[1][1:])
    # The golden text breaks the one long line of the source's instruction for the reader only.
    text = re.sub(r' \\\n(?=--no-same-owner|\\"\$1)', " ", GOLDEN)
    compile_all = "test ! -e /usr/bin/python3 || exec /usr/bin/python3 -IS /certify/compile_bytecode.py --all=/"
    for name, value in {"{env}": env(""), "{step}": env('"K=1", '), "{own}": env('"LANG=C", '), "BASH": BASH, "SHA": SHA,
                        "PIP": pip, "COMPILE": compile_all,
                        "FINISH": instructions.run(("/bin/sh", "-e", "-c", finish.script()), {"PATH": DEFAULT_PATH}),
                        "{path}": DEFAULT_PATH}.items():
        text = text.replace(name, value)
    return text


def test_the_whole_text(full):
    assert render.containerfile(full) == golden()


def test_the_same_recipe_gives_the_same_text_wherever_it_lies(full, other, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    assert render.containerfile(replace(full, folder=tmp_path / "elsewhere")) == render.containerfile(full)


def test_what_an_image_brings_reaches_programs_and_the_image(other):
    recipe = other(base=ImageBase(reference="example.org/a@sha256:00"), env={"OWN": "1"}, steps=(Step(name="s", run="x"),))
    text = render.containerfile(recipe, {"": {"BROUGHT": "$x", "PATH": "/brought"}})
    assert 'ENV BROUGHT="\\$x"\nENV OWN="1"\nENV PATH="/brought"\n' in text
    assert '"BROUGHT=$x"' in text
    assert "known only when it is fetched" not in text


def test_what_a_base_brings_compiled_stays_so_as_in_the_build(other):
    text = render.containerfile(other(base=ImageBase(reference="example.org/a@sha256:00"), steps=(Step(name="s", run="x"),)))
    modes = re.findall(r"compile_bytecode\.py --(\w+)=/", text)
    assert modes == ["adopt", "missing", "missing"]
    assert text.index("base.tar") < text.index("--adopt=/")


def test_a_program_sees_what_it_sees_in_the_build(other):
    recipe = other(env={"HOME": "/x", "A": "1", "B": "1"}, steps=(Step(name="s", run="x", env={"B": "2", "HOSTNAME": "y"}),))
    line = next(line for line in render.containerfile(recipe).splitlines() if line.endswith('"x"]'))
    seen = dict(word.split("=", 1) for word in read_run(line)[1][2:-6])
    assert seen["HOME"] == "/root"
    assert (seen["A"], seen["B"], seen["HOSTNAME"]) == ("1", "2", "y")


def test_packages_upon_a_tree_are_installed_in_it(other):
    text = render.containerfile(other(base=TreeBase(tree="chroot.tar")))
    assert "on tree chroot.tar\nFROM scratch\n" in text
    assert "RUN --mount=type=bind,source=packages,target=/certify" in text
    assert "source=packages" not in render.containerfile(other())


def write(folder, name, text):
    (folder / name).mkdir(parents=True)
    (folder / name / "recipe.yaml").write_text(
        f"schema: 1\nname: {name}\nversion: '1'\nsummary: s\nlicense: MIT\naccess: public\n{text}\n")


def test_parents_are_stages_and_their_settings_stay_theirs(other, tmp_path):
    write(tmp_path, "below", "base: {debian: bookworm}\nenv: {LOW: '1', BOTH: '1'}\nworkdir: /opt\nentrypoint: [sh]\n"
                             "stages: {scratch: {steps: [{run: x}]}}\ncopy: [{from: scratch, path: /x}]")
    recipe = other(base=RecipeBase(recipe="below"), folder=tmp_path / "recipe", apt=(), env={"BOTH": "2"}, entrypoint=())
    text = render.containerfile(recipe)
    starts = [line for line in text.splitlines() if line.startswith("FROM")]
    assert starts == ["FROM scratch AS recipe.1.scratch", "FROM scratch AS recipe.1", "FROM recipe.1"]
    assert 'COPY --from=recipe.1.scratch --chown=0:0 ["/x", "/x"]' in text
    assert 'COPY --chown=0:0 --chmod=0644 ["parents/below/image.json", "/.certify/image.json"]' in text
    assert text.endswith(f'ENV BOTH="2"\nENV LOW="1"\nENV PATH="{DEFAULT_PATH}"\n')
    assert "WORKDIR" not in text
    assert "ENTRYPOINT" not in text


def test_a_parent_of_several_stages_is_made_once(other, tmp_path):
    write(tmp_path, "below", "base: {debian: bookworm}")
    stage = Stage(name="one", route=("stages", "one"), base=RecipeBase(recipe="below"))
    recipe = other(base=RecipeBase(recipe="below"), folder=tmp_path / "recipe", stages=(stage,))
    assert [part.chain for part in parts(recipe)] == ["below/", "one", ""]


def test_two_versions_of_a_parent_are_two(other, tmp_path):
    write(tmp_path, "below", "base: {debian: bookworm}\nmatrix: {v: [a, B]}")
    text = (tmp_path / "below/recipe.yaml").read_text().replace("version: '1'", "version: '1.{{ v }}'")
    (tmp_path / "below/recipe.yaml").write_text(text)
    stage = Stage(name="one", route=("stages", "one"), base=RecipeBase(recipe="below:1.a-1"))
    recipe = other(base=RecipeBase(recipe="below:1.B-1"), folder=tmp_path / "recipe", stages=(stage,))
    assert [(part.place, part.name) for part in parts(recipe)] == [
        ("parents/below+1.a-1/", "recipe.1"), ("stages/one/", "one"), ("parents/below+1.B-1/", "recipe.2"), ("", "")]


def test_a_missing_parent_is_a_fault(other, tmp_path):
    with pytest.raises(Fault, match="its base, recipe below"):
        render.containerfile(other(base=RecipeBase(recipe="below")))


def test_no_two_stages_have_one_name(recipe):
    chains = ["a", "a/", "a/a", "a/a/", "a/a/a", "a:1.A/", "a:1.A/a", "scratch", "scratch/", "a/scratch", "recipe", "recipe/",
              "a/recipe", "recipe-1", "recipe/a", ""]
    found = {}
    for chain in chains:
        name = chain.rpartition("/")[2]
        stage = Stage(name=name, route=(), base=recipe.base)
        found[chain] = Part(chain=chain, recipe=recipe, stage=stage, inherited={}, parent=None)
    names = list(_names(found).values())
    assert len(set(names)) == len(names)
    assert "scratch" not in names
    assert all(re.fullmatch(r"([a-z][a-z0-9_.-]*)?", name) for name in names)
    assert len({part.place for part in found.values()}) == len(found)


def test_a_context_needs_root(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Error, match="needs root"):
        context.write(recipe, tmp_path / "x", cache=tmp_path, progress=None, outside=None)


def test_a_context_is_a_new_folder_closed_if_the_image_is(tmp_path):
    made = context._new_folder(tmp_path / "a/b", public=False)
    assert made.stat().st_mode & 0o777 == 0o700
    (made / "file").touch()
    with pytest.raises(UsageError, match="not empty"):
        context._new_folder(made, public=True)
    (tmp_path / "link").symlink_to(made)
    with pytest.raises(Error, match="File exists"):
        context._new_folder(tmp_path / "link", public=True)


def test_a_tree_becomes_the_same_tar_whenever_it_is_made(root, tmp_path):
    tars = []
    for number in (0, 1):
        fill(root.folder, ["b/one", "a", "dev/null", "run/.containerenv", "opt/dev/x"])
        (root.folder / "hard").unlink(missing_ok=True)
        (root.folder / "hard").hardlink_to(root.folder / "a")
        subprocess.run(flatten.tar(root.folder, tmp_path / f"{number}.tar", "one"), check=True)
        tars.append((tmp_path / f"{number}.tar").read_bytes())
    assert tars[0] == tars[1]
    listed = subprocess.run(["tar", "-tvf", tmp_path / "0.tar"], capture_output=True, text=True, check=True).stdout
    names = [line.rsplit(" ", 1)[1] for line in listed.splitlines()]
    assert names == ["./", "./a", "./b/", "./b/one", "./dev/", "./hard", "./opt/", "./opt/dev/", "./opt/dev/x", "./run/"]


def test_parts_have_folders_of_their_own(other):
    stage = Stage(name="one", route=("stages", "one"), base=other().base, files=(File(source="data", to="/d"),))
    one, image = parts(other(stages=(stage,)))
    assert (one.place, image.place) == ("stages/one/", "")
    assert one.actions[0].source == "stages/one/files/0"
