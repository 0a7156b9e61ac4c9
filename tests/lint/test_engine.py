"""Which files are judged, in which order, and that none of them stops the others."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from builder.errors import UsageError
from certify.lint import judge as judging
from certify.lint.target import Kind, kind_of
from tests.texts import FAULT, HEAD

DOCKER = "FROM debian:12\nENV LD_LIBRARY_PATH=/opt/x\n"


@pytest.mark.parametrize(("name", "kind"), [
    ("recipe.yaml", Kind.RECIPE), ("other.yml", Kind.RECIPE), ("Containerfile", Kind.CONTAINERFILE),
    ("Dockerfile", Kind.CONTAINERFILE), ("Dockerfile.gpu", Kind.CONTAINERFILE), ("Containerfile-mpi", Kind.CONTAINERFILE),
    ("mpi.Dockerfile", Kind.CONTAINERFILE), ("mpi.containerfile", Kind.CONTAINERFILE), ("Dockerfile.dockerignore", None),
    ("Dockerfiles", None), ("Dockerfile.md", None), ("script.sh", None), ("recipe.yaml.bak", None)])
def test_a_file_is_what_its_name_says(name, kind):
    assert kind_of(name) is kind


def test_folders_are_searched_and_what_programs_make_is_not(repo, run, tmp_path):
    for name in ("b/recipe.yaml", "a/recipe.yaml", "a/deep/er/recipe.yaml", ".hidden/recipe.yaml", ".venv/recipe.yaml",
                 "node_modules/x/recipe.yaml", "out/x/recipe.yaml", "a/other.yaml"):
        repo(name, HEAD)
    repo("a/Dockerfile.gpu", DOCKER)
    (tmp_path / "linked").symlink_to(tmp_path / "a")
    (tmp_path / "a/circle").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "a/Containerfile")
    outcome = run()
    assert outcome.files == ["a/Dockerfile.gpu", "a/recipe.yaml", "a/deep/er/recipe.yaml", "b/recipe.yaml"]
    assert run("b", "a", "b/recipe.yaml", "./b").files[0] == "b/recipe.yaml"
    assert len(run("b", "b/recipe.yaml", "./b").files) == 1
    assert run("linked").files == ["linked/Dockerfile.gpu", "linked/recipe.yaml", "linked/deep/er/recipe.yaml"]
    assert run("a/other.yaml").files == ["a/other.yaml"]


def test_a_broken_file_never_stops_the_others(repo, run, tmp_path):
    repo("a/recipe.yaml", b"\xff\xfe\0")
    repo("b/recipe.yaml", "a: [")
    repo("c/recipe.yaml", HEAD + FAULT)
    os.mkfifo(tmp_path / "pipe.yaml")
    outcome = run("nowhere", "pipe.yaml", "script.sh", ".")
    assert [(finding.file, finding.code) for finding in outcome.findings if finding.code[:3] in ("SCH", "ENV")] == [
        ("a/recipe.yaml", "SCH001"), ("b/recipe.yaml", "SCH001"), ("c/recipe.yaml", "ENV101")]
    assert [failure.path for failure in outcome.failures] == ["nowhere", "script.sh", "pipe.yaml"]
    assert outcome.exit_code == 3


def test_thousands_of_findings_in_long_steps_cost_little(repo, run):
    repo("recipe.yaml", HEAD + "steps:\n" + ("  - run: |\n" + "      export LD_LIBRARY_PATH=/opt/x\n" * 1000) * 8)
    start = time.process_time()
    outcome = run(select=("ENV102",))
    assert [finding.span.line for finding in outcome.findings] == [line for line in range(10, 8018) if (line - 10) % 1001]
    assert time.process_time() - start < 5


def test_a_bug_in_a_rule_is_told_and_stops_no_other_file(repo, run, monkeypatch):
    repo("a/recipe.yaml", HEAD)
    repo("b/recipe.yaml", HEAD + FAULT)
    judge = judging.judge

    def faulty(data, path, *rest):
        if "a/" in str(path):
            raise RecursionError("deep")
        return judge(data, path, *rest)

    monkeypatch.setattr(judging, "judge", faulty)
    outcome = run()
    assert [finding.file for finding in outcome.findings if finding.code == "ENV101"] == ["b/recipe.yaml"]
    assert "bug in certify" in outcome.failures[0].message
    assert outcome.exit_code == 3


def test_an_empty_folder_is_not_clean(repo, run, tmp_path):
    (tmp_path / "empty").mkdir()
    outcome = run("empty")
    assert "no such recipe" in outcome.failures[0].message
    assert outcome.exit_code == 3


def test_bytes_that_are_given_are_not_read_from_the_disk(run):
    outcome = run("x/Dockerfile", given={Path("x/Dockerfile"): DOCKER.encode()}, select=("ENV",))
    assert [(finding.file, finding.code) for finding in outcome.findings] == [("x/Dockerfile", "ENV101")]
    assert outcome.sources.line("x/Dockerfile", 2) == "ENV LD_LIBRARY_PATH=/opt/x"


def test_select_and_ignore_by_the_longest_start(repo, run):
    repo("recipe.yaml", HEAD + FAULT + "workdir: /home/x\n")

    def codes(**options):
        return [finding.code for finding in run("recipe.yaml", **options).findings]

    assert codes(select=("ENV1", "PTH202")) == ["ENV101", "PTH202"]
    assert codes(select=("ENV101",), ignore=("ENV",)) == ["ENV101"]
    assert codes(select=("ENV",), ignore=("ENV101",)) == []
    assert codes(select=("PTH202",), extend=("ENV101",)) == ["ENV101", "PTH202"]
    assert "ENV101" in codes() and "ENV101" not in codes(ignore=("E",))
    assert codes(ignore=("ALL",)) == []


def test_what_cannot_be_read_is_told_whatever_is_selected(repo, run):
    repo("recipe.yaml", "a: [")
    assert [finding.code for finding in run(select=("ENV",), ignore=("SCH",)).findings] == ["SCH001"]


def test_paths_are_told_from_the_root_of_the_repository(repo, run, tmp_path, monkeypatch):
    repo("recipes/x/recipe.yaml", HEAD + FAULT)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "recipes")
    outcome = run(select=("ENV",))
    assert outcome.findings[0].file == "x/recipe.yaml"
    assert outcome.relative("x/recipe.yaml") == "recipes/x/recipe.yaml"
    assert outcome.relative("/etc/recipe.yaml") == "/etc/recipe.yaml"


@pytest.mark.parametrize("file", ["certify.toml", "pyproject.toml"])
def test_the_nearest_configuration_counts(repo, run, file):
    table = "[lint]" if file == "certify.toml" else "[tool.certify.lint]"
    repo("certify.toml", "[lint]\nselect = ['PTH']\n")
    repo(f"inner/{file}", f"{table}\nselect = ['ENV']\nfail-on = 'never'\nseverity = {{ENV1 = 'info'}}\n"
                          "per-file-ignores = {'old/*' = ['ENV101']}\n")
    for name in ("outer", "inner/new", "inner/old"):
        repo(f"{name}/recipe.yaml", HEAD + FAULT + "workdir: /home/x\n")
    outcome = run()
    assert [(finding.file, finding.code, str(finding.severity)) for finding in outcome.findings] == [
        ("inner/new/recipe.yaml", "ENV101", "info"), ("outer/recipe.yaml", "PTH202", "error")]
    assert not run("inner").failed and run("outer").failed and run("inner", isolated=True).failed


@pytest.mark.parametrize(("text", "said"), [
    ("select = ['EVN']", "EVN"), ("slect = []", "unknown key 'slect'"), ("select = 'ENV'", "list"), ("profile = 'best'", "best"),
    ("fail-on = 3", "fail-on"), ("severity = {ENV101 = 'bad'}", "ENV101"), ("[", "certify.toml"), ("site = 3", "site")])
def test_a_configuration_that_says_nonsense_is_refused(repo, run, text, said):
    repo("certify.toml", "[lint]\n" + text + "\n")
    repo("recipe.yaml", HEAD)
    with pytest.raises(UsageError, match=r"certify\.toml") as caught:
        run()
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["[tool.ruff]\nline-length = 80\n", "[project]\ndependencies = ['certify-images']\n", "[broken"])
def test_a_pyproject_of_others_is_passed_by(repo, run, text):
    repo("certify.toml", "[lint]\nselect = ['PTH']\n")
    repo("inner/pyproject.toml", text)
    repo("inner/recipe.yaml", HEAD + FAULT)
    assert run("inner").findings == []


def test_a_broken_pyproject_that_names_us_is_refused(repo, run):
    repo("pyproject.toml", "[tool.certify.lint")
    repo("recipe.yaml", HEAD)
    with pytest.raises(UsageError, match=r"pyproject\.toml"):
        run()


def test_excluded_paths(repo, run):
    repo("certify.toml", "[lint]\nexclude = ['legacy', '*/Dockerfile.old']\n")
    repo("legacy/recipe.yaml", HEAD)
    repo("x/Dockerfile.old", DOCKER)
    repo("x/recipe.yaml", HEAD)
    assert run().files == ["x/recipe.yaml"]
    assert run("x/Dockerfile.old").files == ["x/Dockerfile.old"]        # who names a file means it
