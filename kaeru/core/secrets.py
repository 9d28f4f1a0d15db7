"""Secrets at rest and addresses as fingerprints. Keys derive from the installation's secret key."""

import base64
import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


@cache
def _key(purpose: str, secret: str) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", secret.encode(), b"kaeru:" + purpose.encode(), 1000)


def key(purpose: str) -> bytes:
    """32 bytes for one purpose; a key of one purpose opens nothing of another."""
    return _key(purpose, settings.SECRET_KEY)


def seal(text: str) -> bytes:
    """Encrypt a secret for the database (Fernet: AES-128-CBC and HMAC-SHA256)."""
    return Fernet(base64.urlsafe_b64encode(key("seal"))).encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """The secret again. Raises ValueError when the installation's secret key is not the one that sealed it."""
    try:
        return Fernet(base64.urlsafe_b64encode(key("seal"))).decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise ValueError(
            "sealed with another secret key: set KAERU_SECRET_KEY to the old one, or enter the secret again"
        ) from None


def fingerprint(text: str) -> bytes:
    """A keyed hash (32 bytes): finds an address again without keeping it."""
    return hmac.new(key("fingerprint"), text.encode(), hashlib.sha256).digest()
