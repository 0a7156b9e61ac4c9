"""PTH207 and PTH202 on software that a step puts below /root, and on variables that name a folder there."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("command", [
    "cp x /root/bin/", "install -D x ~/bin/x", "mv x ~/bin", "tar xf a.tgz -C ~/sw", "ln -s /opt/x/bin/a ~/bin/a",
    "mkdir -p ~/sw/bin && cp tool ~/sw/bin/tool", "cp x ~/.local/bin/x", "curl -o $HOME/bin/x https://a.org/x",
])
def test_software_in_roots_home_is_told_mildly(command, found):
    assert found("PTH207", f"FROM debian\nRUN {command}\n") == ["warning"]


@pytest.mark.parametrize("command", [
    "cp x /root/bin/x && make && rm -rf /root/bin", "cp x ~/.vimrc", "tar xf a.tgz -C ~/src", "mkdir -p ~/bin", "cp -r . /root/project",
    "cp x ~/.cargo/bin/", "echo a > ~/notes",
])
def test_sources_settings_and_scratch_are_not(command, found):
    assert found("PTH207", f"FROM debian\nRUN {command}\n") == []


@pytest.mark.parametrize("value", [
    "JULIA_DEPOT_PATH=/root/.julia", "CONDA_PREFIX=/root/conda", "PYTHONPATH=/opt/a:/root/x", "HF_HOME=/root/hf", "R_LIBS_USER=/root/R",
    "NLTK_DATA=/root/nltk", "PATH=~/bin:/usr/bin", "VIRTUAL_ENV=/root/venv",
])
def test_variables_that_lead_to_roots_home(value, found):
    assert found("PTH207", f"FROM debian\nENV {value}\n") == ["warning"]


@pytest.mark.parametrize(("value", "wanted"), [
    ("CONDA_DIR=/home/jovyan/conda", ["warning"]), ("VIRTUAL_ENV=/home/app/venv", ["warning"]), ("CONDA_DIR=/opt/conda", []),
    ("HF_HOME=/scratch/hf", []), ("JULIA_DEPOT_PATH=/scratch/julia", []), ("PYTHONPATH=/global/common/py", []),
])
def test_variables_that_lead_below_a_mount(value, wanted, found):
    assert found("PTH202", f"FROM debian\nENV {value}\n") == wanted


@pytest.mark.parametrize("text", [
    "FROM debian\nENV CARGO_HOME=/root/.cargo\n", "FROM debian\nENV PIP_CACHE_DIR=/root/.cache\n",
    "FROM debian AS b\nENV CONDA_DIR=/root/conda\nRUN cp x /root/bin/x\nFROM debian\nCOPY --from=b /root/conda /opt/conda\n",
])
def test_what_serves_the_build_alone(text, found):
    assert found("PTH207", text) == []


def test_an_installer_that_reads_the_variable_weighs_fully(found):
    assert found("PTH207", "FROM debian\nENV JULIA_DEPOT_PATH=/root/j\nRUN julia -e 'using Pkg; Pkg.add(\"A\")'\n") == ["error"]
