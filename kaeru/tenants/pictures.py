"""A shop's logo: which pictures are taken, and what is kept of them. Pure; looks at the content, never at a name.

PNG, JPEG and WebP. No SVG: it is a document that can hold scripts and addresses. A picture is taken apart and put together again
from the parts that draw it, so that places, names of cameras and whatever was hidden behind its end stay outside.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 200 * 1024
MOST_PIXELS, FEWEST_PIXELS = 2000, 16
"""Of each side."""
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_PARTS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs"}
)
_WEBP_PARTS = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"})
_WEBP_MOVES, _WEBP_ABOUT = 0x02, 0x0C
"""Bits of a WebP's head: it is a film; it carries EXIF or XMP."""


class PictureRefused(Exception):
    """Not a picture that is taken. `code`: too_large, kind, broken, size."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept."""

    media: str
    """image/png · image/jpeg · image/webp"""
    content: bytes
    width: int
    height: int


def read_picture(content: bytes) -> Picture:
    """The picture, without anything that does not draw it. Raises PictureRefused."""
    if len(content) > MOST_BYTES:
        raise PictureRefused("too_large")
    try:
        if content.startswith(_PNG):
            found = _png(content)
        elif content.startswith(b"\xff\xd8\xff"):
            found = _jpeg(content)
        elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            found = _webp(content)
        else:
            raise PictureRefused("kind")
    except (struct.error, IndexError, StopIteration):
        raise PictureRefused("broken") from None
    if not all(FEWEST_PIXELS <= side <= MOST_PIXELS for side in (found.width, found.height)):
        raise PictureRefused("size")
    return found


def _png(content: bytes) -> Picture:
    place, kept, is_whole, has_pixels = len(_PNG), [_PNG], False, False
    width, height = struct.unpack(">II", content[16:24])
    while not is_whole:
        (length,) = struct.unpack(">I", content[place : place + 4])
        name, end = content[place + 4 : place + 8], place + 12 + length
        if end > len(content) or (name == b"IHDR") != (place == len(_PNG)):
            raise PictureRefused("broken")
        if zlib.crc32(content[place + 4 : end - 4]) != struct.unpack(">I", content[end - 4 : end])[0]:
            raise PictureRefused("broken")
        if name in _PNG_PARTS:
            kept.append(content[place:end])
        elif not name[0] & 0x20:  # a part that draws, and is not known
            raise PictureRefused("kind")
        has_pixels = has_pixels or name == b"IDAT"
        is_whole, place = name == b"IEND", end
    if not has_pixels:
        raise PictureRefused("broken")
    return Picture("image/png", b"".join(kept), width, height)


def _is_frame(marker: int) -> bool:
    """Whether this part of a JPEG tells its size."""
    return 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)


def _jpeg_parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, the part with its marker) up to the end; the drawn lines belong to the part that opens them."""
    place = 2
    while True:
        if content[place] != 0xFF:
            raise PictureRefused("broken")
        while content[place + 1] == 0xFF:
            place += 1
        marker = content[place + 1]
        if marker == 0xD9:
            yield marker, b"\xff\xd9"
            return
        if marker < 0xC0 or 0xD0 <= marker <= 0xD8:
            raise PictureRefused("broken")
        (length,) = struct.unpack(">H", content[place + 2 : place + 4])
        end = place + 2 + length
        if length < 2 or end > len(content):
            raise PictureRefused("broken")
        if marker == 0xDA:
            while not (content[end] == 0xFF and content[end + 1] != 0 and not 0xD0 <= content[end + 1] <= 0xD7):
                end += 1
        yield marker, content[place:end]
        place = end


def _jpeg(content: bytes) -> Picture:
    kept, size, has_lines = [b"\xff\xd8"], (0, 0), False
    for marker, part in _jpeg_parts(content):
        is_about = (0xE1 <= marker <= 0xEF and marker not in (0xE2, 0xEE)) or marker == 0xFE
        if not is_about:
            kept.append(part)
        if _is_frame(marker):
            size = struct.unpack(">HH", part[5:9])
        has_lines = has_lines or marker == 0xDA
    if not has_lines:
        raise PictureRefused("broken")
    return Picture("image/jpeg", b"".join(kept), size[1], size[0])


def _webp(content: bytes) -> Picture:
    (told,) = struct.unpack("<I", content[4:8])
    if told + 8 > len(content):
        raise PictureRefused("broken")
    place, end, kept, size = 12, told + 8, [], (0, 0)
    while place < end:
        name, (length,) = content[place : place + 4], struct.unpack("<I", content[place + 4 : place + 8])
        body = content[place + 8 : place + 8 + length]
        if place + 8 + length > end:
            raise PictureRefused("broken")
        if name == b"VP8X":
            if body[0] & _WEBP_MOVES:
                raise PictureRefused("kind")
            size = (1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little"))
            body = bytes([body[0] & ~_WEBP_ABOUT]) + body[1:]
        elif size == (0, 0) and name in (b"VP8 ", b"VP8L"):
            size = _webp_size(name, body)
        if name in _WEBP_PARTS:
            kept.append(name + struct.pack("<I", length) + body + b"\0" * (length % 2))
        place += 8 + length + length % 2
    if not any(part[:4] in (b"VP8 ", b"VP8L") for part in kept):
        raise PictureRefused("broken")
    inner = b"WEBP" + b"".join(kept)
    return Picture("image/webp", b"RIFF" + struct.pack("<I", len(inner)) + inner, *size)


def _webp_size(name: bytes, body: bytes) -> tuple[int, int]:
    if name == b"VP8L":
        if body[0] != 0x2F:
            raise PictureRefused("broken")
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if body[3:6] != b"\x9d\x01\x2a":
        raise PictureRefused("broken")
    width, height = struct.unpack("<HH", body[6:10])
    return width & 0x3FFF, height & 0x3FFF
