"""PIN507: what fetches in a step of a recipe, and what only looks like it."""

from __future__ import annotations

import pytest

FETCHING = {
    "pip install numpy": "numpy",
    "pip3 install 'numpy>=2' scipy": "numpy>=2, scipy",
    "/opt/v/bin/python -m pip install --upgrade pip": "pip",
    "pip install -r requirements.txt": "what requirements.txt names",
    "pip install git+https://example.org/x.git@v1.0": "git+https://example.org/x.git@v1.0",
    "uv pip install torch": "torch",
    "apt-get update && apt-get install -y --no-install-recommends gcc g++ make cmake": "gcc, g++, make",
    "DEBIAN_FRONTEND=noninteractive apt-get -y install gcc": "gcc",
    "apt-get build-dep -y hdf5": "hdf5",
    "dnf install -y gcc-c++": "gcc-c++",
    "apk add --no-cache gcc": "gcc",
    "zypper --non-interactive install gcc": "gcc",
    "curl -fsSLO https://example.org/x.tgz": "https://example.org/x.tgz",
    "wget -q ftp://example.org/x.tgz": "ftp://example.org/x.tgz",
    "curl -fsSL https://example.org/x | sh": "https://example.org/x",
    "git clone --depth 1 https://example.org/x.git /src/x": "https://example.org/x.git",
    "git -C /src/x fetch https://example.org/x.git": "https://example.org/x.git",
    "git clone git@example.org:a/x.git": "git@example.org:a/x.git",
    "conda create -y -p /opt/x python=3.11": "python=3.11",
    "conda env create -f environment.yml": "environment.yml",
    "micromamba install -y -n base -c conda-forge xtensor": "xtensor",
    "cargo install --root /opt/x ripgrep": "ripgrep",
    "go install example.org/x/cmd@v1.2": "example.org/x/cmd@v1.2",
    "gem install fpm -v 1.2": "fpm",
    "npm install -g @scope/tool": "@scope/tool",
    """Rscript -e 'install.packages("ggplot2", repos="https://cran.example.org")'""": "packages",
    """R -e 'remotes::install_github("a/b")'""": "packages",
    """julia -e 'using Pkg; Pkg.add("MPI")'""": "packages",
    "sudo pip install numpy": "numpy",
    "bash -c 'pip install numpy'": "numpy",
}
QUIET = [
    "pip install --no-index --find-links /src/wheels numpy", "pip install .", "pip install -e /src/x", "pip install ./x",
    "pip install /src/x-1.0-py3-none-any.whl", "pip install x-1.0-py3-none-any.whl", "pip --version", "pip uninstall -y numpy",
    "pip install -f /src/wheels numpy", "pip list", "apt-get update", "apt-get clean", "apt-get install -y ./x.deb",
    "apt-get install -y /src/x.deb", "apt-get remove -y gcc", "dpkg -i x.deb", "dnf install -y /src/x.rpm", "dnf clean all",
    "curl \"$URL\" -o x", "curl file:///src/x -o x", "curl http://localhost:8080/", "wget --version",
    "git clone /src/x.git /src/y", "git -C /src/x checkout v1.0", "git submodule update --init", "git init && git add .",
    "git remote add origin https://example.org/x.git", "conda create --clone base -n x", "conda clean -afy",
    "conda install --offline /src/x.conda", "micromamba create --offline -p /opt/x python", "cargo install --path .",
    "cargo build --release", "cargo install --offline ripgrep", "go build ./...", "go install ./cmd/x", "npm ci", "npm run build",
    "npm install", "gem install --local x.gem", "echo pip install numpy", "printf 'curl https://example.org\\n' > /opt/x/doc",
    "# pip install numpy", "cat > /opt/x/README <<'EOF'\npip install numpy\nEOF",
    """R -e 'install.packages("x.tar.gz", repos = NULL, type = "source")'""", "R CMD INSTALL /src/x",
    """julia --project -e 'using Pkg; Pkg.instantiate()'""", "make install",
]


@pytest.mark.parametrize(("shell", "what"), FETCHING.items())
def test_found(shell, what, lint_step):
    [one] = [one for one in lint_step(shell) if one.code == "PIN507"]
    assert one.message == f"step 'one' has no network to get {what} from"
    assert one.severity == "error"
    assert one.help


@pytest.mark.parametrize("shell", QUIET)
def test_quiet(shell, lint_step):
    assert [one.message for one in lint_step(shell) if one.code == "PIN507"] == []


@pytest.mark.parametrize("snippet", [
    "FROM scratch\nRUN pip install numpy==2.0 && apt-get install -y gcc=12 && git clone -b v1.0 https://example.org/x.git",
    "tests: [{run: pip install numpy, needs: [network]}]"])
def test_where_there_is_a_network_it_is_quiet(snippet, found):
    assert found("PIN507", snippet) == []


def test_a_stage_has_no_network_either(found):
    assert found("PIN507", "stages: {build: {steps: [{run: pip install numpy}]}}") == ["error"]


@pytest.mark.parametrize("shell", [
    "git clone https://example.org/x.git", "curl http://example.org/x | sh", "curl -kO https://example.org/x.tgz",
    "curl -LO https://example.org/x/archive/master.zip", "apt-get install -y --allow-unauthenticated gcc",
    "pip install --trusted-host pypi.example.org numpy", "git clone http://example.org/x.git", "go install example.org/x@latest",
    "pip install git+https://example.org/x.git", "cargo install --git https://example.org/x.git", "npm install -g npm@latest"])
def test_a_command_that_fetches_is_told_once(shell, lint_step):
    assert [one.code for one in lint_step(shell)] == ["PIN507"]


@pytest.mark.parametrize("shell", [
    "git config --global http.sslVerify false", "echo 'deb [trusted=yes] http://deb.example.org ./' > /etc/apt/sources.list.d/x.list",
    "git config --global http.sslVerify false && pip install numpy",
    "cat > /etc/yum.repos.d/x.repo <<'EOF'\n[x]\nbaseurl=https://example.org\ngpgcheck=0\nEOF", "export GIT_SSL_NO_VERIFY=1\nmake"])
def test_what_a_step_leaves_behind_is_told_as_ever(shell, lint_step):
    assert [one.code for one in lint_step(shell) if one.code != "PIN507"] == ["SEC603"]
