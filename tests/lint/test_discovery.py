"""What a folder is taken to hold: what people wrote in it and git keeps, and nothing from outside of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from builder.errors import Error
from builder.recipe.decode import find as find_recipe
from certify.lint.target import Kind, kind_of
from tests.texts import FAULT, HEAD

DOCKER = "FROM debian:12\nENV LD_LIBRARY_PATH=/opt/x\n"
CONDA = ("context:\n  version: 1.2\npackage:\n  name: x\nbuild:\n  number: 0\nrequirements:\n  host: [python]\n"
         "about: {license: MIT}\n")
HOOK = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")

FOUND = ("Dockerfile", "a/dockerfile", "b/DOCKERFILE", "c/containerfile", "d/Dockerfile.gpu", "d/mpi.DockerFile", "e/recipe.yaml",
         "f/recipe.yml", "g/Dockerfile.txt", "vendors/Containerfile_x", "invendor/Dockerfile", "h/Dockerfile.python3")
LEFT = (*(f"x/Dockerfile{end}" for end in (
    ".j2", ".in", ".template", ".tmpl", ".erb", ".m4", ".bak", ".orig", ".rej", ".swp", ".old", ".gpu~", "~", ".md", ".py",
    ".patch", ".dockerignore", "s")), *(f"deep/{folder}/y/Dockerfile" for folder in (
        "vendor", "third_party", "_vendor", "node_modules", "site-packages", ".git", ".devcontainer", "dist", "out")),
    "dockerfile.go", "dockerfile_parse.py", "x/recipe.yaml.orig", "x/recipe.yaml~", "x/other.yaml", "x/myrecipe.yaml")


def test_what_is_found(repo, run):
    for name in (*FOUND, *LEFT):
        repo(name, HEAD if name.endswith(("yaml", "yml")) else DOCKER)
    assert sorted(run().files) == sorted(FOUND)


def test_the_hook_is_given_what_is_found():
    wanted, unwanted = (re.compile(re.search(rf"^  {key}: (.*)$", HOOK, re.MULTILINE)[1]) for key in ("files", "exclude"))
    assert [name for name in (*FOUND, *LEFT) if wanted.search(name) and not unwanted.search(name)] == list(FOUND)
    assert "entry: certify lint --force-exclude\n" in HOOK


@pytest.mark.parametrize("name", ["Dockerfile.j2", "Dockerfile.bak", "Dockerfile~", "Dockerfile.gpu~", "vendor/Dockerfile",
                                  "dockerfile"])
def test_who_names_a_file_or_folder_means_it(repo, run, name):
    repo(name, DOCKER)
    assert run(name).files == [name]
    assert run("vendor").files == ["vendor/Dockerfile"] if name.startswith("vendor") else True


def test_source_code_about_them_is_none_of_them():
    assert [kind_of(name) for name in ("dockerfile_parse.yaml", "dockerfile.go")] == [Kind.RECIPE, None]


def test_a_recipe_that_build_does_not_take_is_told_there(repo, tmp_path):
    repo("r/recipe.yml", HEAD)
    with pytest.raises(Error) as caught:
        find_recipe(tmp_path / "r")
    assert caught.value.hint == f"rename {tmp_path}/r/recipe.yml to recipe.yaml"


@pytest.mark.parametrize("text", [CONDA, "name: x\nbase-image: y\nmodules: []\n", "source: {type: a}\nsink: {type: b}\n",
                                  "outputs: [{package: {name: a}}]\n", "ComponentName: a\nRecipeFormatVersion: '2020-01-25'\n"])
def test_recipes_of_other_programs_are_left_alone_and_told_of_once(repo, run, text):
    repo("conda/recipe.yaml", text)
    repo("x/Dockerfile", DOCKER)
    assert run().files == ["x/Dockerfile"] and run().failures == []
    (told,) = run("conda/recipe.yaml").findings
    assert (told.code, "another program's recipe" in told.message) == ("SCH004", True)
    (failure,) = run("conda").failures
    assert "only other programs' recipe.yaml" in failure.message and run("conda").exit_code == 3
    assert run("conda", "conda/recipe.yaml").findings == [told]


@pytest.mark.parametrize("text", ["name: x\nsteps: []\npackage: a\n", "schema: 1\npackage: a\n", "base: {debian: a}\nbuild: a\n",
                                  "nmae: x\n", "[]", "name: x\nversion: 1\n"])
def test_what_may_be_ours_is_judged_key_by_key(repo, run, text):
    repo("a/recipe.yaml", text)
    assert run().files == ["a/recipe.yaml"] and len(run().findings) >= 1


@pytest.mark.parametrize("in_git", [True, False])
def test_a_link_that_leads_out_is_left_alone(repo, run, tmp_path, in_git):
    repo("secret", "root:x:0:0\n")
    repo("work/common/base", DOCKER)
    repo("work/sub/common", DOCKER)
    if in_git:
        (tmp_path / "work/.git").mkdir()
    (tmp_path / "work/sub/Dockerfile.passwd").symlink_to("/etc/passwd")
    (tmp_path / "work/sub/Dockerfile.secret").symlink_to("../../secret")
    (tmp_path / "work/sub/Dockerfile.none").symlink_to("nowhere")
    (tmp_path / "work/sub/Dockerfile.loop").symlink_to("Dockerfile.loop")
    (tmp_path / "work/sub/Dockerfile.base").symlink_to("../common/base")
    (tmp_path / "work/sub/Dockerfile").symlink_to("common")
    (tmp_path / "work-b").mkdir()
    (tmp_path / "work/sub/Dockerfile.b").symlink_to(tmp_path / "work-b/x")
    (tmp_path / "work-b/x").write_text(DOCKER)
    assert run("work").files == ["work/sub/Dockerfile", "work/sub/Dockerfile.base"]
    assert run("work/sub").files == ["work/sub/Dockerfile", *["work/sub/Dockerfile.base"] * in_git]
    assert run("work/sub/Dockerfile.secret").files == ["work/sub/Dockerfile.secret"]


def test_git_and_we_ignore_the_same(repo, run, tmp_path):
    (tmp_path / "r/.git/info").mkdir(parents=True)
    repo("r/.git/info/exclude", "mine/\n")
    repo("r/.gitignore", "/build/\n*.gpu\n!keep.gpu\nwork/sub/x\n")
    repo("r/sub/.gitignore", "!Dockerfile.gpu\nold\n")
    repo("r/nested/.git", "gitdir: elsewhere\n")
    for name in ("build", "sub/build", "mine", "sub/mine", "nested/mine", "nested/build", "sub", "sub/old", "old", "work/sub/x",
                 "work/sub/y"):
        repo(f"r/{name}/Dockerfile", DOCKER)
    repo("r/Dockerfile.gpu", DOCKER)
    repo("r/sub/Dockerfile.gpu", DOCKER)
    kept = {"sub/build/Dockerfile", "nested/mine/Dockerfile", "nested/build/Dockerfile", "sub/Dockerfile", "sub/Dockerfile.gpu",
            "old/Dockerfile", "work/sub/y/Dockerfile"}
    assert set(run("r").files) == {f"r/{name}" for name in kept}
    assert set(run("r/sub").files) == {f"r/{name}" for name in kept if name.startswith("sub")}
    assert set(run("r/work/sub").files) == {"r/work/sub/y/Dockerfile"}
    assert run("r/build").files == ["r/build/Dockerfile"] and run("r/Dockerfile.gpu").files == ["r/Dockerfile.gpu"]
    repo("r/certify.toml", "[lint]\nrespect-gitignore = false\n")
    assert len(run("r").files) == 13


def test_without_a_repository_nothing_is_ignored(repo, run):
    repo(".gitignore", "*\n")
    repo("Dockerfile", DOCKER)
    assert run().files == ["Dockerfile"]


UNREADABLE = """
import os, sys
from pathlib import Path
os.setgroups([]); os.setgid(20001); os.setuid(20001)
from certify.cli.main import entry
sys.argv = ["certify", "lint", *sys.argv[1:]]
entry()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="makes files of others")
def test_what_cannot_be_read_hides_nothing_else(open_folder):
    for path, text in (("u/recipe.yaml", HEAD + FAULT), ("u/secret/Dockerfile", DOCKER), ("own/recipe.yaml", HEAD)):
        (open_folder / path).parent.mkdir(parents=True, exist_ok=True)
        (open_folder / path).write_text(text)
    (open_folder / "u/secret").chmod(0o700)
    (open_folder / "own/recipe.yaml").chmod(0o600)

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", UNREADABLE, *words], cwd=open_folder, capture_output=True, text=True,
                              check=False)

    done = call("u", "--format", "concise")
    assert done.returncode == 3 and "u/recipe.yaml:9:24: ENV101" in done.stdout
    assert done.stderr == "error: u/secret: Permission denied\n"
    done = call("u/secret")
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "error: u/secret: Permission denied\n")
    done = call("u/secret/Dockerfile", "u/recipe.yaml", "--format", "concise")
    assert done.returncode == 3 and "ENV101" in done.stdout and done.stderr == "error: u/secret/Dockerfile: Permission denied\n"
    (open_folder / "u/secret").chmod(0o744)
    done = call("u", "--format", "concise")
    assert done.returncode == 3 and "ENV101" in done.stdout
    assert done.stderr == "error: u/secret/Dockerfile: Permission denied\n"
    for words in (("own",), ("own", "--statistics"), ("own/recipe.yaml", "--fix")):
        done = call(*words)
        assert (done.returncode, done.stdout) == (3, "") and done.stderr.endswith("recipe.yaml: Permission denied\n")
