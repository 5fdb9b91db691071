"""The development CA for a phone: the certificate is there, its key is not."""

import datetime as dt
from pathlib import Path

import httpx
from cryptography import x509

from examples.blue_badge.network.ca_download import ca_download
from examples.blue_badge.network.tls import make_tls_files

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def test_a_phone_gets_the_certificate_and_nothing_else(tmp_path: Path) -> None:
    files = make_tls_files(tmp_path, host="192.0.2.7", now=NOW)
    with ca_download(files.ca, host="127.0.0.1", port=0) as address:
        got = httpx.get(address)
        assert got.headers["content-type"] == "application/x-x509-ca-cert"
        served = x509.load_pem_x509_certificate(got.content)
        for path in ("/", "/ca.key", "/../ca.key", "/server.key"):
            assert httpx.get(httpx.URL(address, path=path)).status_code == 404
    server = x509.load_pem_x509_certificate(files.chain.read_bytes())
    server.verify_directly_issued_by(served)
    assert b"PRIVATE KEY" not in got.content


def test_the_ca_is_kept_and_the_server_certificate_names_the_host(tmp_path: Path) -> None:
    first = make_tls_files(tmp_path, host="phone.example", now=NOW).ca.read_bytes()
    files = make_tls_files(tmp_path, host="192.0.2.7", now=NOW)
    assert files.ca.read_bytes() == first
    server = x509.load_pem_x509_certificate(files.chain.read_bytes())
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "192.0.2.7" in map(str, names.get_values_for_type(x509.IPAddress))
    assert server.not_valid_after_utc - server.not_valid_before_utc < dt.timedelta(days=398)
    assert files.key.stat().st_mode & 0o077 == 0


def test_an_old_ca_is_made_anew(tmp_path: Path) -> None:
    first = make_tls_files(tmp_path, host="localhost", now=NOW).ca.read_bytes()
    assert (
        make_tls_files(tmp_path, host="localhost", now=NOW + dt.timedelta(days=300)).ca.read_bytes() != first
    )
