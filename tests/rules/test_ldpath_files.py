"""Files of the image that set variables: written by steps, given in place, or taken from the recipe's folder."""

from __future__ import annotations

import pytest

from certify.rules import env104_ldpath_written, env106_ldpath_wrapper, env107_ldpath_module, env110_loader_vars
from certify.rules.subject import Put, Subject, Written
from certify.shell.kinds import is_module, is_startup, is_wrapper, kind_of
from certify.shell.settings import settings
from certify.site import load

SITE = load()


def codes(findings) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize(("path", "text", "kind"), [
    ("/etc/profile.d/x.sh", "", "sh"), ("/root/.bashrc", "", "sh"), ("/etc/csh.cshrc", "", "csh"), ("/etc/profile.d/x.csh",
    "", "csh"),
    ("/etc/environment", "", "config"), ("/opt/modulefiles/x/1.0", "", "tcl"), ("/opt/modulefiles/x/1.0.lua", "", "lua"),
    ("/opt/x/bin/x", "", "sh"), ("/opt/x/bin/x", "#!/usr/bin/env python3", "python"), ("/x", "#%Module1.0", "tcl"),
    ("/opt/x/README.md", "", ""), ("/opt/x/share/doc/x.sh", "", ""), ("/dev/null", "", ""), ("/etc/ld.so.conf.d/x.conf", "", ""),
    ("/opt/x/kernel.json", "", "markup"), ("/opt/x/Makefile", "", ""), ("/opt/x/env.sh.in", "", "sh"), ("/opt/x/what", "",
    "unknown"),
    ("x.patch", "", ""), ("/src/main.c", "", ""), ("/usr/lib/R/etc/Renviron.site", "", "config"),
])
def test_what_reads_a_file_is_told_by_its_path_and_first_line(path, text, kind):
    assert kind_of(path, text) == kind


def test_modules_wrappers_and_what_shells_read_at_start():
    assert is_module("/opt/modulefiles/x") and not is_module("/opt/x/lib")
    assert is_wrapper("/opt/bin/x") and is_wrapper("/entrypoint", "#!/bin/sh") and not is_wrapper("/opt/venv/bin/activate")
    assert is_startup("/etc/profile.d/x.sh") and is_startup("~/.bashrc") and not is_startup("/opt/x/profile.txt")


@pytest.mark.parametrize(("kind", "text", "found"), [
    ("tcl", "prepend-path A /x", ["A"]), ("tcl", "  setenv A /x\n# setenv B /y", ["A"]), ("tcl", "remove-path A /x", []),
    ("lua", 'prepend_path("A", "/x")', ["A"]), ("lua", 'setenv{"A", "/x"}', ["A"]), ("lua", '-- setenv("A", "/x")', []),
    ("csh", "setenv A /x; setenv B ''", ["A"]), ("fish", "set -gx A /x", ["A"]), ("fish", "set -e A", []),
    ("python", 'os.environ["A"] = x', ["A"]), ("python", 'os.environ["A"] == x', []), ("python", 'os.putenv("A", "/x")', ["A"]),
    ("perl", "$ENV{A} .= ':/x';", ["A"]), ("perl", "delete $ENV{A};", []), ("julia", 'ENV["A"] = "/x"', ["A"]),
    ("r", 'Sys.setenv(A = "/x")', ["A"]), ("config", "A=/x\n#B=/y", ["A"]), ("config", "Environment=A=/x", ["Environment", "A"]),
    ("markup", '{"env": {"A": "/x"}}', ["env", "A"]), ("markup", "variables:\n  A: /x\n", ["A"]), ("sh", "export A=/x", ["A"]),
    ("", "export A=/x", []), ("matlab", "setenv('A', '/x')", ["A"]), ("ruby", "ENV['A'] = '/x'", ["A"]),
])
def test_settings_in_many_languages(kind, text, found):
    assert [one.name for one in settings(text, kind)] == found


@pytest.mark.parametrize(("path", "text", "rule"), [
    ("/etc/profile.d/x.sh", "export LD_LIBRARY_PATH=/x\n", env104_ldpath_written),
    ("/usr/bin/x", "LD_LIBRARY_PATH=/x exec y\n", env106_ldpath_wrapper),
    ("/opt/modulefiles/x", "prepend-path LD_LIBRARY_PATH /x\n", env107_ldpath_module),
    ("/etc/ld.so.preload", "/x/liba.so\n", env110_loader_vars),
])
def test_text_given_in_place(path, text, rule):
    given = Written(route=("instructions", 0), path=path, text="# one\n" + text)
    (hit,) = rule.check(Subject(kind="containerfile", written=(given,)), SITE)
    assert hit.route == ("instructions", 0) and path in hit.message


@pytest.mark.parametrize(("to", "text", "code"), [
    ("/etc/profile.d/x.sh", "export LD_LIBRARY_PATH=/x\n", ["ENV104"]), ("/opt/x/bin/x",
    "#!/bin/sh\nLD_LIBRARY_PATH=/x y\n", ["ENV106"]),
    ("/opt/modulefiles/x", "#%Module\nsetenv LD_LIBRARY_PATH /x\n", ["ENV107"]), ("/opt/x/notes.txt", "LD_LIBRARY_PATH=/x\n", []),
    ("/etc/profile.d/x.sh", "unset LD_LIBRARY_PATH\n", []), ("/opt/x/bin/x", "\0LD_LIBRARY_PATH=/x\n", []),
])
def test_files_of_the_recipe(to, text, code, lint, tmp_path):
    (tmp_path / "given").write_bytes(text.encode())
    assert [one for one in codes(lint(f"files:\n  - {{from: given, to: {to}}}\n")) if one.startswith("ENV10")] == code


def test_a_file_outside_the_folder_is_not_read(tmp_path):
    (tmp_path / "x.sh").write_text("export LD_LIBRARY_PATH=/x\n")
    inside = tmp_path / "recipe"
    inside.mkdir()
    (inside / "link").symlink_to("../x.sh")
    puts = [Put(route=("files", 0, "to"), path="/etc/profile.d/x.sh", what="files", source=source)
            for source in ("../x.sh", "link", "missing", ".", "a" * 5000, "a\0b")]
    assert list(env104_ldpath_written.check(Subject(kind="recipe", folder=inside, puts=tuple(puts)), SITE)) == []


@pytest.mark.parametrize(("shell", "found"), [
    ("echo /x/a.so > /etc/ld.so.preload", ["ENV110"]), ("export LD_PRELOAD=/x/a.so", []),
    ("fakeroot make; LD_PRELOAD=/x/a.so make", []),
    ("echo 'export LD_PRELOAD=/x' > /etc/profile.d/x.sh", ["ENV110"]), ("> /etc/ld.so.preload", []),
    ("echo GLIBC_TUNABLES=glibc.malloc.check=1 >> /etc/environment", ["ENV110"]),
])
def test_variables_of_the_loader(shell, found, lint_step):
    assert [code for code in codes(lint_step(shell)) if code == "ENV110"] == found


@pytest.mark.parametrize(("name", "found"), [
    ("TMPDIR", True), ("HOME", True), ("SLURM_CONF", True), ("FI_PROVIDER", True), ("NCCL_DEBUG", True),
    ("SHIFTER_RUNTIME", True),
    ("OMP_NUM_THREADS", False), ("HOMEBREW", False), ("FICLONE", False), ("USERNAME", False),
])
def test_variables_of_the_site(name, found, lint):
    assert ("ENV111" in codes(lint(f"env: {{{name}: x}}\n"))) == found
    assert "ENV111" not in codes(lint(f"steps:\n  - {{run: make, env: {{{name}: x}}}}\n"))


@pytest.mark.parametrize(("shell", "found"), [
    ("echo 'export PATH=/x/bin:$PATH' >> ~/.bashrc", 1), ("echo 'conda activate base' >> /root/.bashrc", 1),
    ("echo 'source /opt/intel/oneapi/setvars.sh' >> /etc/bash.bashrc", 1), ("echo \"alias ll='ls -l'\" >> ~/.bashrc", 0),
    ("echo 'export PS1=x EDITOR=vi' >> ~/.bashrc", 0), ("printf 'export A=1\\nexport B=2\\n' > /etc/profile.d/x.sh", 1),
    ("echo 'export A=1' > /opt/x/env.sh", 0), ("echo A=1 >> /etc/environment", 1),
    ("echo 'setenv A 1' > /etc/profile.d/x.csh", 1),
])
def test_what_only_an_rc_file_brings(shell, found, lint_step):
    assert codes(lint_step(shell)).count("ENV112") == found


def test_what_the_environment_has_as_well_is_fine(lint):
    step = "steps:\n  - run: echo 'export A=1' > /etc/profile.d/x.sh\n"
    assert "ENV112" in codes(lint(step)) and "ENV112" not in codes(lint("env: {A: '1'}\n" + step))


def test_a_place_within_a_here_document_is_exact(lint_step):
    (found,) = lint_step("cat > /opt/x/env.sh <<'EOF'\n# x\nexport LD_LIBRARY_PATH=/x\nEOF")
    assert (found.code, found.span.line) == ("ENV104", 14)
