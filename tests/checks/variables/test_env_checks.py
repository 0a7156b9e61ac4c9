"""What sets LD_LIBRARY_PATH and its like in an image: found where it has an effect, quiet where it has none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builder.image import ImageConfig
from builder.rootfs import Root
from certify.checks import registry
from certify.checks.tree import ImageTree
from certify.finding import Severity
from tests.checks.variables.conftest import codes

CONFIG = "/.certify/image.json"


@pytest.fixture
def elsewhere(tmp_path, add):
    """The image as one that was made elsewhere, with its labels."""
    config = ImageConfig(name="x", version="1", revision=1, platform="linux/amd64", environment={})
    return lambda labels=None, **env: ImageTree(Root(tmp_path / "image"), replace(config, environment=env), labels=labels or {})


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
