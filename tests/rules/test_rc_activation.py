"""ENV112 on an environment that an rc file activates, and that the image's PATH may lead to as well."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(("path", "line"), [
    ("/opt/conda/envs/x/bin", "conda activate x"), ("/opt/conda/bin", "conda activate base"), ("/opt/miniforge3/bin", "conda activate"),
    ("/opt/v/bin", "source /opt/v/bin/activate"), ("/opt/e/bin", "mamba activate /opt/e"), ("/c/envs/e/bin/", "source activate e"),
    ("/c/envs/e/bin", "conda activate $NAME"),
])
def test_what_path_has_as_well_is_fine(path, line, found):
    assert found("ENV112", f"FROM debian\nENV NAME=e PATH={path}:$PATH\nRUN echo '{line}' >> ~/.bashrc\n") == []
    assert found("ENV112", f"FROM debian\nENV NAME=e PATH={path}:$PATH\nCMD [\"bash\", \"-c\", \"{line} && run\"]\n") == []


@pytest.mark.parametrize(("path", "line"), [
    ("/opt/conda/envs/y/bin", "conda activate x"), ("/opt/conda/bin", "conda activate x"), ("/opt/conda/envs/x/bin", "conda activate"),
    ("/opt/w/bin", "source /opt/v/bin/activate"), ("/opt/e/bin", "module load e"), ("/opt/e/bin", "source /opt/e/setvars.sh"),
])
def test_another_environment_is_not(path, line, found):
    assert found("ENV112", f"FROM debian\nENV PATH={path}:$PATH\nRUN echo '{line}' >> ~/.bashrc\n") == ["warning"]
