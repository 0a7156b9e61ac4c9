"""ENV110, ENV111 and ENV112: what stays in the image, and what only its build had."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certify.site import load

STAGE = "FROM scratch AS build\n"
FINAL = "\nFROM scratch\nCOPY --from=build /opt /opt"

BAD = {
    "ENV110": [
        "FROM scratch\nENV LD_PRELOAD=/opt/x/libx.so",
        STAGE + "ENV LD_PRELOAD=/opt/x/libx.so\nFROM build",
    ],
    "ENV111": [
        "FROM scratch\nENV HOME=/opt/x",
        STAGE + "ENV TMPDIR=/opt/t\nFROM build",
        "env: {FI_PROVIDER_PATH: /opt/x}",
        "env: {SLURM_CONF: /opt/x}",
    ],
    "ENV112": [
        "entrypoint: [bash, -lc, 'conda activate x && exec y']",
        "FROM scratch\nENTRYPOINT [\"/bin/bash\", \"-c\", \"source /opt/conda/bin/activate x && exec y\"]",
        "FROM scratch\nCMD . /opt/ros/setup.bash && exec y",
        "echo 'source /opt/x/share/setup.sh' >> /root/.bashrc",
        "echo '. /opt/x/env.sh' >> /etc/bash.bashrc",
    ],
}

GOOD = {
    "ENV110": [STAGE + "ENV LD_PRELOAD=/opt/x/libx.so" + FINAL],
    "ENV111": [
        STAGE + "ENV HOME=/opt/x TMPDIR=/opt/t" + FINAL,
        "FROM scratch\nENV NCCL_VERSION=2.21 MPICH_VERSION=4.2 MPICH_DIR=/opt/mpich SLURM_ROOT=/opt/slurm",
    ],
    "ENV112": [
        STAGE + "RUN echo 'export A=1' >> ~/.bashrc && echo 'conda activate x' > /etc/profile.d/x.sh" + FINAL,
        "entrypoint: [bash, -c, exec python3 x.py]",
        "entrypoint: [x, -c, conda activate x]",
        "FROM scratch\nCMD [\"bash\", \"-l\"]",
        "echo 'source /opt/x/share/prompt.sh' >> ~/.bashrc",
    ],
}


def table(cases: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(code, snippet) for code, snippets in cases.items() for snippet in snippets]


@pytest.mark.parametrize(("code", "snippet"), table(BAD))
def test_found(code, snippet, found):
    assert found(code, snippet) == ["error" if code == "ENV110" else "warning"]


@pytest.mark.parametrize(("code", "snippet"), table(GOOD))
def test_quiet(code, snippet, found):
    assert found(code, snippet) == []


def test_what_is_copied_from_a_stage_is_told(found):
    assert found("ENV110", STAGE + "RUN echo 'LD_PRELOAD=/opt/x.so exec y' > /opt/x/bin/y" + FINAL) == ["warning"]


def test_the_variables_of_the_sites_profile_are_its_own(lint):
    site = replace(load(), environment={"OUR_CENTRE": "1"})
    codes = [[one.code for one in lint("env: {OUR_CENTRE: x}", which)] for which in (site, load())]
    assert codes == [["ENV111"], []]
