"""What a build fetches goes through the site's proxy and trusts the site's CAs: pip and sources, with a real proxy."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import ssl
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from builder import digest, fetch, key, wheels
from builder.errors import Error, Fault
from builder.outside import Outside
from builder.recipe.model import Source, Wheels

HOST = "index.invalid"      # only the proxy knows the way there
PASSWORD = "s3cret%21word"
TARGET = wheels.Target(python="3.11", platforms=())


class Proxy(BaseHTTPRequestHandler):
    """Answers for every host, of http and by CONNECT of https, and notes what it was asked and by whom."""

    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        self.server.asked.append(f"CONNECT {self.path}")
        self.server.who.add(self.headers.get("Proxy-Authorization"))
        self.send_response(200)
        self.end_headers()
        try:
            with self.server.tls.wrap_socket(self.connection, server_side=True) as inner:
                Inside(inner, self.client_address, self.server)
        except (ssl.SSLError, OSError):
            pass        # who does not trust us hangs up
        self.close_connection = True

    def do_GET(self):
        self.server.who.add(self.headers.get("Proxy-Authorization"))
        self.answer(self.path)

    def answer(self, url):
        self.server.asked.append(url)
        data = self.server.files.get(url.removeprefix("https://").removeprefix("http://"))
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.send_header("Content-Type", "text/html" if url.endswith("/") else "application/octet-stream")
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *args):
        pass


class Inside(Proxy):
    """What is asked inside of a tunnel."""

    def do_GET(self):
        self.answer(f"https://{self.headers['Host']}{self.path}")


def certified(folder):
    """A certificate of its own for the host, in one file, and its key in another."""
    private, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key()).serial_number(1)
            .not_valid_before(begin).not_valid_after(begin + dt.timedelta(days=36_500))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(private, hashes.SHA256()))
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return folder / "ca.pem", folder / "key.pem"


@pytest.fixture
def proxy(tmp_path, monkeypatch):
    """A proxy that is the only way to an index with one wheel; nothing of the machine's own settings is left."""
    own = ("PIP_", "SSL_", "REQUESTS_", "CURL_")
    left = {name: value for name, value in os.environ.items() if not name.startswith(own) and not name.lower().endswith("_proxy")}
    monkeypatch.setattr(os, "environ", left | {
        "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1", "HOME": str(tmp_path)})
    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        server.asked, server.who, server.files = [], set(), {}
        server.ca, private = certified(tmp_path)
        server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.tls.load_cert_chain(server.ca, private)
        server.address = f"http://builder:{PASSWORD}@127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def needed(proxy, tmp_path, monkeypatch):
    """A requirement that only the proxy can bring; fetches it by a scheme, the site being what it is."""
    path = tmp_path / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    proxy.files[f"{HOST}/simple/tiny/"] = f'<a href="/files/{path.name}">{path.name}</a>'.encode()
    proxy.files[f"{HOST}/files/{path.name}"] = path.read_bytes()
    pin = f"tiny==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    monkeypatch.setattr(wheels, "_PIP", pin)
    (tmp_path / "r.txt").write_text(pin + "\n")
    (tmp_path / "cache/wheels").mkdir(parents=True)

    def get(scheme="http", **site):
        os.environ["PIP_INDEX_URL"] = f"{scheme}://{HOST}/simple/"
        os.environ |= {"PIP_TRUSTED_HOST": HOST} if scheme == "http" else {}
        found = wheels.fetch(Wheels(requirements="r.txt", venv="/v"), tmp_path, TARGET, tmp_path / "cache", tmp_path / "work",
                             outside=Outside(**site))
        return sorted(one.name for one in found.iterdir())
    return get


def test_wheels_come_through_the_sites_proxy_and_its_password_is_known_to_it_alone(needed, proxy, tmp_path):
    assert needed(proxy=proxy.address) == ["requirements.txt", "tiny-1.0-py3-none-any.whl"]
    assert f"http://{HOST}/simple/tiny/" in proxy.asked
    assert {one.split()[0] for one in proxy.who} == {"Basic"}
    kept = [path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert kept
    assert not any(b"s3cret" in data for data in kept)


def test_the_sites_proxy_comes_before_the_machines(needed, proxy):
    os.environ.update(dict.fromkeys(("http_proxy", "HTTP_PROXY", "ALL_PROXY", "PIP_PROXY"), "http://127.0.0.1:1"))
    assert "tiny-1.0-py3-none-any.whl" in needed(proxy=proxy.address)


def test_without_a_site_the_machines_proxy_counts(needed, proxy):
    os.environ["http_proxy"] = proxy.address
    assert "tiny-1.0-py3-none-any.whl" in needed()


@pytest.mark.parametrize("machine", ["", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_an_index_behind_tls_is_believed_by_the_sites_cas_before_the_machines(needed, proxy, tmp_path, machine):
    if machine:
        (tmp_path / "other").mkdir()
        os.environ[machine] = str(certified(tmp_path / "other")[0])
    assert "tiny-1.0-py3-none-any.whl" in needed("https", proxy=proxy.address, certificates=proxy.ca)
    assert {f"CONNECT {HOST}:443", f"https://{HOST}/simple/tiny/"} <= set(proxy.asked)


def test_an_index_that_nobody_vouches_for_is_not_believed_and_is_no_fault_of_the_recipe(needed, proxy):
    with pytest.raises(Error, match=r"index of wheels cannot be reached: SSL") as caught:
        needed("https", proxy=proxy.address)
    assert caught.value.exit_code == 3
    assert not any(one.startswith("https://") for one in proxy.asked)


def test_a_dead_proxy_is_no_fault_of_the_recipe(needed):
    with pytest.raises(Error, match=r"index of wheels cannot be reached: ") as caught:
        needed(proxy=f"http://builder:{PASSWORD}@127.0.0.1:1")
    assert (caught.value.exit_code, "proxy" in caught.value.hint) == (3, True)


def test_certificates_that_are_not_there_are_named(needed, proxy, tmp_path):
    missing = Path("/nowhere/ca.pem")
    for get in (lambda: needed(certificates=missing), lambda: source(proxy, "http", tmp_path, certificates=missing)):
        with pytest.raises(Error, match=r"certificates /nowhere/ca\.pem") as caught:
            get()
        assert not isinstance(caught.value, Fault)


def source(server, scheme, folder, **site):
    server.files[f"{HOST}/source.tar"] = b"the source"
    wanted = Source(url=f"{scheme}://{HOST}/source.tar", sha256=hashlib.sha256(b"the source").hexdigest(), to="/x")
    return fetch.source(wanted, folder, folder, lambda line: None, Outside(**site)).read_bytes()


def test_sources_come_the_same_way(proxy, tmp_path):
    assert source(proxy, "http", tmp_path, proxy=proxy.address) == b"the source"
    (tmp_path / hashlib.sha256(b"the source").hexdigest()).unlink()
    assert source(proxy, "https", tmp_path, proxy=proxy.address, certificates=proxy.ca) == b"the source"
    assert [one for one in proxy.asked if "source" in one] == [f"http://{HOST}/source.tar", f"https://{HOST}/source.tar"]
    assert {one.split()[0] for one in proxy.who} == {"Basic"}


def test_a_source_that_nobody_vouches_for_is_not_believed(proxy, tmp_path):
    with pytest.raises(Error, match="certificate"):
        source(proxy, "https", tmp_path, proxy=proxy.address)


def test_certificates_that_are_none_are_an_error_of_the_site(proxy, tmp_path):
    (tmp_path / "none.pem").write_text("nothing")
    with pytest.raises(Error, match=r"the site's certificates .*none\.pem"):
        source(proxy, "https", tmp_path, certificates=tmp_path / "none.pem")


def test_the_password_of_a_proxy_is_concealed_in_all_its_forms(monkeypatch):
    site = Outside(proxy=f"http://builder:{PASSWORD}@proxy:3128")
    for said in (f"malformed: http://builder:{PASSWORD}@proxy:3128", "builder:s3cret!word@proxy", "password s3cret!word refused"):
        assert "cret" not in site.concealed(said)
    monkeypatch.setenv("https_proxy", "http://own:machines1@proxy")
    assert site.concealed("http://own:machines1@proxy") == "http://****proxy"
    assert Outside(proxy="http://proxy:3128").concealed("a word") == "a word"


def test_no_error_tells_the_password_of_a_proxy():
    site = Outside(proxy=f"http://builder:{PASSWORD}@proxy:3128")
    with pytest.raises(Fault) as caught, site.discreet():
        raise Fault(f"cannot parse {site.proxy}", hint=f"is {site.proxy} right?")
    assert PASSWORD not in f"{caught.value} {caught.value.message} {caught.value.hint} {caught.value.args}"
    assert "proxy:3128" in caught.value.message


def test_neither_key_nor_what_is_shared_depends_on_the_way_to_it(recipe, tools, tmp_path):
    site = Outside(proxy="http://proxy:3128", certificates=tmp_path / "ca.pem")
    assert key.of(recipe, site) == key.of(recipe)
    assert "3128" not in str(key.inputs(recipe, site))
    assert digest.of_data(key.inputs(recipe, site)) == key.of(recipe, site)
