"""Secrets in an image's environment and files: found by what they are, never shown; what only looks alike is quiet."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certify.checks import registry, sec602_secret_in_image
from certify.checks.secret_files import KINDS, MAX_READ, kind_of
from certify.finding import Severity
from tests.tools import need

CONFIG = "/.certify/image.json"
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n" * 3
KEY = f"-----BEGIN PRIVATE KEY-----\n{BODY}-----END PRIVATE KEY-----\n"
SECRET = "correct-horse-battery"     # what no message may ever hold


@pytest.fixture
def judged(tree, site):
    """Path and severity of what a check finds; no message shows the secret."""
    def run(code="SEC602", **env):
        findings = [one for one in registry.run(tree(**env), site) if one.code == code]
        assert all(SECRET not in str(one.as_json()) and BODY[:20] not in str(one.as_json()) for one in findings)
        return [(one.path, one.severity) for one in findings]
    return run


# SEC601

@pytest.mark.parametrize(("name", "value"), [
    ("DB_PASSWORD", SECRET), ("API_KEY", SECRET), ("X_TOKEN", SECRET), ("AWS_SECRET_ACCESS_KEY", SECRET),
    ("PIP_INDEX_URL", f"https://user:{SECRET}@example.org/simple"), ("ANYTHING", "ghp_" + "a1B2" * 9), ("KEY", KEY)])
def test_a_secret_variable_is_found_and_not_shown(judged, name, value):
    assert judged("SEC601", **{name: value}) == [(CONFIG, Severity.ERROR)]


@pytest.mark.parametrize(("name", "value"), [
    ("GPG_KEY", "A035C8C19219BA821ECEA86B64E628F8D684696D"), ("PASSWORD_FILE", "/run/secrets/x"), ("DB_PASSWORD", "$OTHER"),
    ("DB_PASSWORD", ""), ("TOKEN_LIMIT", "4096000"), ("API_KEY", "changeme"), ("PYTHON_GET_PIP_SHA256", "ab" * 32),
    ("DB_PASSWORD", "/run/secrets/db"), ("MAX_TOKEN", "4096")])
def test_a_variable_that_holds_none_is_quiet(judged, name, value):
    assert judged("SEC601", **{name: value}) == []


def test_labels_and_the_start_command_are_looked_at(tree, site):
    image = tree()
    image.labels = {"org.example.api-key": SECRET, "org.example.note": "nothing", "url": f"https://u:{SECRET}@example.org"}
    image.config = replace(image.config, entrypoint=("/bin/sh", "-c", f"curl https://u:{SECRET}@example.org"))
    messages = [one.message for one in registry.run(image, site) if one.code == "SEC601"]
    assert messages == ["the label org.example.api-key holds a secret of 21 characters",
                        "the label url holds a password in a URL",
                        "the image's start command holds a password in a URL"]


# SEC602

SECRETS = [
    ("/root/.ssh/id_ed25519", KEY), ("/root/.ssh/mine", KEY), ("/opt/x/server.pem", "junk\n" + KEY), ("/opt/x/deploy.key", KEY),
    ("/opt/x/id_rsa", KEY.replace("PRIVATE", "RSA PRIVATE")), ("/opt/x/k.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\n"),
    ("/opt/x/old.pem", f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\n{BODY}"),
    ("/root/.netrc", f"machine h login u password {SECRET}\n"), ("/home/u/.netrc", f"machine h\n login u\n password\t{SECRET}\n"),
    ("/root/.git-credentials", f"https://u:{SECRET}@github.com\n"), ("/root/.pgpass", f"# x\nh:5432:db:u:{SECRET}\n"),
    ("/root/.my.cnf", f"[client]\npassword = {SECRET}\n"), ("/root/.vault-token", SECRET),
    ("/root/.aws/credentials", f"[default]\naws_access_key_id = x\naws_secret_access_key = {SECRET}\n"),
    ("/root/.kube/config", f"users:\n- user:\n    token: {SECRET}\n"),
    ("/root/.npmrc", f"//r.example.org/:_authToken={SECRET}\n"),
    ("/root/.docker/config.json", json.dumps({"auths": {"r": {"auth": SECRET}}})),
    ("/root/.dockercfg", '{"r": {"auth": "eA=="}}'),
    ("/etc/containers/auth.json", json.dumps({"auths": {"r": {"identitytoken": SECRET}}})),
    ("/root/.pypirc", f"[pypi]\nusername = u\npassword: {SECRET}\n"),
    ("/etc/pip.conf", f"[global]\nindex-url = https://u:{SECRET}@example.org/simple\n"),
    ("/etc/apt/sources.list", f"deb https://u:{SECRET}@example.org/debian x main\n"),
    ("/etc/apt/auth.conf.d/x.conf", f"machine h login u password {SECRET}\n"),
    ("/etc/yum.repos.d/x.repo", f"[x]\nbaseurl=https://u:{SECRET}@example.org/x\n"),
    ("/root/.cargo/credentials.toml", f'[registry]\ntoken = "{SECRET}"\n'),
    ("/root/.config/gh/hosts.yml", f"x:\n  oauth_token: {SECRET}\n"),
    ("/root/.cache/huggingface/token", SECRET), ("/root/.kaggle/kaggle.json", json.dumps({"username": "u", "key": SECRET})),
    ("/root/.config/gcloud/application_default_credentials.json", json.dumps({"refresh_token": SECRET})),
    ("/opt/app/service-account.json", json.dumps({"private_key": KEY})), ("/etc/krb5.keytab", b"\x05\x02\0\0\0\x40"),
    ("/opt/app/.env", f"DEBUG=1\nexport DB_PASSWORD='{SECRET}'\n"),
    ("/root/.bash_history", f"git clone https://u:{SECRET}@h.org/x\n"),
    ("/opt/matlab/license.lic", "# x\nINCREMENT MATLAB MLM 40 01-jan-2027 10 \\\n\tDUP_GROUP=UH SIGN=\"0A1B 2C3D\"\n"),
    ("/opt/x/a.lic", "FEATURE x vendor 1.0 permanent uncounted 0123456789AB HOSTID=ANY\n"),
    ("/opt/gurobi/gurobi.lic", "KEY=ABCD1234\n"),
]


@pytest.mark.parametrize(("path", "text"), SECRETS, ids=[path for path, _ in SECRETS])
def test_a_file_that_holds_a_secret_is_an_error(add, judged, path, text):
    add(path, text)
    assert judged() == [(path, Severity.ERROR)]


@pytest.mark.parametrize(("path", "text"), [
    ("/etc/ssl/certs/ca.pem", f"-----BEGIN CERTIFICATE-----\n{BODY}-----END CERTIFICATE-----\n"),
    ("/opt/x/lib/python3/site-packages/certifi/cacert.pem", f"-----BEGIN CERTIFICATE-----\n{BODY}"),
    ("/opt/x/public.key", f"-----BEGIN PUBLIC KEY-----\n{BODY}"), ("/root/.ssh/id_rsa.pub", "ssh-rsa AAAA" + BODY),
    ("/root/.ssh/known_hosts", "h ssh-rsa AAAA" + BODY), ("/root/.ssh/config", "Host h\n"),
    ("/opt/x/template.pem", "-----BEGIN PRIVATE KEY-----\n...\n"),
    ("/opt/x/howto.key", "write -----BEGIN PRIVATE KEY----- first\n"), ("/root/.netrc", "machine h login anonymous\n"),
    ("/root/.npmrc", "registry=https://r.example.org\n"), ("/root/.npmrc", "//r.example.org/:_authToken=${NPM_TOKEN}\n"),
    ("/root/.docker/config.json", '{"auths": {"r": {}}, "credsStore": "x"}'), ("/root/.docker/config.json", '{"auths": []}'),
    ("/root/.docker/config.json", "[" * 5000), ("/root/.aws/config", "[default]\nregion = x\n"),
    ("/root/.pypirc", "[pypi]\nusername = u\n"),
    ("/etc/pip.conf", "[global]\nindex-url = https://example.org/simple\n"),
    ("/opt/app/.env", "DEBUG=1\nDB_PASSWORD=\nAPI_KEY=changeme\n"),
    ("/opt/matlab/network.lic", "SERVER host.example.org 0123456789AB 27000\nUSE_SERVER\n"), ("/opt/x/empty.key", ""),
    ("/opt/x/data.key", b"\0" * 100), ("/root/.pgpass", "# h:5432:db:u:password\n"), ("/opt/x/README", KEY),
    ("/root/.bash_history", "ls\n"),
    ("/opt/app/.env.example", f"DB_PASSWORD={SECRET}\n"), ("/root/.git-credentials", ""), ("/opt/x/a.lic", "The MIT License\n"),
])
def test_a_file_that_only_has_the_name_is_quiet(add, judged, path, text):
    add(path, text)
    assert judged() == []


@pytest.mark.parametrize("path", [
    "/opt/x/lib/python3.11/site-packages/tornado/test/test.key", "/usr/lib/python3.11/test/certdata/keycert.pem",
    "/opt/x/examples/a.pem",
    "/etc/ssl/private/ssl-cert-snakeoil.key", "/opt/x/share/doc/x/server.key", "/opt/x/tests/data/id_rsa",
    "/opt/x/dummyserver/certs/a.key"])
def test_keys_that_everybody_has_are_quiet(add, judged, path):
    add(path, KEY)
    assert judged() == []


@pytest.mark.parametrize("path", [
    "/etc/ssh/ssh_host_rsa_key", "/opt/x/lib/python3.11/site-packages/proxy/ca.key", "/opt/x/lib/node_modules/x/server.key"])
def test_a_key_that_came_with_software_weighs_less(add, judged, path):
    add(path, KEY)
    assert judged() == [(path, Severity.WARNING)]


def test_the_key_of_munge_is_made_at_its_installation(add, judged):
    add("/etc/munge/munge.key", bytes(range(1, 129)))
    assert judged() == [("/etc/munge/munge.key", Severity.WARNING)]


def test_what_a_package_of_the_distribution_brought_is_no_secret(add, package, judged):
    add("/usr/lib/x/server.key", KEY)
    package("x", "/usr/lib/x/server.key")
    add("/var/lib/dpkg/status", "Package: x\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n")
    assert judged() == []


def test_secrets_of_one_kind_and_place_are_one_finding(add, found):
    for name in ("a", "b", "c"):
        add(f"/opt/x/{name}.key", KEY)
    add("/root/.netrc", f"machine h login u password {SECRET}\n")
    told = sorted((path, "2 more" in message) for path, message in found("SEC602"))
    assert told == [("/opt/x/a.key", True), ("/root/.netrc", False)]


def test_the_message_says_what_it_is(add, found):
    add("/root/.netrc", f"machine h login u password {SECRET}\n")
    assert found("SEC602") == [("/root/.netrc", "/root/.netrc holds a password")]


@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
@pytest.mark.parametrize("phrase", ["", SECRET])
def test_the_keys_that_ssh_keygen_makes_are_known(add, judged, tmp_path, kind, phrase):
    need("ssh-keygen")
    bits = ["-b", "1024"] if kind == "rsa" else []
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *bits, "-N", phrase, "-C", "x", "-f", tmp_path / "made"], check=True)
    add("/opt/x/deploy_key", (tmp_path / "made").read_bytes())
    add("/opt/x/deploy_key.pub", (tmp_path / "made.pub").read_bytes())
    assert judged() == [("/opt/x/deploy_key", Severity.ERROR)]


@pytest.mark.parametrize("argv", [
    ["genpkey", "-algorithm", "ed25519"], ["ecparam", "-name", "prime256v1", "-genkey"], ["genrsa", "-traditional", "1024"],
    ["genpkey", "-algorithm", "ed25519", "-aes-128-cbc", "-pass", f"pass:{SECRET}"]], ids=lambda argv: "-".join(argv[:3]))
def test_the_keys_that_openssl_makes_are_known(add, judged, argv):
    need("openssl")
    key = subprocess.run(["openssl", *argv], check=True, capture_output=True).stdout
    add("/opt/x/tls.pem", key)
    assert judged() == [("/opt/x/tls.pem", Severity.ERROR)]


@pytest.mark.parametrize("kind", ["fifo", "link", "folder"])
def test_what_is_no_file_is_passed_over(add, judged, kind):
    add("/opt/real", KEY)
    add("/root/.netrc", "/opt/real", kind=kind)
    add("/opt/x/a.key", "/opt/real", kind=kind)
    assert judged() == []


@pytest.mark.parametrize("name", ["a\nb.key", os.fsdecode(b"\xff\xfe.pem"), "-rf.key", " .key"])
def test_a_hostile_name_hides_nothing(add, judged, name):
    path = add(f"/opt/x/{name}", KEY)
    assert judged() == [(path, Severity.ERROR)]


def test_a_huge_file_is_read_at_its_start_only(add, judged, tmp_path):
    path = add("/opt/x/big.key", KEY)
    os.truncate(tmp_path / "image/opt/x/big.key", 1 << 40)      # sparse
    add("/opt/x/late.key", b"x" * MAX_READ + KEY.encode())
    assert judged() == [(path, Severity.ERROR)]


def test_too_many_files_named_like_secrets_are_a_finding_themselves(add, found, monkeypatch):
    monkeypatch.setattr(sec602_secret_in_image, "_MAX_FILES", 2)
    for number in range(4):
        add(f"/opt/x/{number}.key", "nothing")
    (path, message), = found("SEC602")
    assert (path, message.partition(": ")[2]) == ("/opt/x/2.key", "too many files are named like secrets")


@pytest.mark.parametrize("filling", [
    b"-----BEGIN ", b"A ", b"password ", b"token=", b"\n", b"INCREMENT a\\\n", b"INCREMENT ", b"x:", b"://a:",
    b"[", b'{"auths":', b" ",
    b"-----BEGIN PRIVATE KEY-----\n", b"a: b\n", b"SIGN", b"_authToken", b"A=b\n"])
def test_a_content_made_to_hurt_is_judged_in_time(filling):
    data = (filling * (MAX_READ // len(filling) + 1))[:MAX_READ]
    begin = time.process_time()
    for kind in KINDS:
        kind.told(data)
    assert time.process_time() - begin < 1.5


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
def test_no_content_breaks_a_kind(data):
    assert all(told is None or isinstance(told, str) for told in (kind.told(data) for kind in KINDS))


@given(st.lists(st.sampled_from(["opt", "x", "bin", ".cache", "a\nb", "lib"]), max_size=5))
def test_ordinary_names_are_not_looked_into(parts):
    assert kind_of("/" + "/".join([*parts, "libx.so.1"])) is None


@given(st.lists(st.text("abc.\n-", min_size=1, max_size=5), max_size=4), st.sampled_from([path for path, _ in SECRETS]))
def test_where_a_private_file_lies_does_not_matter(parts, path):
    assert kind_of("".join(f"/{part}" for part in parts) + path) is kind_of(path) is not None
