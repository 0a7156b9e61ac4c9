"""PRM303, PRM306 and PRM307 on the ways in which such things are written."""

from __future__ import annotations

import pytest

BAD = {
    "PRM303": [
        "chmod 700 /opt/x",
        "chmod -R 0750 /opt/x/bin",
        "chmod 600 /opt/x/etc/x.conf",
        "chmod 640 /opt/x/etc/x.conf /opt/x/etc/y.conf",
        "chmod o-rwx /opt/x",
        "chmod -R go-rwx /opt/x",
        "chmod u=rwx,g=,o= /opt/x",
        "umask 077\nmake install PREFIX=/opt/x",
        "umask 0027; cp a /opt/x",
        "install -m 700 tool /opt/x/bin/tool",
        "install -D -m0600 x.conf /opt/x/etc/x.conf",
        "install --mode=750 tool /opt/x/bin/tool",
        "mkdir -m 700 /opt/x",
        "mkdir -p --mode=0700 /opt/x/share",
        'files: [{from: recipe.yaml, to: /opt/x/a, mode: "0600"}]',
        "FROM scratch\nCOPY --chmod=700 a /opt/x/a",
        "find /opt/x -type f -exec chmod 600 {} +",
        "find -L /opt/x -name '*.conf' -exec chmod 0640 {} \\;",
    ],
    "PRM306": [
        "sudo make install",
        "cd /src && sudo -E make install && sudo ldconfig",
        "echo x | sudo tee /opt/x/f",
        "entrypoint: [gosu, app, /opt/x/bin/x]",
        "entrypoint: [/usr/sbin/sshd, -D]",
        "entrypoint: [sh, -c, 'exec su app -c x']",
        "entrypoint: [x, --port=80]",
        "entrypoint: [x, '--bind=0.0.0.0:443']",
        "tests: [{run: sudo -u nobody x}]",
        "tests: [{run: systemctl start x}]",
        "tests: [{run: 'service x start && x --ping'}]",
        'FROM scratch\nENTRYPOINT ["gosu", "app", "x"]',
        "FROM scratch\nCMD service nginx start && x",
        "entrypoint: [x, --port, '443']",
        "entrypoint: [x, -b, '0.0.0.0:80']",
        "printf '#!/bin/sh\\nexec gosu app x\\n' > /opt/x/bin/x",
        "FROM scratch\nCOPY <<EOF /opt/x/bin/x\n#!/bin/sh\nexec sudo -u app x\nEOF",
    ],
    "PRM307": [
        "chown -R app:app /opt/x",
        "chown 1000 /opt/x/bin",
        "chgrp staff /opt/x",
        "chown --recursive www-data /opt/x",
        "useradd -m app",
        "adduser --disabled-password app",
        "FROM scratch\nUSER app",
        "FROM scratch\nCOPY --chown=app:app a b /opt/x/",
        "FROM scratch\nADD --chown=1000 a /opt/x",
        "FROM scratch\nUSER 1000:1000",
        "FROM scratch\nRUN chown app /opt/x",
        "FROM scratch\nRUN useradd app\nENTRYPOINT [\"gosu\", \"app\", \"x\"]",
        "wget -O /usr/local/bin/gosu https://example.org/gosu\nuseradd app",
    ],
}

GOOD = {
    "PRM303": [
        "chmod 755 /opt/x",
        "chmod 0644 /opt/x/f",
        "chmod 711 /opt/x",
        "chmod +x /opt/x/bin/x",
        "chmod u+x /opt/x/bin/x",
        "chmod go-w /opt/x",
        "chmod 700 /tmp/build",
        "chmod 700 /root/.gnupg ~/.ssh",
        'chmod 700 "$GNUPGHOME"',
        "chmod 600 /etc/ssl/private/x.key",
        "chmod 0440 /etc/sudoers.d/x",
        "chmod 700 /opt/x && chmod -R a+rX /opt/x",
        "chmod 700 /opt/x/stage; rm -rf /opt/x/stage",
        "umask 022\nmake install",
        "umask 0; make install",
        "umask 077",
        "install -m 755 tool /opt/x/bin/tool",
        "install -d /opt/x",
        "mkdir -p /opt/x",
        "mkdir -m 755 /opt/x",
        "echo 'chmod 700 /opt/x'",
        'files: [{from: recipe.yaml, to: /opt/x/a, mode: "0644"}]',
        "find /tmp/x -type f -exec chmod 600 {} +",
        "find /opt/x -type d -exec chmod 755 {} +",
    ],
    "PRM306": [
        "make install",
        "echo sudo make install",
        "grep -q sudo /etc/group || true",
        "cp sudo.conf /opt/x/sudo/",
        "systemctl enable x",
        "apt-get remove -y sudo",
        "# sudo make install",
        "entrypoint: [/opt/x/bin/x]",
        "entrypoint: [x, --port=8080]",
        "entrypoint: [sh, -c, 'exec x --service su']",
        "tests: [{run: '! command -v sudo'}]",
        "tests: [{run: x --service y}]",
        'FROM scratch\nENTRYPOINT ["x", "su"]',
        "entrypoint: [x, --port, '8080', --server, '192.0.2.1:80']",
        "FROM scratch\nCOPY <<'EOF' /opt/x/bin/x\n#!/bin/sh\nif [ $(id -u) = 0 ]; then exec gosu app x; fi\nexec x\nEOF",
        "FROM scratch\nCOPY <<EOF /opt/x/share/usage.md\nsudo x\nEOF",
        "FROM scratch\nEXPOSE 80",
    ],
    "PRM307": [
        "chown root:root /opt/x",
        "chown -R 0:0 /opt/x",
        "chown app /tmp/build",
        "chown app build",
        "useradd builder && su builder -c 'spack install x'",
        "echo chown app /opt/x",
        "groupadd x",
        "chmod -R a+rX /opt/x",
        "chown --reference=/opt/x /opt/y",
        "FROM scratch\nUSER root",
        "FROM scratch\nCOPY --chown=root:root a /opt/x\nCOPY --chown=0 a /opt/y\nCOPY --chown=$WHO a /opt/z",
        "FROM scratch\nCOPY --chown=app a /tmp/x",
        "FROM scratch\nCOPY --chown=app a /opt/x\nUSER app\nRUN make\nUSER root",
        "FROM scratch AS a\nCOPY --chown=app a /opt/x\nFROM scratch",
        "FROM scratch AS a\nRUN useradd app && chown -R app /opt/x\nFROM scratch\nCOPY --from=a /opt/x /opt/x",
        "FROM scratch\nUSER builder\nRUN make\nUSER root",
        "FROM scratch\nRUN useradd builder\nUSER builder\nRUN make\nUSER 0",
    ],
}


def table(cases: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(code, snippet) for code, snippets in cases.items() for snippet in snippets]


@pytest.mark.parametrize(("code", "snippet"), table(BAD))
def test_found(code, snippet, found):
    severity = "info" if code == "PRM307" else "warning"
    assert found(code, snippet) == [severity]


@pytest.mark.parametrize(("code", "snippet"), table(GOOD))
def test_quiet(code, snippet, found):
    assert found(code, snippet) == []
