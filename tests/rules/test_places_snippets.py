"""PTH201 and PTH202 on shell text and on the fields of a recipe."""

from __future__ import annotations

import pytest

MOUNTED = [
    "./configure --prefix=/home/x",
    "./configure --prefix /home/x",
    "./configure --exec-prefix=/home/x",
    "./configure --prefix='/home/x' --enable-shared",
    'P=/home/x; ./configure --prefix="$P"',
    "cmake -DCMAKE_INSTALL_PREFIX=/home/x ..",
    "cmake -DCMAKE_INSTALL_PREFIX:PATH=/home/x ..",
    "cmake -D CMAKE_INSTALL_PREFIX=/home/x ..",
    "cmake --install build --prefix /home/x",
    "meson setup build -Dprefix=/home/x",
    "make install PREFIX=/home/x",
    "make -C /src -j8 prefix=/home/x install",
    "make install DESTDIR=/home/x",
    "PREFIX=/home/x make install",
    "DESTDIR=/home/x ninja install",
    "export PREFIX=/home/x\nmake install",
    "sudo make install PREFIX=/home/x",
    "cd /src && make && make install PREFIX=/home/x",
    "pip install --target=/home/x numpy",
    "pip install --target /home/x numpy",
    "python3 -m pip install -t /home/x numpy",
    "pip3 install --prefix=/home/x numpy",
    "conda create -y -p /home/x python",
    "python3 -m venv /home/x",
    "cargo install --root /home/x tool",
    "cp -r build /home/x",
    "cp -t /home/x a b",
    "cp --target-directory=/home/x a b",
    "install -m 755 tool /home/x/bin/tool",
    "install -d /home/x/bin",
    "mv build /home/x",
    "ln -s /opt/x /home/x",
    "rsync -a build/ /home/x/",
    "mkdir -p /home/x",
    "mkdir /opt/x /home/x",
    "tar -xf /src/a.tar -C /home/x",
    "tar xzf /src/a.tgz --directory=/home/x",
    "unzip -q a.zip -d /home/x",
    "git clone /src/repo /home/x",
    "touch /home/x",
    "echo x | tee /home/x",
    "echo x > /home/x",
    "echo x >> /home/x 2>&1",
    "make &> /home/x",
    "cat > /home/x <<EOF\ntext\nEOF",
    "dd if=/dev/zero of=/home/x count=1",
    "curl -o /home/x https://example.org/x",
    "cp a /home",
    "cp a /home/",
    "cp a //home//x",
    "cp a /opt/../home/x",
    'cp a "/home/$USER/x"',
    "for d in bin lib; do cp a /home/$d; done",
    "cp a /cvmfs/x",
    "cp a /global/common/x",
    "make install PREFIX=/scratch/x",
    "bash -c 'make install PREFIX=/home/x'",
    "eval 'cp a /home/x'",
    "(mkdir -p /home/x)",
    "if true; then cp a /home/x; fi",
    "find . -name '*.so' -exec cp -t /home/x {} +",
    "make install PREFIX=${PREFIX:-/home/x}",
    "rm -rf /home/x; ./configure --prefix=/home/x",
    "./configure --prefix=/home/x && cp -a /home/x/bin /opt/x",
    "find build -exec cp {} /home/x \\;",
    "wget -qO /home/x https://a.example/x",
    "curl -sSLo /home/x https://a.example/x",
    "tar xzC /home/x -f a.tgz",
    "cd /home && git clone -q https://a.example/x.git",
    "conda env update -p /home/x -f e.yml",
    "env DESTDIR=/home/x make install",
    "npm config set prefix /home/x",
    "spack config add config:install_tree:root:/home/x",
    "Rscript -e 'install.packages(\"a\", lib=\"/home/x\")'",
    "bash /tmp/installer.sh -b -p /home/x",
]

OWNED = [
    "./configure --prefix=/opt/udiImage/x",
    "./configure --prefix=/tmp/x",
    "cmake -DCMAKE_INSTALL_PREFIX=/var/tmp/x ..",
    "make install PREFIX=/tmp/x",
    "PREFIX=/dev/shm/x make install",
    "pip install --target=/tmp/x numpy",
    "conda create -p /tmp/x python",
    "mkdir -p /opt/udiImage/modules",
    "mkdir -p /var/run/x",
    "echo x > /etc/ssh/sshd_config",
    "cp x /etc/udiImage/x",
    "touch /var/spool/x",
    "cp x /var/run/x.pid",
    "install -d /var/empty/x",
    "tar xf a.tar -C /etc/ssh",
]

QUIET = [
    "./configure --prefix=/opt/x",
    "./configure --prefix=/homebrew",
    "cmake -DCMAKE_INSTALL_PREFIX=/opt/home ..",
    "make install PREFIX=/opt/x DESTDIR=/tmp/stage",
    "DESTDIR=/tmp/stage make install && cp -a /tmp/stage/opt/x /opt/x",
    "cp -r /home/x /opt/x",
    "cp /tmp/build/x /opt/x",
    "mv /tmp/build /opt/x",
    "ln -s /home/x /opt/x",
    "cp a /homework/x",
    "cp a /global-data",
    "mkdir -p /tmp/build",
    "mkdir -p /home /global /cvmfs /scratch",
    "install -d /home",
    "mkdir -p /var/run",
    "tar xf a.tar -C /tmp",
    "tar -cf /opt/x.tar -C /home/x .",
    "git clone /src/repo /tmp/repo",
    "make > /dev/null 2>&1",
    "make &> /tmp/log",
    "echo 1 > /proc/self/oom_score_adj",
    "echo x | tee /dev/stderr",
    "echo cp a /home/x",
    "echo --prefix=/home/x",
    "printf '%s\\n' PREFIX=/home/x",
    "# make install PREFIX=/home/x",
    "grep -r -- --prefix=/home/x /opt/x && exit 1",
    "ls /home/x; test -d /home/x; [ -d /home/x ]",
    "rm -rf /home/x /tmp/x",
    "cat /home/x > /opt/x",
    "cd /home && ls",
    "make install PREFIX=$ROOT/home",
    "./configure --prefix=/tmp/x && mv /tmp/x /opt/x",
    "./configure --prefix=/tmp/x && cp /tmp/x/bin/a /opt/x",
    "make install PREFIX=/tmp/x-1 && rm -rf /tmp/x-*",
    "git clone /src/repo /home/x && rm -rf /home/x",
    "cd /home && git clone /src/repo && rm -rf repo",
    "useradd -m x && git clone /src/repo /home/x/repo && userdel -r x",
    "python3 -m venv /tmp/x",
    "conda run -p /home/x python a.py",
    "install -p -m 644 a b /opt/x",
    "cd /home && mkdir -m 755 /opt/x",
    "export CONDA_ENVS_PATH=/home/x\nconda create -y -p /opt/x python",
    "make install PREFIX=/home$SUFFIX",
    'cp a "$DEST"',
    "cp a home/x",
    "cp a tmp",
    "make PREFIX=tmp",
    "python3 -c 'print(\"/home/x\")'",
    "git archive --prefix=/home/x HEAD",
    "git commit -m 'make install PREFIX=/home/x'",
    "cat <<'EOF' > /opt/x/readme\ncp a /home/x\nEOF",
    "export HOME=/tmp/home",
    "TMPDIR=/tmp make",
    "./configure --prefix=/opt/x --with-scratch=/scratch",
    "rsync -a /home/x/ /opt/x/",
    "pip install --cache-dir /tmp/x numpy",
    "tee < /home/x",
    "mkdir -p /opt/ssh /usr/include/sys /opt/run",
]


def codes(findings) -> list[str]:
    """The codes about places: other rules have their own say about sudo, HOME and the rest."""
    return [finding.code for finding in findings if finding.code.startswith("PTH")]


@pytest.mark.parametrize("shell", MOUNTED)
def test_below_a_mount_of_the_site(shell, lint_step):
    assert codes(lint_step(shell)) == ["PTH202"]


@pytest.mark.parametrize("shell", OWNED)
def test_owned_by_the_runtime(shell, lint_step):
    assert codes(lint_step(shell)) == ["PTH201"]


@pytest.mark.parametrize("shell", QUIET)
def test_quiet(shell, lint_step):
    assert codes(lint_step(shell)) == []


SHA = "0" * 64
FIELDS = [
    "files: [{from: recipe.yaml, to: %s/x}]",
    f"sources: [{{url: 'https://example.org/x', sha256: '{SHA}', to: %s/x}}]",
    f"sources: [{{url: 'https://example.org/x', sha256: '{SHA}', unpack: %s/x}}]",
    "packages: {pip: {requirements: none.txt, venv: %s/x}}",
    "workdir: %s/x",
]


@pytest.mark.parametrize("field", FIELDS)
def test_fields_of_the_recipe(field, lint, tmp_path):
    (tmp_path / "none.txt").touch()
    assert [finding.code for finding in lint(field % "/tmp")] == ["PTH201"]
    assert [finding.code for finding in lint(field % "/home")] == ["PTH202"]
    assert lint(field % "/homebrew") == lint(field % "/opt") == []


def test_the_message_names_the_path_and_its_owner_and_the_help_a_way_out(lint_step):
    (finding,) = lint_step('make install PREFIX="/home/$USER/tool"')
    assert "PREFIX" in finding.message and "/home/.../tool" in finding.message
    assert "mounts its own /home" in finding.message
    assert "/opt/<name>" in finding.help


def test_tests_may_write_where_users_may(lint):
    assert lint("tests:\n  - run: echo x > /tmp/x && cp /tmp/x /scratch/x\n") == []
