"""What the design promises about the sources, read from the sources themselves."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
SOURCES = sorted(str(path.relative_to(TOP)) for package in ("builder", "certify") for path in (TOP / package).rglob("*.py"))
MAX_LINES = 350

# Programs of their own, started with ``python -m``: only they may end the process.
PROGRAMS = ("builder/__main__.py", "builder/inside.py", "certify/sandbox/inside.py", "certify/sandbox/look.py",
            "certify/sharing/layer.py", "certify/verifier/__main__.py")
ENTERED = ("builder/compile_bytecode.py", "builder/flatten.py", "builder/sources.py")   # started, too
SHOWING = ("certify/cli/", "certify/report/")
PRIVATE_KEY = ("load_pem_private_key", "load_der_private_key", "load_ssh_private_key", "generate_private_key", "PrivateKey",
               "from_private_bytes", "private_bytes", "load_key_and_certificates", "load_pkcs12")


@functools.cache
def parsed(file):
    return ast.parse((TOP / file).read_text(encoding="utf-8"))


@functools.cache
def imports(tree):
    """Every module that a source imports, but for those that only a type checker sees."""
    nodes = list(ast.walk(tree))
    hidden = {inner for node in nodes if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
              for inner in ast.walk(node)}
    return tuple(name for node in nodes if node not in hidden for name in _named(node))


def _named(node):
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are written in full"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("__import__", "importlib.import_module", "import_module"):
        yield ast.unparse(node.args[0]).strip("'\"")


def typed_imports(tree):
    """Every module that is named in an import of any kind."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{node.module}."


def files_that_import(*modules):
    return {file for file in SOURCES
            if any(name == module or name.startswith(module + ".") for name in imports(parsed(file)) for module in modules)}


@functools.cache
def calls(tree):
    """The names of all functions that are called, as they are written."""
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_there_are_sources_to_look_at():
    assert len([file for file in SOURCES if file.startswith("builder/")]) > 20
    assert len([file for file in SOURCES if file.startswith("certify/")]) > 50


def test_the_builder_never_imports_certify():
    lower = [file for file in SOURCES if file.startswith("builder/")]
    assert [(file, name) for file in lower for name in typed_imports(parsed(file)) if name.partition(".")[0] == "certify"] == []


def test_one_module_starts_processes():
    assert files_that_import("subprocess", "multiprocessing", "pty", "asyncio.subprocess") == {"builder/process.py"}


def test_nothing_starts_a_process_by_other_doors():
    doors = {"os.system", "os.popen", "os.execv", "os.execve", "os.execvp", "os.execvpe", "os.posix_spawn", "os.posix_spawnp",
             "os.spawnv", "os.spawnve", "os.fork", "os.forkpty"}
    found = {(file, name) for file in SOURCES for name in calls(parsed(file)) & doors}
    assert found == {("builder/compile_bytecode.py", "os.fork")}      # it runs in the image, not here


def test_one_module_reads_yaml():
    assert files_that_import("yaml") == {"builder/recipe/events.py"}


def test_one_module_touches_private_keys():
    assert files_that_import("securesystemslib") == {"certify/signing.py"}
    named = {file for file in SOURCES for node in ast.walk(parsed(file))
             for name in [getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", None)]
             if isinstance(node, ast.Name | ast.Attribute | ast.alias) and any(word in name for word in PRIVATE_KEY)}
    assert named == {"certify/signing.py"}


def test_only_what_faces_a_person_prints_and_only_programs_end_the_process():
    quiet = [file for file in SOURCES if file not in PROGRAMS and not file.startswith(SHOWING)]
    words = {"print", "rich.print", "sys.exit", "exit", "quit", "os._exit", "SystemExit"}
    found = {(file, name) for file in quiet for name in calls(parsed(file)) & words}
    assert found == {("builder/compile_bytecode.py", "os._exit"),    # of a child of its own
                     *((file, "sys.exit") for file in ENTERED)}


@pytest.mark.parametrize("file", [*PROGRAMS, *ENTERED])
def test_a_program_ends_the_process_only_at_its_very_end(file):
    *body, last = parsed(file).body
    assert "sys.exit(" in ast.unparse(last)
    assert file.endswith("/__main__.py") or ast.unparse(last).startswith("if __name__ == '__main__':\n")
    assert not [node for node in body if "sys.exit(" in ast.unparse(node)]


def test_few_modules_talk_to_the_kernel_about_mounts():
    """Whoever mounts does it in mount namespaces of its own: these are entered by programs, or used by them alone.

    One watches files, and mounts nothing.
    """
    assert files_that_import("ctypes") == {"builder/inside.py", "builder/overlay.py", "certify/sandbox/mount.py",
                                               "certify/sandbox/owned.py", "certify/sandbox/watching.py"}


def test_what_shows_layers_as_a_tree_runs_in_namespaces_of_its_own():
    assert files_that_import("builder.overlay") == {"builder/flatten.py", "builder/works.py"}
    assert files_that_import("builder.works") == {"builder/inside.py"}
    assert files_that_import("builder.inside") == set()
    starts = {file for file in SOURCES if {"enclosed", "process.enclosed"} & calls(parsed(file))}
    assert {"builder/flatten.py", "builder/pipeline.py"} <= starts


def test_what_is_handed_into_the_namespaces_is_plain_data():
    """The plan knows no recipe, and what makes layers no network: it has only what was fetched before."""
    kept_out = ("builder.recipe", "builder.fetch", "builder.apt", "builder.bases", "urllib", "http")
    for file in ("builder/plan.py", "builder/works.py", "builder/overlay.py", "builder/layers.py", "builder/bytecode.py"):
        assert [name for name in imports(parsed(file)) if name.startswith(kept_out)] == [], file


def test_no_file_is_long():
    sizes = {file: len((TOP / file).read_text(encoding="utf-8").splitlines()) for file in SOURCES}
    assert {file: size for file, size in sizes.items() if size > MAX_LINES} == {}


def test_every_module_says_what_it_is_for():
    assert [file for file in SOURCES if parsed(file).body and not ast.get_docstring(parsed(file))] == []


def test_what_runs_inside_an_image_needs_only_the_standard_library():
    import sys

    assert {name.partition(".")[0] for name in imports(parsed("builder/compile_bytecode.py"))} <= sys.stdlib_module_names


def test_what_runs_inside_an_image_is_no_syntax_error_for_an_old_python():
    """Rocky 8 and Ubuntu 18.04 have 3.6: no future import of later ones, no annotation that is evaluated but a plain name."""
    text = (TOP / "builder/compile_bytecode.py").read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 6))
    assert "__future__" not in {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    evaluated = [hint for node in functions for hint in (node.returns, *(one.annotation for one in node.args.args))]
    assert [ast.unparse(hint) for hint in evaluated if not isinstance(hint, ast.Name | ast.Constant)] == []
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.AnnAssign | ast.NamedExpr | ast.Match)]


def test_no_pattern_repeats_a_group_possessively():
    """Python before 3.11.5 matches such patterns wrongly (gh-106052), and Debian 12 has 3.11.2."""
    possessive = re.compile(r"\)[*+?]\+|\)\{[0-9,]+\}\+|\(\?>")
    found = [f"{path}:{number}" for path in SOURCES for number, line in enumerate((TOP / path).read_text().splitlines(), 1)
             if possessive.search(line)]
    assert found == []
