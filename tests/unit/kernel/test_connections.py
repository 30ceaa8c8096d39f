"""Connections to a checked address: real sockets and a real certificate, on loopback."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kernel import clock, connections
from kernel.destinations import Destination

NAME = "chatbot.example.com"
Answer = Callable[[socket.socket], None]


class Receiver:
    """Takes one connection after the other, and does with each what the test says."""

    def __init__(self, answer: Answer, certificate: Path | None = None) -> None:
        self.asked: list[bytes] = []
        self.names: list[str | None] = []
        self._answer = answer
        self._tls = self._context(certificate) if certificate else None
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _context(self, certificate: Path) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        return context

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                with line, suppress(OSError):
                    self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        talking = self._tls.wrap_socket(line, server_side=True) if self._tls else line
        with talking:
            self.asked.append(talking.recv(65536))
            self._answer(talking)


def _ok(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


@pytest.fixture
def receiver(request: pytest.FixtureRequest) -> Iterator[Callable[..., Receiver]]:
    made: list[Receiver] = []

    def make(answer: Answer = _ok, certificate: Path | None = None) -> Receiver:
        made.append(Receiver(answer, certificate))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and self-signed certificate for the name, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = clock.now()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "receiver.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(autouse=True)
def no_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names lead nowhere: whoever resolves again fails."""
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *args: int, **kwargs: int) -> object:
        assert host == "127.0.0.1", f"{host} was resolved again"
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def _to(receiver: Receiver, scheme: str = "https", name: str = NAME) -> Destination:
    return Destination(f"{scheme}://{name}:{receiver.port}/tours", name, "127.0.0.1")


def _post(to: Destination, certificate: Path | None = None, timeout: float = 5) -> int:
    with connections.session(to) as session:
        session.verify = str(certificate) if certificate else True
        return session.post(to.url, data=b"{}", timeout=timeout, stream=True).status_code


def test_the_checked_address_is_connected_to_and_the_name_is_not_asked_for_again(
    receiver: Callable[..., Receiver],
) -> None:
    """INV-29: a name that leads elsewhere a moment later changes nothing."""
    served = receiver()
    assert _post(_to(served, "http")) == 204
    assert f"\r\nHost: {NAME}:{served.port}\r\n".encode() in served.asked[0]


def test_over_tls_the_certificate_and_the_server_name_are_those_of_the_name(
    receiver: Callable[..., Receiver], certificate: Path
) -> None:
    served = receiver(certificate=certificate)
    assert _post(_to(served), certificate) == 204
    assert served.names == [NAME]


def test_a_certificate_for_another_name_is_refused(receiver: Callable[..., Receiver], certificate: Path) -> None:
    served = receiver(certificate=certificate)
    with pytest.raises(requests.exceptions.SSLError):
        _post(_to(served, name="other.example.com"), certificate)
    assert served.asked == []


def test_a_certificate_that_nobody_vouches_for_is_refused(receiver: Callable[..., Receiver], certificate: Path) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        _post(_to(receiver(certificate=certificate)))


def test_proxies_of_the_environment_are_not_used(
    receiver: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-29: a proxy would resolve the name again."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert _post(_to(receiver(), "http")) == 204


@pytest.mark.parametrize("over_tls", [False, True])
@pytest.mark.parametrize("head", [b"Connection: close", b"Content-Length: 99", b"Transfer-Encoding: chunked"])
def test_of_an_answer_that_drips_its_body_there_is_what_came_in_time(
    receiver: Callable[..., Receiver], certificate: Path, monkeypatch: pytest.MonkeyPatch, over_tls: bool, head: bytes
) -> None:
    """INV-28: its status is known by then, and counts."""
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.3)
    is_cut = threading.Event()
    piece = b"1\r\nz\r\n" if b"chunked" in head else b"z"

    def drip(line: socket.socket) -> None:
        try:
            line.sendall(b"HTTP/1.1 500 No\r\n" + head + b"\r\n\r\n" + piece)
            while not is_cut.wait(0.02):
                line.sendall(piece)
        except OSError:
            is_cut.set()

    served = receiver(drip, certificate if over_tls else None)
    to = _to(served, "https" if over_tls else "http")
    with connections.session(to) as session:
        session.verify = str(certificate) if over_tls else True
        answer = session.post(to.url, data=b"{}", timeout=60, stream=True)
        assert answer.status_code == 500
        assert set(connections.beginning(answer, 1024)) == {ord("z")}
    assert is_cut.wait(120)


@pytest.mark.parametrize("over_tls", [False, True])
def test_a_receiver_that_drips_its_headers_is_cut_off(
    receiver: Callable[..., Receiver], certificate: Path, monkeypatch: pytest.MonkeyPatch, over_tls: bool
) -> None:
    """INV-28: each byte comes in time, the answer never does."""
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.3)
    is_cut = threading.Event()

    def drip(line: socket.socket) -> None:
        try:
            line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not is_cut.wait(0.02):
                line.sendall(b"z")
        except OSError:
            is_cut.set()

    served = receiver(drip, certificate if over_tls else None)
    with pytest.raises(requests.ReadTimeout):
        _post(_to(served, "https" if over_tls else "http"), certificate if over_tls else None, timeout=60)
    assert is_cut.wait(120)
