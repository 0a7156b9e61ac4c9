"""What sets LD_LIBRARY_PATH and its like in an image: found where it has an effect, quiet where it has none."""

from __future__ import annotations

import gc
import os
import subprocess
import time
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builder.image import ImageConfig
from builder.rootfs import Root
from certify.checks import env112_env_in_rc_only, registry, scripts
from certify.checks.folders import Role, folder_of, role_of
from certify.checks.scripts import texts_of
from certify.checks.tree import ImageTree
from certify.finding import Severity

CONFIG = "/.certify/image.json"
SHEBANGS = {"sh": "#!/bin/sh\n", "bash": "#!/usr/bin/env bash\n", "python": "#!/opt/x/bin/python3.11\n",
            "perl": "#!/usr/bin/perl -w\n", "ruby": "#!/usr/bin/env ruby\n"}
WRAPPERS = [
    ("sh", 'LD_LIBRARY_PATH=/opt/x/lib exec /opt/x/libexec/x "$@"\n'),
    ("sh", 'exec env LD_LIBRARY_PATH=/opt/x/lib /opt/x/libexec/x "$@"\n'),
    ("sh", "\nexport LD_LIBRARY_PATH=/opt/x/lib:$LD_LIBRARY_PATH\n/opt/x/libexec/x\n"),
    ("bash", 'v=LD_LIBRARY; export ${v}_PATH=/opt/x/lib\nexec x "$@"\n'),
    ("bash", 'if [ -z "$LD_LIBRARY_PATH" ]; then\n  export LD_LIBRARY_PATH="$HERE/lib"\nfi\n'),
    ("python", "import os\nos.environ['LD_LIBRARY_PATH'] = '/opt/x/lib'\n"),
    ("python", "import os\nos.environ[\"LD_LIBRARY_PATH\"] += ':/opt/x/lib'\n"),
    ("python", "os.putenv('LD_LIBRARY_PATH', lib)\n"),
    ("python", "subprocess.run(x, env=dict(os.environ, LD_LIBRARY_PATH=lib))\n"),
    ("perl", "$ENV{LD_LIBRARY_PATH} = '/opt/x/lib';\n"), ("perl", '$ENV{"LD_LIBRARY_PATH"} .= ":/opt/x/lib";\n'),
    ("ruby", 'ENV["LD_LIBRARY_PATH"] = "/opt/x/lib"\n'),
]
QUIET = [
    ("sh", "unset LD_LIBRARY_PATH\n"), ("sh", "# export LD_LIBRARY_PATH=/x\n"), ("sh", "LD_LIBRARY_PATH= exec x\n"),
    ("sh", "env -u LD_LIBRARY_PATH x\n"),
    ("sh", "echo \"set LD_LIBRARY_PATH=/x first\"\n"), ("sh", '[ -n "$LD_LIBRARY_PATH" ] && exit\n'),
    ("sh", 'old=$LD_LIBRARY_PATH\nunset LD_LIBRARY_PATH\nx\nexport LD_LIBRARY_PATH="$old"\n'),
    ("sh", 'export LD_LIBRARY_PATH="$OLD_LD_LIBRARY_PATH"\n'), ("sh", "export MY_LD_LIBRARY_PATH=/x DYLD_LIBRARY_PATH=/x\n"),
    ("bash", 'if [ -n "$CONDA_BUILD" ]; then\n  export LD_LIBRARY_PATH=/x\nfi\n'),
    ("bash", '[[ "$CONDA_BUILD" == 1 ]] && export LD_LIBRARY_PATH=/x\n'),
    ("bash", '[ -z "${CONDA_BUILD}" ] || export LD_LIBRARY_PATH=/x\n'),
    ("bash", 'if [ "${CONDA_BUILD:-0}" != 1 ]; then :; else export LD_LIBRARY_PATH=/x; fi\n'),
    ("python", "print(os.environ['LD_LIBRARY_PATH'])\n"), ("python", "# os.environ['LD_LIBRARY_PATH'] = x\n"),
    ("python", "os.environ['LD_LIBRARY_PATH'] = os.environ['LD_LIBRARY_PATH_ORIG']\n"),
    ("python", "os.environ['LD_LIBRARY_PATH'] = ''\n"), ("python", "os.environ.pop('LD_LIBRARY_PATH')\n"),
    ("python", "if os.environ['LD_LIBRARY_PATH'] == x: pass\n"), ("perl", "delete $ENV{LD_LIBRARY_PATH};\n"),
]


@pytest.fixture
def elsewhere(tmp_path, add):
    """The image as one that was made elsewhere, with its labels."""
    config = ImageConfig(name="x", version="1", revision=1, platform="linux/amd64", environment={})
    return lambda labels=None, **env: ImageTree(Root(tmp_path / "image"), replace(config, environment=env), labels=labels or {})


@pytest.fixture
def severities(tree, site):
    def run(code, **env):
        return [(one.path, one.severity) for one in registry.run(tree(**env), site) if one.code == code]
    return run


@pytest.fixture
def owned(add, package):
    """Let a package of the distribution own paths."""
    def own(name, *paths):
        package(name, *paths)
        add("/var/lib/dpkg/status", f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n")
    return own


def codes(image, site):
    return {one.code: one for one in registry.run(image, site)}


# ENV101 and ENV109

@pytest.mark.parametrize(("value", "code", "said"), [
    ("/usr/local/nvidia/lib:/usr/local/nvidia/lib64", "ENV109", "NVIDIA"),
    ("/usr/local/cuda-12.4/lib64:/usr/local/cuda/compat", "ENV109", "NVIDIA"),
    ("/opt/intel/oneapi/mkl/2024.1/lib:", "ENV109", "Intel"), ("/opt/rocm-6.0.2/lib", "ENV109", "AMD"),
    ("/opt/rocm/lib:/usr/local/cuda/lib64", "ENV109", "AMD and NVIDIA"),
    ("/usr/local/nvidia/lib:/opt/tool/lib", "ENV101", "/opt/tool/lib"), ("/opt/rocmish/lib", "ENV101", "/opt/rocmish/lib"),
    ("/usr/local/cuda/lib64\n/x", "ENV101", "/x"),
])
def test_what_a_base_brought_is_told_as_such_in_an_image_made_elsewhere(elsewhere, tree, site, value, code, said):
    finding = codes(elsewhere(LD_LIBRARY_PATH=value), site)[code]
    assert (finding.severity, finding.path) == (Severity.ERROR, CONFIG)
    assert said in finding.message
    assert len({"ENV101", "ENV109"} & codes(elsewhere(LD_LIBRARY_PATH=value), site).keys()) == 1
    assert {"ENV101", "ENV109"} & codes(tree(LD_LIBRARY_PATH=value), site).keys() == {"ENV101"}


def test_the_base_is_named_where_a_label_names_it(elsewhere, site):
    labels = {"org.opencontainers.image.base.name": "docker.io/nvidia/cuda:12.4.1"}
    image = elsewhere(labels, LD_LIBRARY_PATH="/usr/local/nvidia/lib")
    assert "docker.io/nvidia/cuda:12.4.1" in codes(image, site)["ENV109"].message


@pytest.mark.parametrize("value", ["", ":"])
def test_an_empty_value_sets_nothing(elsewhere, site, value):
    assert "ENV109" not in codes(elsewhere(LD_LIBRARY_PATH=value), site)


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


# ENV110

@pytest.mark.parametrize("name", ["LD_PRELOAD", "LD_AUDIT", "LD_ORIGIN_PATH", "GLIBC_TUNABLES"])
def test_a_variable_of_the_loader_is_found_where_it_lasts(add, found, name):
    assert found("ENV110", **{name: "x"}) == [(CONFIG, f"the image sets {name}=x")]
    assert found("ENV110", **{name: ""}) == []
    add("/etc/profile.d/x.sh", f"export {name}=x\n")
    add("/opt/x/bin/x", f"#!/bin/sh\n{name}=x exec y\n", mode=0o755)
    assert found("ENV110") == [("/etc/profile.d/x.sh", f"/etc/profile.d/x.sh sets {name} in line 1")]


@pytest.mark.parametrize(("text", "said"), [
    ("/x/a.so\n", "/x/a.so into every program"),
    ("# why\n /x/a.so:/x/b.so /x/c.so # and why\n", "/x/a.so into every program (and 2 more)"),
    ("", None), ("\n  \n", None), ("# /x/a.so\n", None), (b"\xff\xfe\n", "\ufffd\ufffd into every program")])
def test_libraries_to_preload_are_read_as_the_loader_reads_them(add, found, text, said):
    add("/etc/ld.so.preload", text)
    assert found("ENV110") == ([("/etc/ld.so.preload", f"/etc/ld.so.preload loads {said}")] if said else [])


# ENV111

def test_variables_of_the_site_are_one_finding(found):
    env = {"TMPDIR": "/x", "SLURM_JOB_ID": "1", "FI_PROVIDER": "x", "OMP_NUM_THREADS": "1", "NCCL_VERSION": "2",
           "HOMEPAGE": "x"}
    assert found("ENV111", **env) == [(CONFIG, "the image sets FI_PROVIDER, SLURM_JOB_ID, TMPDIR, which are the site's to set")]
    assert found("ENV111", OMP_NUM_THREADS="1", PATH="/bin") == []
    assert found("ENV111", HOME="/root") == [(CONFIG, "the image sets HOME, which is the site's to set")]


def test_what_the_sites_profile_sets_is_the_sites(tree, site):
    mine = replace(site, environment={"MY_SITE": "1"})
    assert [one.code for one in registry.run(tree(MY_SITE="2"), mine)] == ["ENV111"]


# ENV112

@pytest.mark.parametrize(("path", "text", "said"), [
    ("/etc/profile.d/x.sh", "export PATH=/opt/x/bin:$PATH\n", "/opt/x/bin in PATH"),
    ("/root/.bashrc", "export X_HOME=/opt/x\nexport X_DATA=/d\n", "X_HOME, X_DATA"),
    ("/etc/environment", "X_HOME=/opt/x\n", "X_HOME"), ("/etc/profile.d/x.csh", "setenv X_HOME /opt/x\n", "X_HOME"),
    ("/etc/bash.bashrc", "alias a=b\nconda activate base\n", "'conda activate'"),
    ("/etc/profile", ". /opt/intel/setvars.sh\n", "'. /opt/intel/setvars.sh'"),
])
def test_what_only_a_startup_file_brings_is_told(add, found, path, text, said):
    add("/opt/x/bin", kind="folder")
    add(path, text)
    assert found("ENV112") == [(path, f"only {path} brings {said}")]


@pytest.mark.parametrize(("text", "env"), [
    ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nexport PATH\n", {}),
    ("export PATH=/opt/x/bin:$PATH\n", {"PATH": "/opt/x/bin:/bin"}), ("export PATH=$HOME/bin:$PATH\n", {}),
    ("export PATH=/nowhere/bin:$PATH\n", {}), ("export PS1='> ' LANG=C LC_ALL=C EDITOR=vi\n", {}), ("x=1\n", {}),
    ("export X_HOME=/opt/x\n", {"X_HOME": "/opt/x"}), ("# export X=1\n# conda activate base\n", {}),
    ("source /opt/x/bin/activate\n", {"PATH": "/opt/x/bin:/bin"}), ("conda activate base\n", {"PATH": "/opt/conda/bin:/bin"}),
    ("export LD_LIBRARY_PATH=/x\n", {}),
])
def test_what_is_elsewhere_too_or_nobody_misses_is_quiet(add, found, text, env):
    add("/opt/x/bin", kind="folder")
    add("/opt/conda/conda-meta", kind="folder")
    add("/etc/profile", text)
    assert found("ENV112", **env) == []


def test_what_a_package_of_the_distribution_sets_is_its_own_matter(add, found, owned):
    add("/etc/profile.d/x.sh", "export X_HOME=/opt/x\n")
    owned("x", "/etc/profile.d/x.sh")
    assert found("ENV112") == []


def test_what_python_reads_at_its_start_works_without_a_shell(add, found):
    add("/opt/x/lib/python3.11/site-packages/x.pth", "import os; os.environ['PATH'] += x\n")
    add("/opt/x/lib/python3.11/site-packages/sitecustomize.py", "export('X_HOME', '/opt/x')\n. /opt/x/setvars.sh\n")
    assert found("ENV112") == []


def test_what_conda_sets_on_activation_is_one_remark_for_each_environment(add, tree, site):
    for name, text in (("gdal", "export GDAL_DATA=/x\n"), ("proj", "export PROJ_DATA=/x\n")):
        add(f"/opt/conda/etc/conda/activate.d/{name}.sh", text)
    add("/opt/conda/conda-meta/state", '{"env_vars": {"MINE": "1"}}')
    finding = codes(tree(), site)["ENV112"]
    assert (finding.severity, finding.path) == (Severity.INFO, "/opt/conda")
    assert finding.message.endswith("/opt/conda sets MINE, GDAL_DATA, PROJ_DATA")


def test_an_entrypoint_that_activates_is_told(add, tree, site):
    add("/entry.sh", "#!/bin/bash\nsource /opt/x/bin/activate\nexec \"$@\"\n", mode=0o755)
    add("/opt/x/bin/other", "#!/bin/bash\nsource /opt/x/bin/activate\nexec \"$@\"\n", mode=0o755)
    image = tree()
    image.config = replace(image.config, entrypoint=("/entry.sh",))
    assert codes(image, site)["ENV112"].message == "only the entrypoint /entry.sh brings 'source /opt/x/bin/activate'"


# The shared reading

def test_the_files_of_the_machine_itself_have_no_error(site):
    """A real distribution: its /etc and its administrators' programs, judged like an image."""
    class Part(Root):
        def walk(self, top="/"):
            for one in ("/etc", "/usr/sbin", "/var/lib/dpkg/info"):
                yield from super().walk(one)

    config = ImageConfig(name="x", version="1", revision=1, platform="linux/amd64", environment={"PATH": "/usr/bin:/bin"})
    image = ImageTree(Part(Path("/")), config)
    assert any(path.startswith("/usr/sbin/") for path in image.entries)
    mine = [module for module in registry.CHECKS if module.CODE.startswith("ENV")]
    errors = [hit for module in mine for hit in module.check(image, site)
              if (hit.severity or module.SEVERITY) is Severity.ERROR and image.owner(hit.path) is not None]
    assert errors == []


def test_an_image_is_read_once_and_let_go(add, tree):
    add("/opt/x/bin/x", SHEBANGS["sh"] + "x\n", mode=0o755)
    image = tree()
    assert texts_of(image) is texts_of(image)
    seen = weakref.ref(image)
    del image
    gc.collect()
    assert seen() is None


def test_only_what_its_place_promises_is_opened(add, tree, monkeypatch):
    for path, mode in (("/opt/x/lib/libx.so", 0o755), ("/opt/x/share/data.json", 0o644), ("/opt/x/lib/python3/mod.py", 0o755)):
        add(path, "x", mode=mode)
    add("/opt/x/bin/x", SHEBANGS["sh"], mode=0o755)
    opened = []
    monkeypatch.setattr(ImageTree, "head", lambda self, path, size: opened.append(path) or b"")
    assert texts_of(tree()).all == ()
    assert opened == ["/opt/x/bin/x"]


def test_too_much_text_is_counted_and_an_error(add, found, monkeypatch):
    monkeypatch.setattr(scripts, "MAX_READ", 1000)
    for number in range(3):
        add(f"/opt/x/bin/{number}", SHEBANGS["sh"] + "x" * 500, mode=0o755)
    assert found("ENV106") == [("/", "2 scripts or links were not read: there are too many, or they are too big")]


def test_too_many_links_are_counted(add, found, monkeypatch):
    monkeypatch.setattr(scripts, "MAX_LINKS", 2)
    for number in range(5):
        add(f"/opt/x/bin/{number}", f"{number}", kind="link")
    assert found("ENV106") == [("/", "3 scripts or links were not read: there are too many, or they are too big")]


@pytest.mark.parametrize("code", ["ENV105", "ENV110", "ENV112"])
def test_a_thousand_startup_files_are_no_thousand_findings(add, found, code):
    for number in range(30):
        add(f"/etc/profile.d/{number:02}.sh", "export LD_LIBRARY_PATH=/x LD_PRELOAD=x MINE=1\n")
    findings = found(code)
    assert len(findings) == 21
    assert findings[-1][1].endswith(" (and 9 more)")


@pytest.mark.parametrize(("kind", "text"), [one for one in WRAPPERS if "${v}" not in one[1] and one[0] in ("sh", "bash")])
def test_beyond_what_is_parsed_a_plain_look_still_finds(add, found, monkeypatch, kind, text):
    monkeypatch.setattr(scripts, "MAX_PARSED", 0)
    add("/opt/x/bin/x", SHEBANGS[kind] + text, mode=0o755)
    assert len(found("ENV106")) == 1


@pytest.mark.parametrize(("text", "told"), [
    ("#!/bin/sh\n# LD_LIBRARY_PATH=/x\n", 0), ("#!/usr/bin/python3\nos.environ['LD_LIBRARY_PATH'] = x\n", 1),
    ("#!/usr/bin/python3\nos.environ['LD_LIBRARY_PATH'] == x\n", 0)])
def test_beyond_what_is_parsed_remarks_and_other_languages_are_read_as_ever(add, found, monkeypatch, text, told):
    monkeypatch.setattr(scripts, "MAX_PARSED", 0)
    add("/opt/x/bin/first", "#!/bin/sh\nLD_LIBRARY_PATH= y\n", mode=0o755)
    add("/opt/x/bin/x", text, mode=0o755)
    assert len(found("ENV106")) == told


@pytest.mark.parametrize(("path", "data"), [
    ("/opt/modulefiles/x/1.0", b"prepend-path LD_LIBRARY_PATH /x\n"), ("/opt/x/x", b"\x7fELF\nexport LD_LIBRARY_PATH=/x\n"),
    ("/opt/x/x.sh", b"export LD_LIBRARY_PATH=/x\n\0"), ("/opt/x/bin/x", b"export LD_LIBRARY_PATH=/x\n")])
def test_a_file_that_is_not_what_its_place_promises_is_no_text(add, tree, path, data):
    add(path, data, mode=0o755)
    assert texts_of(tree()).all == ()


@pytest.mark.parametrize("filling", [
    "exec ", "LD_LIBRARY_PATH ", "LD_LIBRARY_PATH\t=", "dict(", "LD_", "$(", "((", "\n<<E", "export ", "'", "os.environ[", "\\",
    "a|", "if "])
@pytest.mark.parametrize("path", ["/opt/x/bin/x", "/etc/profile", "/opt/modulefiles/x", "/etc/environment"])
def test_a_text_made_to_hurt_is_read_in_time(add, tree, site, path, filling):
    head = {"/opt/x/bin/x": "#!/bin/sh\n#LD_LIBRARY_PATH\n", "/opt/modulefiles/x": "#%Module\n#LD_LIBRARY_PATH\n"}
    add(path, head.get(path, "#LD_LIBRARY_PATH\n") + filling * (200_000 // len(filling)), mode=0o755)
    image, begin = tree(), time.process_time()
    for module in registry.CHECKS:
        if module.CODE.startswith("ENV"):
            list(module.check(image, site))
    assert time.process_time() - begin < 3


@pytest.mark.parametrize("kind", ["fifo", "link", "folder"])
def test_a_program_that_is_no_file_never_hangs(add, found, kind):
    add("/opt/x/bin/x", "x", kind=kind, mode=0o755)
    add("/etc/ld.so.preload", "ld.so.preload", kind=kind)
    add("/opt/modulefiles/x", "/dev/zero", kind=kind)
    assert [one for code in ("ENV106", "ENV107", "ENV110") for one in found(code)] == []


NAMES = st.binary(min_size=1, max_size=20).filter(lambda name: not {b"/", b"\0"} & {name[n:n + 1] for n in range(len(name))})
STARTS = {"/etc/profile.d/x.sh": b"", "/opt/x/bin/x": b"#!/bin/sh\n", "/opt/modulefiles/x": b"#%Module\n",
          "/etc/security/pam_env.conf": b"", "/opt/conda/conda-meta/state": b""}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES.map(os.fsdecode), st.booleans())
def test_every_executable_script_in_a_bin_folder_is_a_program(name, executable):
    role = role_of(folder_of("/opt/x/bin"), name, executable=executable)
    assert (role is Role.PROGRAM) == executable


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(sorted(STARTS)))
def test_no_bytes_break_the_reading(tree, site, tmp_path, data, path):
    place = tmp_path / "image" / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(STARTS[path] + data + b"\nLD_LIBRARY_PATH")
    place.chmod(0o755)
    for one in registry.run(tree(), site):
        assert one.message


def test_the_rule_and_the_check_of_a_code_have_one_name():
    from certify.rules.registry import pages

    rules = pages()
    shared = [module for module in registry.CHECKS if module.CODE in rules]
    assert {env112_env_in_rc_only}.issubset(shared)
    assert [(module.CODE, module.NAME) for module in shared] == [(module.CODE, rules[module.CODE].NAME) for module in shared]
