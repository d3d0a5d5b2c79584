"""Where a client may ask, and as whom: URLs, tokens, deadlines and certificates."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from dedupe.errors import IndexRefusedError, IndexUnavailableError, InputError, SettingsError

pytest.importorskip("httpx", reason="the extra `client` is not installed")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("tls") / "own.pem"
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    command = ["openssl", *words.split(), "-keyout", path, "-out", f"{path}.crt"]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


def test_a_certificate_is_checked_at_once_and_may_be_ones_own(kind, certificate):
    """The test has a server that speaks TLS and then answers nothing, which is seen where it is trusted only."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                inner, _ = listening.accept()
                inner.settimeout(10)
                with contextlib.suppress(OSError), context.wrap_socket(inner, server_side=True) as encrypted:
                    encrypted.recv(65_536)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"https://localhost:{listening.getsockname()[1]}"
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        with kind(url) as client, pytest.raises(IndexRefusedError, match=r"CERTIFICATE_VERIFY_FAILED.*check the URL"):
            client.stats()
        trusting = ssl.create_default_context(cafile=certificate)
        with (
            kind(url, verify=trusting, deadline_seconds=0.5) as client,
            pytest.raises(IndexUnavailableError, match="RemoteProtocolError"),
        ):
            client.stats()
        listening.shutdown(socket.SHUT_RDWR)
        accepting.join(10)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ümlaut", "nul\0"])
def test_a_token_that_no_header_can_hold_is_refused_without_being_shown(kind, token):
    with pytest.raises(InputError, match="a token has ASCII characters and no blank: give one line") as raised:
        kind("http://127.0.0.1:1", token)
    assert not token or token not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8765",
        "ftp://host",
        "http://",
        "http://user:secret@host",
        "http://host?x=1",
        "http://a:secret@[::1",
        "http://host:99999999",
    ],
)
def test_a_url_that_is_none_is_refused_without_the_password_in_it(kind, url):
    with pytest.raises(InputError, match="URL") as raised:
        kind(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_deadline_is_above_zero(kind, seconds):
    with pytest.raises(SettingsError, match="deadline_seconds"):
        kind("http://127.0.0.1:1", deadline_seconds=seconds)
