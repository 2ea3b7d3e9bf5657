"""TLS that believes one authority and no clock. Keeps out HTTP, and how the authority was met.

A kiosk without a battery may think that it is 2017, or 2045; ordinary TLS would then refuse the
hub's certificate, and nobody could set the clock by the hub. The dates protect against nothing
here: they let the world forget keys that were lost long ago, but the one authority believed here
signs for one hub only, and ends when kiosks are paired with another. So the chain of signatures
is checked, and the dates are not (docs/trust.md).
"""

from __future__ import annotations

import hashlib
import ssl

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python's `ssl` does not name."""


def fingerprint(authority: str) -> str:
    """SHA-256 of an authority's certificate in PEM, 64 hexadecimal digits.

    Raises:
        ValueError: It is no certificate in PEM.
    """
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(authority)).hexdigest()


def pinned_to(authority: str) -> ssl.SSLContext:
    """What a client wants of TLS to speak with the hub of this authority, and with no other.

    The machine's own list of authorities is not loaded. The name in the certificate is not
    compared: the hub may move to another address, and the authority signs for nobody else.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_STRICT | NO_CHECK_TIME
    context.load_verify_locations(cadata=authority)
    return context


def believing_nobody() -> ssl.SSLContext:
    """For the one question to a hub not met yet: which authority it has.

    The answer is public, and believed only when the pairing code proves it (`db.sync.pairing`).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
