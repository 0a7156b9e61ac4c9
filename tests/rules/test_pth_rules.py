"""PTH203, PTH207, PTH211, and the fields and variables that PTH201 and PTH202 read."""

from __future__ import annotations

import pytest

BAD = {
    "PTH203": [
        "echo '10.0.0.7 licenses' >> /etc/hosts",
        "printf 'nameserver 10.0.0.1\\n' > /etc/resolv.conf",
        "cp nsswitch.conf /etc/nsswitch.conf",
        "sed -i 's/files/files ldap/' /etc/nsswitch.conf",
        "sed -i.bak -e '/multi/d' /etc/host.conf",
        "cd /etc && echo '10.0.0.7 licenses' >> hosts",
        "echo 'app:x:1000:1000::/opt/x:/bin/sh' | tee -a /etc/passwd",
        "cat > /etc/group <<'EOF'\napp:x:1000:\nEOF",
        "ln -sf /opt/x/hosts /etc/hosts",
        "files: [{from: recipe.yaml, to: /etc/passwd}]",
        "FROM scratch\nCOPY hosts /etc/hosts",
    ],
    "PTH207": [
        "./configure --prefix=$HOME/x",
        "./configure --prefix=~/x",
        "cmake -DCMAKE_INSTALL_PREFIX=/root/x ..",
        'make install PREFIX="${HOME}/.local"',
        "pip install --user numpy",
        "python3 -m pip install --user -r requirements.txt",
        "python3 -m venv /root/venv",
        "virtualenv ~/env",
        "conda create -y -p $HOME/env python",
        "bash Miniconda3-py312_24.9.2-0-Linux-x86_64.sh -b",
        "bash /src/Miniforge3-Linux-x86_64.sh -b -p /root/miniforge",
        "workdir: /root/x",
        "files: [{from: recipe.yaml, to: /root/bin/x}]",
        "FROM scratch\nWORKDIR /opt\nWORKDIR /root/app",
        "FROM scratch\nRUN pip install --user numpy==2.0.0",
        "python3 setup.py install --user",
        "pipx install nox",
        "export GOBIN=/root/go/bin\ngo install ./cmd/x",
        "JULIA_DEPOT_PATH=/root/.julia julia -e 'using Pkg; Pkg.add(\"MPI\")'",
        "cd && ./configure --prefix=$PWD/x",
        "rm -rf $HOME/x && ./configure --prefix=$HOME/x",
        "env: {PATH: '/root/.local/bin:/usr/bin'}",
        "FROM scratch\nWORKDIR /root/x\nRUN ./configure --prefix=$(pwd)/y\nWORKDIR /opt",
    ],
    "PTH211": [
        "chmod 777 /opt/x/cache",
        "chmod -R 0777 /opt/x",
        "chmod a+w /opt/x/var",
        "chmod -R o+rwX /opt/x/run",
        "chmod ugo+w /usr/local/share/x",
        "chmod 666 /opt/x/state.db",
        "./configure --prefix=/opt/x --with-logdir=/opt/x/log",
        "./configure --pid-path=/opt/x/nginx.pid",
        "env: {MPLCONFIGDIR: /opt/x/mpl}",
        "env: {NUMBA_CACHE_DIR: /opt/x/cache}",
        "env: {TOOL_LOG_DIR: /opt/x/log}",
        "FROM scratch\nVOLUME /data",
        'FROM scratch\nVOLUME ["/var/lib/x"]',
    ],
    "PTH201": [
        "FROM scratch\nWORKDIR /tmp/app",
        "FROM scratch\nCOPY sshd_config /etc/ssh/sshd_config",
        "steps: [{run: make install, env: {PREFIX: /tmp/x}}]",
        "steps: [{run: make install, env: {DESTDIR: /opt/udiImage}}]",
    ],
    "PTH202": [
        "FROM scratch\nWORKDIR /home/app",
        "FROM scratch\nCOPY a /home/app/",
        "FROM scratch\nADD a.tar /scratch/x",
        "FROM scratch\nVOLUME /home/app",
        "steps: [{run: make install, env: {DESTDIR: /home/x}}]",
        "steps: [{run: cmake --install build, env: {CMAKE_INSTALL_PREFIX: /global/x}}]",
        "FROM scratch\nENV PIP_TARGET=/home/x\nRUN pip install --require-hashes -r r.txt",
    ],
}

GOOD = {
    "PTH203": [
        "useradd -r builder",
        "cat /etc/hosts > /opt/x/hosts",
        "grep root /etc/passwd",
        "cp /etc/resolv.conf /opt/x/resolv.conf",
        "echo 'hosts: files' > /opt/x/etc/nsswitch.conf",
        "sed 's/a/b/' /etc/passwd > /opt/x/passwd",
        "sed -i 's,/etc/hosts,/opt/x/hosts,' /opt/x/tool",
        "mkdir -p /etc/hosts.d && echo x > /etc/hosts.d/x",
        "echo 'edit /etc/hosts' > /opt/x/readme",
        "files: [{from: recipe.yaml, to: /opt/etc/passwd}]",
    ],
    "PTH207": [
        "./configure --prefix=/opt/x",
        "./configure --prefix=/roots/x",
        "make install PREFIX=/root/stage && cp -a /root/stage/bin /opt/x && rm -rf /root/stage",
        "pip install numpy",
        "export PYTHONUSERBASE=/opt/x\npip install --user numpy",
        "bash Miniconda3-latest-Linux-x86_64.sh -b -p /opt/conda",
        "bash Miniconda3-latest-Linux-x86_64.sh -bp /opt/conda",
        "echo 'pip install --user numpy'",
        "git config --global user.name x && cp .condarc ~/.condarc",
        "mkdir -p ~/.cache && export CARGO_HOME=$HOME/.cargo",
        "cd ~ && ls $HOME",
        "workdir: /opt/root",
        "FROM scratch\nWORKDIR /root/build\nRUN make install PREFIX=/opt/x\nWORKDIR /opt/x",
        "FROM scratch\nCOPY . /root/src",
        "PIPX_HOME=/opt/pipx pipx install nox",
        "pipx install --global nox",
        "export GOPATH=/root/go GOBIN=/usr/local/bin\ngo install ./cmd/x",
        "env: {PATH: '/opt/root/bin:/usr/bin'}",
        "./configure --prefix=/tmp/x",
        "./configure --prefix=/home/x",
    ],
    "PTH211": [
        "chmod 755 /opt/x/cache",
        "chmod 1777 /tmp",
        "chmod 777 /tmp/build",
        "chmod -R a+rX /opt/x",
        "chmod u+w /opt/x/f",
        "chmod go-w /opt/x",
        "chmod 777 /opt/x/tmp && rm -rf /opt/x/tmp",
        "chmod +x /opt/x/bin/tool",
        "chmod 777 /scratch",
        "echo chmod 777 /opt/x",
        "env: {MPLCONFIGDIR: /tmp/mpl}",
        "env: {NUMBA_CACHE_DIR: ''}",
        "env: {HF_HOME: /opt/x/models}",
        "FROM scratch\nVOLUME /scratch",
        "FROM scratch\nVOLUME /tmp",
        "./configure --logging=/opt/x --with-log4j=/opt/log4j",
    ],
    "PTH201": [
        "FROM scratch\nCOPY requirements.txt /tmp/",
        "FROM scratch\nADD a.tar /tmp/build",
        "FROM scratch\nWORKDIR /tmp/build\nRUN make install PREFIX=/opt/x\nWORKDIR /opt/x",
        "steps: [{run: make install, env: {DESTDIR: /tmp/stage}}]",
        "steps: [{run: make check, env: {PREFIX: /tmp/x}}]",
    ],
    "PTH202": [
        "FROM scratch\nVOLUME /home",
        "FROM scratch\nWORKDIR /homebrew",
        "FROM scratch\nCOPY a /home-x/",
        "steps: [{run: make install, env: {DESTDIR: /opt/x}}]",
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


def test_a_variable_that_a_step_hands_on_is_told_of_where_it_is_used(lint):
    (finding,) = [one for one in lint("steps:\n  - run: ./configure --prefix=$PREFIX && make install\n    env: {PREFIX: /home/x}\n")
                  if one.code.startswith("PTH")]
    assert finding.message.startswith("--prefix: /home/x") and "PREFIX" in finding.related[0].message


def test_a_path_of_users_that_nobody_can_read_weighs_less(found):
    assert found("PTH207", "env: {PATH: '/root/bin:/usr/bin'}") == ["warning"]


@pytest.mark.parametrize("shell", ["make install PREFIX=/tmp/x", "./configure --prefix=/home/x", "python3 -m venv /home/x",
                                   "pip install --target=/home/x y"])
def test_one_cause_has_one_message(shell, lint_step):
    assert len([finding for finding in lint_step(shell) if finding.code.startswith("PTH")]) == 1
