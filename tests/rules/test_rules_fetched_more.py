"""What pip and its like fetch in a Containerfile, what names no bytes, and the help for its place."""

from __future__ import annotations

import pytest

SHA = "0" * 64
RAW = "https://raw.githubusercontent.com/a/b/master/requirements.txt"
TOLD = {
    "pip install https://example.org/x-1.0-py3-none-any.whl": "PIN502", "python3 -m pip install 'x @ https://example.org/x.tar.gz'": "PIN502",
    "uv pip install https://example.org/x.zip#egg=x": "PIN502", f"pip install -r {RAW}": "PIN504", f"pip install -r{RAW}": "PIN504",
    f"pip install --requirement={RAW}": "PIN504", "pip install https://example.org/a/b/archive/main.zip": "PIN504",
    "cargo install --locked ripgrep": "PIN503", "gem install --no-document fpm": "PIN503",
    "PIPX_HOME=/opt/p pipx install --python python3 black": "PIN503", "R -e 'install.packages(c(\"x\", \"y\"))'": "PIN503",
    "Rscript -e 'remotes::install_cran(\"x\")'": "PIN503", "julia -e 'using Pkg; Pkg.add(\"MPI\")'": "PIN503",
    "go install example.org/x@latest": "PIN504",
}
QUIET = [
    f"pip install https://example.org/x.whl#sha256={SHA}", "pip install --require-hashes https://example.org/x.whl",
    "pip install -f https://example.org/x.zip x==1", "pip install --find-links https://example.org/main/x.zip x==1",
    "pip install x==1 --index-url https://example.org/whl/nightly/cu121", "pip install http://localhost/x.whl",
    "pip download -r https://example.org/v1.0/requirements.txt", "echo pip install https://example.org/x.whl",
    "cargo install ripgrep@14.1.0", "cargo install --version 14.1.0 ripgrep", "cargo install --path .", "cargo build",
    "cargo install --features simd --root /opt/x ripgrep@14.1.0", "gem install fpm -v 1.2", "gem install fpm:1.2", "gem install x.gem",
    "PIPX_HOME=/opt/p pipx install black==24.1", "go install ./cmd/x", "go install example.org/x@v1.2",
    "R -e 'install.packages(c(\"x\"), repos = NULL)'", "R -e 'install.packages(\"/src/x.tar.gz\")'", "R CMD INSTALL x.tgz",
    "Rscript -e 'install.packages(\"x\", repos=\"https://example.org/cran/2025-01-31\")'", "R -e 'renv::restore()'",
    "Rscript -e 'remotes::install_version(\"x\", \"1.0\")'", "julia -e 'using Pkg; Pkg.add(name=\"MPI\", version=\"0.20\")'",
    "julia -e 'using Pkg; Pkg.instantiate()'",
]


@pytest.mark.parametrize(("run", "code"), TOLD.items())
def test_told_by_one_rule(run, code, lint):
    assert [one.code for one in lint(f"FROM scratch\nRUN {run}\n") if one.code.startswith("PIN")] == [code]


@pytest.mark.parametrize("run", QUIET)
def test_quiet(run, lint):
    assert [one.code for one in lint(f"FROM scratch\nRUN {run}\n") if one.code.startswith("PIN")] == []


def test_an_image_with_a_dated_index_needs_no_versions(found):
    assert found("PIN503", f"FROM docker.io/rocker/r-ver:4.4.1@sha256:{SHA}\nRUN R -e 'install.packages(\"x\")'") == []


@pytest.mark.parametrize(("run", "quote"), [("pip install numpy>=1.20", True), ("conda install numpy<2 scipy=1.1", True),
                                            ("pip install 'numpy>=1.20'", False), ("pip install numpy>log", False)])
def test_a_comparison_without_quotes_is_a_redirection(run, quote, lint):
    [one] = [one for one in lint(f"FROM scratch\nRUN {run}\n") if one.code == "PIN503"]
    assert one.help.startswith("quote it") is quote


@pytest.mark.parametrize("run", ["python -m pip install numpy", "python3.12 -m pip install numpy", "uv pip install numpy", "pip3 install numpy"])
def test_pip_is_called_pip(run, lint):
    [one] = [one for one in lint(f"FROM scratch\nRUN {run}\n") if one.code == "PIN503"]
    assert one.message == "pip: numpy without a version"


@pytest.mark.parametrize(("reference", "said"), [
    ("debian:12@sha256:123", "has 3 of the 64 digits of its digest"), (f"debian:12@sha256:{SHA}0", "has 65 digits, a digest 64"),
    ("debian:12@sha512:123", "has no digest that is a sha256 of 64 digits from 0-9a-f"), ("debian:12", "has no digest")])
def test_a_digest_that_is_none_is_told_as_that(reference, said, lint):
    [one] = [one for one in lint(f"FROM {reference}\n") if one.code == "PIN501"]
    assert one.message == f"the base {reference} {said}"
    assert "docker://debian:12 tells it" in one.help and "debian:12@sha256:<digest>" in one.help


@pytest.mark.parametrize(("mount", "said", "column"), [
    ("typ=cache", "a mount has no key typ", 13), ("type=cahce,target=/x", "there is no mount of type cahce", 13),
    ("type=cache,target=/x,ids=3", "a mount has no key ids", 34)])
def test_a_mount_that_no_builder_knows_is_told(mount, said, column, lint):
    [one] = lint(f"FROM scratch\nRUN --mount={mount} make\n")
    assert (one.code, one.message, one.span.line, one.span.column) == ("SCH001", said, 2, column)
    assert "did you mean" in one.help


@pytest.mark.parametrize("mount", [
    "type=bind,src=/a,dst=/b,rw,Z", "type=$T,target=/c", "type=secret,id=a,env=B,required", "target=/x", "TYPE=cache,target=/x",
    "type=cache,id=x,target=/x,sharing=locked,mode=0755,uid=1,gid=1", "type=tmpfs,target=/x,size=1g", "type=ssh", "type=cache,$KEYS"])
def test_a_mount_that_builders_know_is_quiet(mount, lint):
    assert [one.message for one in lint(f"FROM scratch\nRUN --mount={mount} make\n") if one.code == "SCH001"] == []


def test_a_name_that_two_stages_have_is_told_at_the_second(lint):
    [one] = [one for one in lint("FROM scratch AS a\nFROM scratch AS A\nFROM a\n") if one.code == "SCH001"]
    assert one.message == "there is a stage 'A' already"
    assert (one.span.line, one.span.column) == (2, 17)


def test_the_help_is_for_its_place(lint, lint_step):
    def told(code, findings):
        return [one.help for one in findings if one.code == code]

    path = "echo 'export PATH=/opt/x/bin:$PATH' >> /etc/profile.d/x.sh"
    assert "(env:)" in told("ENV112", lint_step(path))[0] and "(ENV)" in told("ENV112", lint(f"FROM scratch\nRUN {path}\n"))[0]
    assert "/opt" not in told("PTH202", lint("FROM scratch\nVOLUME /home/x\n"))[0]
    assert "/opt" in told("PTH202", lint("FROM scratch\nWORKDIR /home/x\n"))[0]
    [labels] = told("MET801", lint("FROM debian\nLABEL org.opencontainers.image.version=1\n"))
    assert labels.startswith('write: LABEL org.opencontainers.image.licenses="') and "version" not in labels
    source = "sources: [{url: '%s', sha256: '" + SHA + "', to: /src/x}]"
    assert "git checkout" not in told("PIN504", lint(source % "https://example.org/x/archive/main.tgz"))[0]
    assert told("SEC603", lint(source % "http://example.org/x.tgz"))[0].startswith("use https, if")
