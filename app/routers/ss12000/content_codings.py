"""Compresses a stream piece by piece, so that each piece can be read when it arrives."""

import zlib
from typing import Protocol

import zstandard

# Liked alike, the first is taken.
CODINGS = ("zstd", "gzip")
# Streams are compressed while the database renders: fast levels, so that this is never the brake.
ZSTD_LEVEL, GZIP_LEVEL = 1, 1
# 16 more than zlib's largest window: with gzip's header.
GZIP_WINDOW = 31


class Encoder(Protocol):
    """One stream's coding."""

    def encode(self, data: bytes) -> bytes:
        """The data, coded and complete up to here."""

    def finish(self, data: bytes) -> bytes:
        """The last data, and the end of the coding."""


class Plain:
    """No coding."""

    def encode(self, data: bytes) -> bytes:
        """The same."""
        return data

    finish = encode


class Gzip:
    """gzip (RFC 1952)."""

    def __init__(self) -> None:
        self._made = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_WINDOW)

    def encode(self, data: bytes) -> bytes:
        """Flushed to a byte."""
        return self._made.compress(data) + self._made.flush(zlib.Z_SYNC_FLUSH)

    def finish(self, data: bytes) -> bytes:
        """With gzip's checksum."""
        return self._made.compress(data) + self._made.flush(zlib.Z_FINISH)


class Zstd:
    """zstd (RFC 8878)."""

    def __init__(self) -> None:
        self._made = zstandard.ZstdCompressor(level=ZSTD_LEVEL).compressobj()

    def encode(self, data: bytes) -> bytes:
        """Flushed to a block."""
        return self._made.compress(data) + self._made.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def finish(self, data: bytes) -> bytes:
        """With the end of the frame."""
        return self._made.compress(data) + self._made.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH)


def encoder(coding: str | None) -> Encoder:
    """For one of CODINGS, or for none."""
    if coding == "zstd":
        return Zstd()
    return Gzip() if coding == "gzip" else Plain()
