"""PIN501 to PIN505 on Containerfiles and steps as people write them."""

from __future__ import annotations

import pytest

SHA = "0" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"

BAD = {
    "PIN501": [
        "FROM debian:12",
        "FROM docker.io/library/ubuntu",
        "FROM nvidia/cuda:12.6.2-devel-ubuntu22.04",
        "FROM registry.example.org:5000/x/y:latest",
        "FROM python:3.12-slim AS run",
        "FROM quay.io/centos/centos:stream9",
        f"FROM debian@sha256:{SHA} AS build\nFROM alpine:3.20\nCOPY --from=build /x /x",
        "FROM scratch\nCOPY --from=docker.io/library/busybox:1 /bin/busybox /opt/x/busybox",
    ],
    "PIN502": [
        "FROM scratch\nRUN curl -O https://example.org/x-1.2.tar.gz",
        "FROM scratch\nRUN curl -fsSL -o /tmp/x.tgz https://example.org/x-1.2.tgz && tar xf /tmp/x.tgz",
        "FROM scratch\nRUN curl -fsSL https://example.org/x-1.2.tgz | tar xz -C /opt",
        "FROM scratch\nRUN curl -fsSL https://example.org/x-1.2.tgz > /tmp/x.tgz",
        "FROM scratch\nRUN wget -q https://example.org/x-1.2.tgz",
        "FROM scratch\nRUN wget -qO- https://example.org/x-1.2.tgz | tar xz",
        "FROM scratch\nRUN wget https://example.org/x-1.2.tgz -O /tmp/x.tgz",
        'FROM scratch\nARG V=1.2\nRUN wget "https://example.org/x-${V}.tgz"',
        "FROM scratch\nADD https://example.org/x-1.2.tgz /src/",
        "FROM scratch\nRUN cd /tmp \\\n && curl -LO https://example.org/x-1.2.tgz \\\n && tar xf x-1.2.tgz",
        f"FROM scratch\nRUN wget https://example.org/x.tgz https://example.org/y.tgz && echo '{SHA}  y.tgz' | sha256sum -c",
        f"FROM scratch\nRUN curl -fLo b.tgz https://example.org/x.tgz && echo '{SHA} *c.tgz' | sha256sum --check --strict",
    ],
    "PIN503": [
        "FROM scratch\nRUN apt-get update && apt-get install -y gcc",
        "FROM scratch\nRUN apt-get install -y --no-install-recommends gcc make=4.3-4.1",
        "FROM scratch\nRUN apt install -y gcc",
        "FROM scratch\nRUN dnf install -y gcc-c++",
        "FROM scratch\nRUN yum -y install make && yum clean all",
        "FROM scratch\nRUN zypper -n install gcc",
        "FROM scratch\nRUN apk add --no-cache git",
        "FROM scratch\nRUN pip install numpy",
        "FROM scratch\nRUN pip3 install --no-cache-dir 'numpy>=1.20' scipy==1.14.1",
        "FROM scratch\nRUN python3 -m pip install mpi4py",
        "FROM scratch\nRUN conda install -y -c conda-forge numpy",
        "FROM scratch\nRUN micromamba create -y -n x -c conda-forge python=3.12 xarray",
        "FROM scratch\nRUN npm install -g typescript",
        "FROM scratch\nRUN uv pip install --system numpy",
        "FROM scratch\nRUN conda install -y 'python>=3.10,<3.13'",
        "FROM scratch\nRUN apk add 'curl>8'",
        "FROM scratch\nRUN sed -i s,deb.debian.org,snapshot.debian.org, /x && apt-get install -y gcc && pip install numpy",
    ],
    "PIN504": [
        "git clone https://example.org/x.git",
        "git clone --depth 1 https://example.org/x /src/x",
        "git clone -b main https://example.org/x.git",
        "git clone --branch=develop https://example.org/x.git",
        "git clone git@example.org:a/x.git && cd x && git checkout develop",
        "pip install git+https://example.org/x.git",
        "pip install 'x @ git+https://example.org/x.git@main'",
        "pip install git+https://example.org/x.git#egg=x",
        "curl -LO https://example.org/a/x/archive/refs/heads/main.tar.gz",
        "curl -LO https://example.org/a/x/archive/master.zip",
        "wget https://repo.example.org/miniconda/Miniconda3-latest-Linux-x86_64.sh",
        "curl -Lo x https://github.com/a/x/releases/latest/download/x",
        "curl -o x.sh https://raw.githubusercontent.com/a/x/main/x.sh",
        "npm install -g npm@latest",
        "go install example.org/x@latest",
        "cargo install --git https://example.org/x.git",
        "git clone https://example.org/x.git && V=$(git -C x rev-parse HEAD) && echo v=$V",
        "FROM scratch\nADD https://github.com/a/x.git#main /src/x",
        "FROM scratch\nADD https://github.com/a/x.git /src/x",
        "FROM scratch\nADD https://example.org/x/archive/master.tar.gz /src/x",
        f"sources: [{{url: 'https://example.org/x/archive/refs/heads/main.tgz', sha256: '{SHA}', to: /src/x}}]",
    ],
    "PIN505": [
        "gcc -O3 -march=native -o /opt/x/bin/x x.c",
        "make CFLAGS='-O2 -march=native'",
        'cmake -DCMAKE_C_FLAGS="-march=native -O3" ..',
        "export CFLAGS='-O3 -mtune=native'",
        "CXXFLAGS=-mcpu=native ./configure --prefix=/opt/x",
        "FC=ifort FFLAGS='-xHost -O3' make",
        "export RUSTFLAGS='-C target-cpu=native'\ncargo build",
        "cmake -DGGML_NATIVE=ON ..",
        "env: {CFLAGS: '-O3 -march=native'}",
        "FROM scratch\nENV CFLAGS=\"-march=native\"",
        "nvcc -arch=native -o x x.cu",
        "cmake -DCMAKE_CUDA_ARCHITECTURES=native ..",
        "make -C /src/OpenBLAS -j8",
        "cd /src/OpenBLAS-0.3.27 && make USE_OPENMP=1 && make PREFIX=/opt/blas install",
    ],
}

GOOD = {
    "PIN501": [
        "FROM scratch",
        f"FROM debian:12@sha256:{SHA}",
        f"FROM nvidia/cuda@sha256:{SHA} AS build\nFROM build",
        f"FROM debian@sha256:{SHA} AS build\nFROM scratch\nCOPY --from=build /opt /opt",
        f"FROM debian@sha256:{SHA} AS a\nFROM a AS b\nFROM b",
        "FROM localhost/base",
        "FROM oci:base",
        "base: {debian: trixie}",
    ],
    "PIN502": [
        f"FROM scratch\nRUN curl -O https://example.org/x-1.2.tgz && echo '{SHA}  x-1.2.tgz' | sha256sum -c -",
        "FROM scratch\nRUN wget https://example.org/x-1.2.tgz https://example.org/x.tgz.asc && gpg --verify x.tgz.asc x-1.2.tgz",
        f"FROM scratch\nADD --checksum=sha256:{SHA} https://example.org/x-1.2.tgz /src/",
        f"FROM scratch\nRUN curl -LO https://example.org/x-1.2.tgz\nRUN echo '{SHA} x-1.2.tgz' | sha256sum -c",
        "FROM scratch\nRUN curl -fsS https://example.org/health",
        "FROM scratch\nRUN V=$(curl -s https://api.example.org/version | jq -r .v) && echo $V",
        "FROM scratch\nRUN curl -fsSL https://example.org/key.asc | gpg --dearmor -o /usr/share/keyrings/x.gpg",
        "FROM scratch\nRUN curl -X POST -o /dev/null https://example.org/hook",
        "FROM scratch\nRUN wget --spider https://example.org/",
        "FROM scratch\nRUN curl -o x http://localhost:8080/x",
        "FROM scratch\nRUN echo 'curl -O https://example.org/x.tgz'",
        "FROM scratch\nRUN curl -fsSL https://example.org/install.sh | sh",
        "FROM scratch\nRUN curl -LO https://example.org/x/archive/master.zip",
        f"FROM scratch\nRUN wget -O /tmp/a.tgz https://example.org/x.tgz && echo '{SHA}  /tmp/a.tgz' | sha256sum -c -",
        f"FROM scratch\nRUN wget -O- https://example.org/x.tgz > a.tgz && echo '{SHA}  b.tgz' | sha256sum -c -",
        f"FROM scratch\nRUN V=1 && curl -LO https://example.org/x-$V.tgz && echo '{SHA}  x-1.tgz' | sha256sum -c",
        f"FROM scratch\nRUN curl -LO https://example.org/x.tgz && sha256sum -c /src/SUMS && echo '{SHA}  y' | sha256sum -c",
        "curl -O https://example.org/x-1.2.tar.gz",
    ],
    "PIN503": [
        "FROM scratch\nRUN apt-get update && apt-get install -y gcc=4:12.2.0-3 && apt-get clean",
        "FROM scratch\nRUN sed -i s,deb.debian.org,snapshot.debian.org/archive/debian, /x\nRUN apt-get install -y gcc",
        "FROM scratch\nRUN apt-get install -y ./x.deb",
        "FROM scratch\nRUN apt-get remove -y gcc",
        "FROM scratch\nRUN dnf install -y gcc-11.4.1-3.el9 && dnf clean all",
        "FROM scratch\nRUN dnf -y groupinstall x && dnf -y update",
        "FROM scratch\nRUN apk add --no-cache git=2.45.2-r0",
        "FROM scratch\nRUN pip install -r requirements.txt",
        "FROM scratch\nRUN pip install --require-hashes -r requirements.txt",
        "FROM scratch\nRUN pip install numpy==2.1.3 'scipy[x]==1.14.1'",
        "FROM scratch\nRUN pip install .",
        "FROM scratch\nRUN pip install -e . && pip install /src/x dist/*.whl",
        "FROM scratch\nRUN pip install -c constraints.txt numpy",
        "FROM scratch\nRUN pip install --upgrade pip setuptools wheel",
        "FROM scratch\nRUN conda env create -f environment.yml",
        "FROM scratch\nRUN conda install -y -c conda-forge numpy=2.1.3",
        "FROM scratch\nRUN mamba create -y -n x --file lock.txt",
        "FROM scratch\nRUN npm ci && npm install",
        "FROM scratch\nRUN npm install -g typescript@5.6.3",
        "FROM scratch\nRUN apt-get install -y $PACKAGES",
        "FROM scratch\nRUN echo apt-get install gcc",
        "FROM scratch\nRUN apt-get install -y --snapshot 20250601T000000Z gcc",
        "FROM scratch\nRUN apt-get -S 20250601T000000Z install -y gcc",
        "FROM scratch\nRUN dnf install -y 'dnf-command(config-manager)' 'pkgconfig(zlib)'",
        "FROM scratch\nENV PIP_INDEX_URL=https://index.example.org/pypi/2025-06-01/simple\nRUN pip install numpy",
        "FROM scratch\nRUN conda install -y conda-forge::numpy=2.1 'scipy==1.14.1'",
        "FROM scratch\nRUN uv pip install -r requirements.txt && uv pip install .",
        "pip install numpy",
        "packages: {apt: [gcc]}",
    ],
    "PIN504": [
        f"git clone https://example.org/x.git && cd x && git checkout {COMMIT}",
        "git clone https://example.org/x.git\ncd x\ngit reset --hard 0123abc",
        "git clone -b v1.2.3 --depth 1 https://example.org/x.git",
        "git clone --branch=release-2.1 https://example.org/x.git",
        'git clone -b "$VERSION" https://example.org/x.git',
        'git clone https://example.org/x.git && git -C x checkout "$COMMIT"',
        "git clone /src/x.git /src/y",
        f"git clone -b main https://example.org/x.git && test \"$(git -C x rev-parse HEAD)\" = {COMMIT}",
        'git clone https://example.org/x.git && [[ $WANTED == "$(cd x && git rev-parse HEAD)" ]]',
        f"git clone https://example.org/x.git && git -C x rev-parse HEAD | grep -qx {COMMIT}",
        f"cargo install --git https://example.org/x.git --rev {COMMIT} && go install example.org/x@v1.2.3",
        "echo go install example.org/x@latest",
        f"pip install git+https://example.org/x.git@{COMMIT}",
        f"pip install 'x @ git+https://example.org/x.git@{COMMIT}#egg=x'",
        "pip install git+https://example.org/x.git@v1.2.3",
        "curl -LO https://example.org/x/archive/refs/tags/v1.2.3.tar.gz",
        f"curl -LO https://example.org/x/archive/{COMMIT}.tar.gz",
        "curl -LO https://example.org/platest/x-1.2.tar.gz",
        "curl https://example.org/main/x-1.2.tar.gz -O",
        "echo git clone https://example.org/x.git",
        "git commit -m 'git clone https://example.org/x.git'",
        f"FROM scratch\nADD https://github.com/a/x.git#{COMMIT} /src/x",
        "FROM scratch\nADD https://github.com/a/x.git#v1.2.3 /src/x",
        f"sources: [{{url: 'https://example.org/x/archive/refs/tags/v1.tgz', sha256: '{SHA}', to: /src/x}}]",
    ],
    "PIN505": [
        "gcc -O3 -march=x86-64-v3 -o /opt/x/bin/x x.c",
        "make CFLAGS='-O2 -mtune=generic'",
        "sed -i 's/-march=native//' Makefile",
        "grep -rn -- -march=native . && exit 1",
        "echo 'do not use -march=native'",
        "# CFLAGS=-march=native",
        "cmake -DGGML_NATIVE=OFF ..",
        "git commit -m 'drop -march=native'",
        "./configure --with-native-system-header-dir=/usr/include",
        "env: {CFLAGS: '-O3 -march=znver3'}",
        "make NATIVE=1 -march=natively",
        "make -C /src/OpenBLAS DYNAMIC_ARCH=1",
        "cd OpenBLAS && cmake -DDYNAMIC_ARCH=ON . && make",
        "cd /src/OpenBLAS && make TARGET=ZEN && make install",
        "cd /src/OpenBLAS && ls && cd /src/app && make",
        "make -C /src/hpl LAlib=/opt/OpenBLAS/lib/libopenblas.a",
        "steps: [{run: make -C /src/OpenBLAS, env: {DYNAMIC_ARCH: '1'}}]",
    ],
}


def table(cases: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(code, snippet) for code, snippets in cases.items() for snippet in snippets]


@pytest.mark.parametrize(("code", "snippet"), table(BAD))
def test_found(code, snippet, found):
    assert len(found(code, snippet)) == 1


@pytest.mark.parametrize(("code", "snippet"), table(GOOD))
def test_quiet(code, snippet, found):
    assert found(code, snippet) == []


@pytest.mark.parametrize("run", ["curl -LO https://example.org/x/archive/master.zip", "curl -fsSL https://example.org/x.sh | sh",
                                 "curl -O http://example.org/x-1.2.tgz", "curl -kO https://example.org/x-1.2.tgz"])
def test_one_download_has_one_message(run, lint):
    assert len([one for one in lint(f"FROM scratch\nRUN {run}\n") if one.code[:3] in ("PIN", "SEC")]) == 1


def test_a_stage_that_is_not_shipped_weighs_less(found):
    assert found("PIN501", "FROM debian:12 AS build\nFROM scratch\nCOPY --from=build /opt /opt") == ["warning"]


def test_a_moving_url_with_a_checksum_weighs_less(found):
    assert found("PIN504", BAD["PIN504"][-1]) == ["warning"]
