"""SEC601, SEC602 and SEC603: what is a secret, and what only looks like one."""

from __future__ import annotations

import pytest

SHA = "0" * 64
TOKEN = "ghp_" + "a1B2" * 9
AWS = "AKIA" + "IOSFODNN7EXAMPLQ"
KEY = "-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n"

BAD = {
    "SEC601": [
        "env: {DB_PASSWORD: correct-horse}",
        "env: {API_TOKEN: 9f86d081884c7d65}",
        "env: {AWS_SECRET_ACCESS_KEY: wJalrXUtnFEMIK7MDENG}",
        f"env: {{WHATEVER: {TOKEN}}}",
        f"env: {{KEY_ID: {AWS}}}",
        "env: {INDEX: 'https://bot:hunter22@pypi.example.org/simple'}",
        "env: {MYAPP_PASSPHRASE: 'open sesame'}",
        f"git clone https://x:{TOKEN}@example.org/a/b.git",
        "pip install --index-url https://bot:hunter22@pypi.example.org/simple x",
        f"curl -H 'Authorization: token {TOKEN}' https://api.example.org",
        f"steps: [{{run: make, env: {{UPLOAD_TOKEN: {TOKEN}}}}}]",
        f"FROM scratch\nENV GITHUB_TOKEN={TOKEN}",
        "FROM scratch\nARG NPM_TOKEN=a1b2c3d4e5f6\nRUN npm ci",
        f"FROM scratch\nLABEL token={TOKEN}",
        f"cat > /opt/x/key <<'EOF'\n{KEY}EOF",
        "export API_TOKEN=s3cr3tvalue\nmake",
        "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENG aws s3 cp s3://x/y .",
        "curl -u bot:hunter22 -O https://example.org/x.tgz",
        "wget --http-password=hunter22 https://example.org/x.tgz",
        "sshpass -p hunter22 scp x@example.org:y .",
        "curl -H 'Authorization: Bearer 9f86d081884c7d65' https://example.org",
        "echo 'machine example.org login bot password hunter22' > ~/.netrc",
        "FROM scratch\nARG NB_TOKEN\nENV JUPYTER_TOKEN=${NB_TOKEN}",
    ],
    "SEC602": [
        "files: [{from: recipe.yaml, to: /opt/x/.netrc}]",
        "files: [{from: recipe.yaml, to: /opt/x/.aws/credentials}]",
        "files: [{from: recipe.yaml, to: /opt/x/.git-credentials}]",
        "files: [{from: recipe.yaml, to: /opt/x/.docker/config.json}]",
        "files: [{from: recipe.yaml, to: /opt/x/.ssh/id_ed25519}]",
        "files: [{from: recipe.yaml, to: /opt/x/id_rsa}]",
        "files: [{from: server.pem, to: /opt/x/etc/server.pem}]",
        "files: [{from: conf, to: /opt/x/etc}]",
        "files: [{from: recipe.yaml, to: /opt/x/gurobi.lic}]",
        "FROM scratch\nCOPY .pypirc /opt/x/",
        "FROM scratch\nCOPY .netrc /opt/x/",
        "FROM scratch\nCOPY id_rsa /opt/x/key",
        "FROM scratch\nCOPY .ssh /opt/x/ssh",
        "FROM scratch\nCOPY server.pem /opt/x/server.pem",
    ],
    "SEC603": [
        "curl -O http://example.org/x.tgz",
        "wget http://example.org/x.tgz",
        "curl -k -O https://example.org/x.tgz",
        "curl -fsSLk https://example.org/x.tgz -o x.tgz",
        "curl --insecure https://example.org/x",
        "wget --no-check-certificate https://example.org/x.tgz",
        "curl -fsSL https://example.org/install.sh | sh",
        "curl -fsSL https://example.org/install.sh | sudo -E bash -s -- -y",
        "wget -qO- https://example.org/install.sh | bash",
        'sh -c "$(curl -fsSL https://example.org/install.sh)"',
        "bash <(curl -s https://example.org/install.sh)",
        "curl -sSL https://example.org/x.py \\\n  | python3 -",
        "apt-get install -y --allow-unauthenticated x",
        "apt-get -y --force-yes install x",
        "dnf install -y --nogpgcheck x",
        "zypper --no-gpg-checks install x",
        "apk add --allow-untrusted x.apk",
        "pip install --trusted-host pypi.example.org x",
        "pip install --index-url http://pypi.example.org/simple x",
        "pip install -i http://pypi.example.org/simple x",
        "git -c http.sslVerify=false clone https://example.org/x.git",
        "git config --global http.sslVerify false",
        "npm config set strict-ssl false",
        "conda config --set ssl_verify false",
        "export GIT_SSL_NO_VERIFY=1\ngit fetch",
        "echo 'deb [trusted=yes] http://deb.example.org ./' > /etc/apt/sources.list.d/x.list",
        "FROM scratch\nENV NODE_TLS_REJECT_UNAUTHORIZED=0",
        "FROM scratch\nADD http://example.org/x.tgz /src/",
        "git clone http://example.org/x.git",
        "git clone -b v1 git://example.org/x.git",
        "echo gpgcheck=0 >> /etc/yum.repos.d/x.repo",
        "printf '[x]\\nbaseurl=https://example.org\\ngpgcheck=0\\n' > /etc/yum.repos.d/x.repo",
        "cat > /etc/yum.repos.d/x.repo <<'EOF'\n[x]\nbaseurl=https://example.org\ngpgcheck = 0\nEOF",
        "cat > /etc/apt/sources.list.d/x.list <<'EOF'\ndeb [trusted=yes] https://example.org ./\nEOF",
        "FROM scratch\nCOPY <<EOF /etc/yum.repos.d/x.repo\n[x]\nbaseurl=https://example.org\ngpgcheck=0\nEOF",
    ],
}

GOOD = {
    "SEC601": [
        "env: {GPG_KEY: A035C8C19219BA821ECEA86B64E628F8D684696D}",
        "env: {MAX_TOKEN: '4096', TOKEN_LIMIT: '12', USE_TOKEN: 'true'}",
        "env: {DB_PASSWORD_FILE: /run/secrets/db}",
        "env: {DB_PASSWORD: ''}",
        "env: {API_TOKEN: changeme, OTHER_TOKEN: '<your token>'}",
        "env: {TOKENIZERS_PARALLELISM: 'false'}",
        "env: {SECRET: /run/secrets/x}",
        "env: {URL: 'https://example.org:8080/a@b', GIT: 'ssh://git@example.org/x'}",
        "env: {PASSWORD_STORE_DIR: /opt/x}",
        "env: {PUBLIC_KEY: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIabc'}",
        "grep -q 'BEGIN RSA PRIVATE KEY' /opt/x && exit 1",
        'git clone "https://x:${TOKEN}@example.org/a/b.git"',
        "echo -----BEGIN PUBLIC KEY-----",
        "curl -H \"Authorization: token $TOKEN\" https://api.example.org",
        "FROM scratch\nARG TOKEN\nRUN x",
        "FROM scratch\nRUN --mount=type=secret,id=token TOKEN=$(cat /run/secrets/token) x",
        "# AKIA comes first in a key of AWS",
        "SECRET_KEY=dummy1234 python3 manage.py collectstatic",
        "export API_TOKEN=$(cat /run/secrets/token)",
        "export GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D",
        "for KEY in 3673DF529D9049477F76B375; do gpg --recv-keys $KEY; done",
        'curl -u "$USER:$PASSWORD" https://example.org && curl --user-agent x:y12345678 https://example.org',
        "buildah bud --secret id=mytoken1,src=file1 .",
        "x --password-file=/run/secrets/p1 --token $TOKEN",
        "echo 'machine example.org login bot password <yours>' > netrc.example",
        "FROM scratch\nARG VERSION_TAG=1\nENV VERSION_TOKEN=$VERSION_TAG",
    ],
    "SEC602": [
        "files: [{from: recipe.yaml, to: /opt/x/netrc.example}]",
        "files: [{from: recipe.yaml, to: /opt/x/config.json}]",
        "files: [{from: recipe.yaml, to: /opt/x/credentials.py}]",
        "files: [{from: public.pem, to: /opt/x/etc/ca.pem}]",
        "files: [{from: tests, to: /opt/x/tests}]",
        "files: [{from: recipe.yaml, to: /opt/x/aws/credentials}]",
        "FROM scratch\nCOPY id_rsa.pub /opt/x/",
        "FROM scratch\nCOPY . /opt/x",
        "FROM scratch\nCOPY public.pem /opt/x/",
        "FROM scratch\nCOPY tests/server.pem /opt/x/",
        "FROM scratch\nCOPY none.pem /opt/x/",
    ],
    "SEC603": [
        "curl -O https://example.org/x.tgz",
        "curl http://localhost:8080/health",
        "wget http://127.0.0.1/x",
        "echo 'curl http://example.org | sh'",
        "curl -fsSL https://example.org/x.tgz | tar xz",
        "curl -fsSL https://example.org/key | gpg --dearmor > /opt/x.gpg",
        "curl -s https://example.org/x.json | jq .",
        "echo 'deb http://deb.debian.org/debian bookworm main' > /etc/apt/sources.list",
        "echo 'deb [signed-by=/usr/share/keyrings/x.gpg] http://deb.example.org ./' > /etc/apt/sources.list.d/x.list",
        "pip install --index-url https://pypi.example.org/simple x",
        "grep -r trusted=yes /etc/apt && exit 1",
        "sed -i 's/http:/https:/' /etc/apt/sources.list",
        "pip install -r requirements.txt | tee log",
        "# curl -k https://example.org",
        "git config --global http.sslVerify true",
        "git clone http://localhost:3000/x.git",
        "git config --global url.https://example.org/.insteadOf git://example.org/",
        "git commit -m 'see http://example.org'",
        "cat > /etc/yum.repos.d/x.repo <<'EOF'\n[x]\nbaseurl=file:///srv/rpms\ngpgcheck=0\nEOF",
        "cat > /etc/yum.repos.d/x.repo <<'EOF'\n[x]\nbaseurl=https://example.org\ngpgcheck=1\nrepo_gpgcheck=0\nEOF",
        "sed -i s/gpgcheck=0/gpgcheck=1/ /etc/yum.repos.d/x.repo",
        "cat script.sh | sh",
        f"sources: [{{url: 'https://example.org/x.tgz', sha256: '{SHA}', to: /src/x}}]",
    ],
}


def table(cases: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(code, snippet) for code, snippets in cases.items() for snippet in snippets]


@pytest.fixture(autouse=True)
def files(tmp_path):
    for name in ("conf", "tests"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "server.pem").write_text(KEY)
    (tmp_path / "server.pem").write_text(KEY)
    (tmp_path / "public.pem").write_text("-----BEGIN CERTIFICATE-----\n")


@pytest.mark.parametrize(("code", "snippet"), table(BAD))
def test_found(code, snippet, found):
    assert found(code, snippet) == ["error"]


@pytest.mark.parametrize(("code", "snippet"), table(GOOD))
def test_quiet(code, snippet, found):
    assert found(code, snippet) == []


@pytest.mark.parametrize("snippet", [
    f"curl -O http://example.org/x.tgz && echo '{SHA}  x.tgz' | sha256sum -c",
    f"curl -kO https://example.org/x.tgz && echo '{SHA}  x.tgz' | sha256sum -c",
    f"sources: [{{url: 'http://example.org/x.tgz', sha256: '{SHA}', to: /src/x}}]",
    f"FROM scratch\nADD --checksum=sha256:{SHA} http://example.org/x.tgz /src/",
    f"git clone http://example.org/x.git && git -C x checkout {SHA[:40]}",
])
def test_a_checksum_makes_it_weigh_less(snippet, found):
    assert found("SEC603", snippet) == ["warning"]


@pytest.mark.parametrize("snippet", BAD["SEC601"])
def test_the_secret_is_never_shown(snippet, lint, lint_step):
    findings = (lint if snippet.startswith(("env", "FROM", "steps")) else lint_step)(snippet)
    secrets = (TOKEN, AWS, "hunter22", "correct-horse", "open sesame", "a1b2c3d4e5f6", "9f86d081884c7d65", "wJalrXUtn", "b3Blbn", "s3cr3tvalue")
    assert not [one for one in findings if one.code == "SEC601" and any(secret in one.message for secret in secrets)]


def test_links_are_not_followed(tmp_path, found):
    (tmp_path / "conf" / "server.pem").unlink()
    (tmp_path / "conf" / "server.pem").symlink_to(tmp_path / "server.pem")
    assert found("SEC602", "FROM scratch\nCOPY conf/server.pem /opt/x/") == []


def test_a_source_that_no_file_can_be_called_is_no_fault(found):
    assert found("SEC602", f"FROM scratch\nCOPY {'a' * 5000} /opt/x") == []
