"""The files that shells read at their start: what they set is the user's environment as well."""

from __future__ import annotations

import pytest

from tests.checks.variables.conftest import QUIET

# ENV105, beside what test_image_checks.py has

@pytest.mark.parametrize(("path", "text", "line"), [
    ("/opt/conda/envs/a/etc/conda/activate.d/x.sh", "\nexport LD_LIBRARY_PATH=$CONDA_PREFIX/lib\n", 2),
    ("/opt/conda/etc/conda/activate.d/x.csh", "setenv LD_LIBRARY_PATH /x\n", 1),
    ("/opt/conda/etc/conda/activate.d/x.fish", "set -gx LD_LIBRARY_PATH /x\n", 1),
    ("/opt/conda/etc/conda/env_vars.d/x.json", '{"LD_LIBRARY_PATH": "/x"}', 1),
    ("/opt/conda/conda-meta/state", '{"version": 1, "env_vars": {"LD_LIBRARY_PATH": "/x"}}', 1),
    ("/etc/skel/.pam_environment", "LD_LIBRARY_PATH DEFAULT=/x\n", 1), ("/etc/environment.d/x.conf", "LD_LIBRARY_PATH=/x\n", 1),
    ("/etc/zsh/zprofile", "export LD_LIBRARY_PATH=/x\n", 1), ("/home/user/.bashrc", "export LD_LIBRARY_PATH=/x\n", 1),
    ("/etc/fish/conf.d/x.fish", "# one\nset -x LD_LIBRARY_PATH /x\n", 2),
    ("/etc/csh.login.local", "setenv LD_LIBRARY_PATH /x\n", 1),
    ("/usr/lib/python3.11/site-packages/x.pth", "import os; os.environ['LD_LIBRARY_PATH'] = '/x'\n", 1),
    ("/opt/x/lib/python3.11/site-packages/sitecustomize.py", "import os\nos.environ['LD_LIBRARY_PATH'] = '/x'\n", 2),
    ("/.singularity.d/env/90-environment.sh", "export LD_LIBRARY_PATH=/x\n", 1),
])
def test_every_kind_of_startup_file_is_known(add, found, path, text, line):
    add(path, text)
    assert found("ENV105") == [(path, f"{path} sets LD_LIBRARY_PATH in line {line}")]


@pytest.mark.parametrize("text", [text for kind, text in QUIET if kind in ("sh", "bash")])
@pytest.mark.parametrize("path", ["/etc/profile.d/x.sh", "/opt/conda/etc/conda/activate.d/x.sh"])
def test_what_sets_nothing_for_a_user_is_quiet(add, found, path, text):
    add(path, text)
    assert found("ENV105") == []


@pytest.mark.parametrize("text", [
    'if [ -n "$CONDA_BUILD" ]; then :; else\n  export LD_LIBRARY_PATH=/x\nfi\n',
    'if [ -z "$CONDA_BUILD" ]; then\n  export LD_LIBRARY_PATH=/x\nfi\n', '[ -n "$CONDA_BUILD" ] || export LD_LIBRARY_PATH=/x\n',
    'if [ -n "$CONDA_BUILD" ]; then :; fi\nexport LD_LIBRARY_PATH=/x\n', '[ -n "$CONDA_BUILD" ]; export LD_LIBRARY_PATH=/x\n',
    'if [ -n "$CONDA_BUILD" ]; then :; elif true; then export LD_LIBRARY_PATH=/x; fi\n',
    'OLD_LD_LIBRARY_PATH=/x\nexport LD_LIBRARY_PATH=$OLD_LD_LIBRARY_PATH\n'])
def test_a_guard_that_does_not_guard_is_none(add, found, text):
    add("/etc/profile.d/x.sh", text)
    assert [path for path, _ in found("ENV105")] == ["/etc/profile.d/x.sh"]


@pytest.mark.parametrize("path", [
    "/.singularity.d/env/99-base.sh", "/opt/conda/etc/conda/deactivate.d/x.sh", "/etc/profile.d.bak/x.sh",
    "/usr/share/doc/profile", "/opt/x/etc/profile", "/opt/x/site-packages/x.txt"])
def test_a_file_that_nothing_reads_at_its_start_is_no_startup_file(add, found, path):
    add(path, "export LD_LIBRARY_PATH=/x\n")
    assert found("ENV105") == []


@pytest.mark.parametrize("target", ["/opt/x/env", "../../opt/x/env", "/app/env.sh"])
def test_a_startup_file_may_be_a_link_to_a_text_elsewhere(add, found, target):
    add("/opt/x/env", "export LD_LIBRARY_PATH=/x\n")
    add("/app/env.sh", "export LD_LIBRARY_PATH=/x\n")
    link = add("/etc/profile.d/x.sh", target, kind="link")
    assert found("ENV105") == [(link, f"{link} sets LD_LIBRARY_PATH in line 1")]


def test_a_link_that_leaves_the_image_is_not_followed(add, found, tmp_path):
    (tmp_path / "outside.sh").write_text("export LD_LIBRARY_PATH=/x\n")
    add("/etc/profile.d/a.sh", str(tmp_path / "outside.sh"), kind="link")
    add("/etc/profile.d/b.sh", "../../../outside.sh", kind="link")
    add("/etc/profile.d/c.sh", "c.sh", kind="link")
    assert found("ENV105") == []
