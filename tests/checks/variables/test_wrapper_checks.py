"""The scripts that start programs or are sourced, and the module files: what they set before a program starts."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from certify.checks import registry
from certify.finding import Severity
from tests.checks.variables.conftest import QUIET, SHEBANGS, WRAPPERS, codes


@pytest.fixture
def severities(tree, site):
    def run(code, **env):
        return [(one.path, one.severity) for one in registry.run(tree(**env), site) if one.code == code]
    return run


# ENV106

@pytest.mark.parametrize(("kind", "text"), WRAPPERS)
@pytest.mark.parametrize("folder", ["/opt/x/bin", "/usr/local/sbin", "/opt/x/libexec"])
def test_a_wrapper_of_any_interpreter_is_an_error(add, severities, folder, kind, text):
    path = add(f"{folder}/x", SHEBANGS[kind] + text, mode=0o755)
    assert severities("ENV106") == [(path, Severity.ERROR)]


@pytest.mark.parametrize(("kind", "text"), QUIET)
def test_a_script_that_only_looks_or_clears_is_quiet(add, found, kind, text):
    add("/opt/x/bin/x", SHEBANGS[kind] + text, mode=0o755)
    assert found("ENV106") == []


def test_the_message_tells_the_line_and_the_help_the_cure(add, tree, site):
    add("/opt/x/bin/x", "#!/bin/sh\n\nLD_LIBRARY_PATH=/opt/x/lib exec y\n", mode=0o755)
    finding = codes(tree(), site)["ENV106"]
    assert finding.message == "/opt/x/bin/x is a wrapper that sets LD_LIBRARY_PATH in line 3"
    assert "patchelf" in finding.help


def test_wrappers_of_one_software_are_one_finding(add, found):
    for name in ("a", "b", "c"):
        add(f"/opt/x/bin/{name}", "#!/bin/sh\nLD_LIBRARY_PATH=/x exec y\n", mode=0o755)
    (path, message), = found("ENV106")
    assert path == "/opt/x/bin/a"
    assert "2 more" in message


@pytest.mark.parametrize(("path", "mode", "text"), [
    ("/opt/intel/oneapi/setvars.sh", 0o755, "export LD_LIBRARY_PATH=/x\n. vars.sh \"$@\"\n"),
    ("/opt/x/env.csh", 0o644, "setenv LD_LIBRARY_PATH /x\n"), ("/opt/root/bin/thisroot.sh", 0o755, "export LD_LIBRARY_PATH=/x\n"),
    ("/opt/venv/bin/activate", 0o644, "export LD_LIBRARY_PATH=/x\n"),
    ("/opt/x/share/setup", 0o755, "export LD_LIBRARY_PATH=/x\n"),
])
def test_a_script_that_a_user_sources_weighs_less(add, severities, path, mode, text):
    add(path, ("#!/bin/sh\n" if mode & 0o100 else "") + text, mode=mode)
    assert severities("ENV106") == [(path, Severity.WARNING)]


def test_scripts_to_source_of_one_software_are_one_warning(add, found):
    for name in ("mkl", "mpi", "tbb"):
        add(f"/opt/intel/oneapi/{name}/latest/env/vars.sh", "export LD_LIBRARY_PATH=/x\n")
    assert len(found("ENV106")) == 1


@pytest.mark.parametrize("path", ["/opt/x/x", "/srv/run.sh"])
def test_a_script_elsewhere_that_becomes_its_program_is_a_wrapper(add, severities, path):
    add(path, '#!/bin/sh\nexport LD_LIBRARY_PATH=/x\nexec /opt/x/real "$@"\n', mode=0o755)
    assert severities("ENV106") == [(path, Severity.ERROR)]


def test_a_script_that_stands_in_a_programs_place_is_a_wrapper(add, severities):
    add("/opt/x/tool", "#!/bin/sh\nexport LD_LIBRARY_PATH=/x\n./tool.bin\n", mode=0o755)
    add("/opt/x/tool.bin", b"\x7fELF", mode=0o755)
    assert severities("ENV106") == [("/opt/x/tool", Severity.ERROR)]


def test_a_script_is_a_program_on_path_by_a_link_and_as_the_entrypoint(add, tree, site):
    text = "#!/bin/sh\nexport LD_LIBRARY_PATH=/x\ntool\n"
    add("/opt/tools/first", text, mode=0o755)
    add("/app/second.py", "#!/usr/bin/python3\nos.environ['LD_LIBRARY_PATH'] = x\n", mode=0o755)
    add("/usr/local/bin/second", "/app/second.py", kind="link")
    add("/third.sh", text, mode=0o755)
    image = tree(PATH="/usr/bin:/opt/tools")
    image.config = replace(image.config, entrypoint=("/third.sh",))
    assert {one.path: one.severity for one in registry.run(image, site) if one.code == "ENV106"} == dict.fromkeys(
        ("/opt/tools/first", "/usr/local/bin/second", "/third.sh"), Severity.ERROR)


def test_wrappers_of_a_distributions_package_are_one_warning(add, found, severities, owned):
    for name in ("fakeroot", "fakeroot-tcp"):
        add(f"/usr/bin/{name}", "#!/bin/sh\nLD_LIBRARY_PATH=/x \"$@\"\n", mode=0o755)
    owned("fakeroot", "/usr/bin/fakeroot", "/usr/bin/fakeroot-tcp")
    assert [severity for _, severity in severities("ENV106")] == [Severity.WARNING]
    assert "of package fakeroot" in found("ENV106")[0][1]


def test_scripts_to_source_of_a_package_are_quiet(add, found, owned):
    add("/usr/share/x/env.sh", "export LD_LIBRARY_PATH=/x\n")
    owned("x", "/usr/share/x/env.sh")
    assert found("ENV106") == []


def test_a_link_to_a_program_that_is_one_by_itself_adds_nothing(add, found):
    add("/opt/x/bin/x", "#!/bin/sh\nLD_LIBRARY_PATH=/x exec y\n", mode=0o755)
    add("/opt/a/bin/link", "/opt/x/bin/x", kind="link")
    assert [path for path, _ in found("ENV106")] == ["/opt/x/bin/x"]


def test_an_ending_of_shells_means_nothing_where_no_shell_reads(add, severities):
    add("/opt/x/bin/x.sh", "#!/usr/bin/python3\nos.environ['LD_LIBRARY_PATH'] = x\n", mode=0o755)
    assert severities("ENV106") == [("/opt/x/bin/x.sh", Severity.ERROR)]


@pytest.mark.parametrize(("path", "mode"), [
    ("/opt/x/tests/bin/x", 0o755), ("/src/x/run.sh", 0o755), ("/opt/x/bin/data", 0o644), ("/opt/x/bin/libtool", 0o755),
    ("/opt/x/share/examples/x.sh", 0o755), ("/opt/x/configure", 0o755), ("/opt/x/readme", 0o644)])
def test_what_nobody_starts_or_sources_is_quiet(add, found, path, mode):
    add(path, "#!/bin/sh\nexport LD_LIBRARY_PATH=/x\nexec y \"$@\"\n", mode=mode)
    assert found("ENV106") == []


def test_a_long_path_of_an_interpreter_makes_python_start_from_sh(add, found):
    """pip and conda write such programs where a #! line would be too long."""
    add("/opt/x/bin/x", "#!/bin/sh\n'''exec' \"/opt/x/a very long path/python\" \"$0\" \"$@\"\n' '''\n"
                        "import os\nos.environ['LD_LIBRARY_PATH'] = '/x'\n", mode=0o755)
    assert found("ENV106") == [("/opt/x/bin/x", "/opt/x/bin/x is a wrapper that sets LD_LIBRARY_PATH in line 5")]


def test_a_wrapper_does_what_the_check_says_of_it(add, found, tmp_path):
    """The real shell agrees: the variable reaches the program."""
    add("/opt/x/bin/x", '#!/bin/sh\nLD_LIBRARY_PATH=/opt/x/lib exec /usr/bin/env "$@"\n', mode=0o755)
    told = subprocess.run([tmp_path / "image/opt/x/bin/x"], capture_output=True, text=True, check=True, env={}).stdout
    assert "LD_LIBRARY_PATH=/opt/x/lib" in told.splitlines()
    assert len(found("ENV106")) == 1


# ENV107

@pytest.mark.parametrize(("path", "text", "line"), [
    ("/opt/modulefiles/x/1.0", "#%Module\nprepend-path LD_LIBRARY_PATH /x/lib\n", 2),
    ("/usr/share/modules/modulefiles/x", "#%Module1.0\nset root /x\nappend-path -d : LD_LIBRARY_PATH $root/lib\n", 3),
    ("/opt/Modules/modulefiles/x/1.0", "#%Module\n  setenv LD_LIBRARY_PATH {/x}\n", 2),
    ("/opt/spack/share/spack/modules/linux/x-1.0-abc", "#%Module\npushenv LD_LIBRARY_PATH /x\n", 2),
    ("/opt/easybuild/modules/all/x/1.0-foss-2024a.lua", 'prepend_path("LD_LIBRARY_PATH", pathJoin(root, "lib"))\n', 1),
    ("/opt/lmod/x/1.0.lua", "-- x\nsetenv('LD_LIBRARY_PATH', '/x')\n", 2),
    ("/opt/nvidia/hpc_sdk/modulefiles/nvhpc/24.1", '#%Module\nif {1} { prepend-path "LD_LIBRARY_PATH" /x }\n', 2),
])
def test_a_module_file_that_sets_it_is_found(add, tree, site, path, text, line):
    add(path, text)
    finding = codes(tree(), site)["ENV107"]
    assert (finding.severity, finding.message) == (Severity.ERROR, f"{path} sets LD_LIBRARY_PATH in line {line}")


@pytest.mark.parametrize(("path", "text"), [
    ("/opt/modulefiles/x/1.0", "#%Module\nremove-path LD_LIBRARY_PATH /x\nunsetenv LD_LIBRARY_PATH\n"),
    ("/opt/modulefiles/x/1.0", "#%Module\n# prepend-path LD_LIBRARY_PATH /x\nprepend-path PATH /x\n"),
    ("/opt/modulefiles/x/README", "prepend-path LD_LIBRARY_PATH /x\n"), ("/opt/x/data", "#%Module\nsetenv LD_LIBRARY_PATH /x\n"),
    ("/opt/lmod/x/1.0.lua", '-- setenv("LD_LIBRARY_PATH", "/x")\nremove_path("LD_LIBRARY_PATH", "/x")\n'),
    ("/usr/lib/x/modules/x.py", "#%Module\nsetenv LD_LIBRARY_PATH /x\n"),
])
def test_a_module_file_that_does_not_is_quiet(add, found, path, text):
    add(path, text)
    assert found("ENV107") == []


def test_a_module_file_of_a_package_weighs_less(add, severities, owned):
    add("/etc/modulefiles/mpi/openmpi-x86_64", "#%Module 1.0\nprepend-path LD_LIBRARY_PATH /x/lib\n")
    owned("openmpi", "/etc/modulefiles/mpi/openmpi-x86_64")
    assert severities("ENV107") == [("/etc/modulefiles/mpi/openmpi-x86_64", Severity.WARNING)]
