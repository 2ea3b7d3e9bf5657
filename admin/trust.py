"""The hub's own authority and the certificate it shows on the school's network. Keeps out sockets.

No public authority certifies a machine that has no public name, so the hub certifies itself:
at its first start it makes an authority, whose fingerprint a kiosk is told by the code that pairs
it. The authority signs nothing but this hub's certificates, so whoever shows one is this hub,
whatever its address (docs/trust.md).
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import ifaddr
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from db.private_files import write_private
from db.sync.pinned import fingerprint

VALID_DAYS = 397
"""How long a certificate is shown; browsers accept no more than 398 days."""
RENEW_DAYS = 60
"""How long before its end a certificate is made anew."""

AUTHORITY_FROM = datetime(2020, 1, 1, tzinfo=UTC)
AUTHORITY_UNTIL = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""No kiosk believes a date, so an end would only lock out those who do (RFC 5280, 4.1.2.5)."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_Pair = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


@dataclass(frozen=True, slots=True)
class Trust:
    """The hub's authority, and where the files are that a TLS server wants."""

    authority: bytes
    """The authority's certificate, as PEM: public."""
    server_file: Path
    """Key and certificate of this hub, for its owner only."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the authority's certificate, 64 hexadecimal digits."""
        return fingerprint(self.authority.decode("ascii"))


def open_trust(data: Path, now: datetime, names: Iterable[str] | None = None) -> Trust:
    """Read the authority in the hub's folder, or make it; see that the certificate is good.

    Args:
        data: The hub's folder.
        now: The time from which a new certificate counts.
        names: Names and addresses of this machine; None asks the machine.

    Raises:
        OSError: The folder cannot be written.
        ValueError: What is there is no authority.
    """
    folder = data / "trust"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = _authority(folder / "authority.pem", now)
    server_file = folder / "server.pem"
    wanted = sorted({*_LOOPBACK, *(own_names() if names is None else names)})
    if not _is_good(server_file, authority[1], wanted, now):
        _keep(server_file, *_sign_server(authority, wanted, now))
    return Trust(_pem(authority[1]), server_file)


def own_names() -> list[str]:
    """Under what this machine may be found: its names, then its addresses."""
    host = socket.gethostname().partition(".")[0]
    return [*((host, f"{host}.local") if host.isascii() else ()), *own_addresses()]


def own_addresses() -> list[str]:
    """This machine's addresses in the networks it is in, IPv4 first, without loopback."""
    found = [ip for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    four = [ip.ip for ip in found if isinstance(ip.ip, str)]
    six = [ip.ip[0] for ip in found if isinstance(ip.ip, tuple)]
    reachable = [ip for ip in (*four, *six) if not _stays_here(ip)]
    return list(dict.fromkeys(reachable))


def _stays_here(address: str) -> bool:
    ip = ip_address(address)
    return ip.is_loopback or ip.is_link_local  # the latter say nothing without an adapter's name


def _authority(file: Path, now: datetime) -> _Pair:
    if file.exists():
        return _read(file)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Trạm Sách")])
    start = min(AUTHORITY_FROM, now)
    certificate = (
        _certificate(name, name, key.public_key(), start, AUTHORITY_UNTIL)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _keep(file, key, certificate)
    return key, certificate


def _sign_server(authority: _Pair, names: list[str], now: datetime) -> _Pair:
    signing_key, signer = authority
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Trạm Sách: máy chủ")])
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key())
    # A day back, for browsers on machines whose clock is a little behind.
    start, end = now - timedelta(days=1), now + timedelta(days=VALID_DAYS - 1)
    certificate = (
        _certificate(name, signer.subject, public, start, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(map(_general, names)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(issued_by, critical=False)
        .sign(signing_key, hashes.SHA256())
    )
    return key, certificate


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    start: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    named = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    dated = named.not_valid_before(start).not_valid_after(end)
    return dated.public_key(public).serial_number(x509.random_serial_number())


def _usage(signs: bool) -> x509.KeyUsage:
    """What a key may be used for: to sign certificates, or to prove who serves."""
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _is_good(file: Path, signer: x509.Certificate, names: list[str], now: datetime) -> bool:
    """Whether the certificate in `file` can be shown for a while yet."""
    try:
        _, certificate = _read(file)
        certificate.verify_directly_issued_by(signer)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False  # none, or not of this authority: it is made anew and nothing is lost
    shown = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    good_until = certificate.not_valid_after_utc - timedelta(days=RENEW_DAYS)
    in_time = certificate.not_valid_before_utc <= now < good_until
    return in_time and set(shown) == set(map(_general, names))


def _read(file: Path) -> _Pair:
    content = file.read_bytes()
    key = serialization.load_pem_private_key(content, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{file.name} holds another kind of key")
    return key, x509.load_pem_x509_certificate(content)


def _keep(file: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    """Write key and certificate into one file, whole or not at all, for its owner only."""
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_private(file, secret + _pem(certificate))


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
