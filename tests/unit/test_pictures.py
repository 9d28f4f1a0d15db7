"""Logos: three kinds of pictures, told by their content, and nothing behind them."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.tenants.pictures import MOST_BYTES, PictureRefused, read_picture

SECRET = b"35.7137N 139.7966E <script>alert(1)</script>"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int = 64, height: int = 32, *more: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    lines = chunk(b"IDAT", zlib.compress(b"\0" * ((width + 1) * height)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + lines + chunk(b"IEND", b"")


def part(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(width: int = 64, height: int = 32, *more: bytes) -> bytes:
    frame = part(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0")
    lines = part(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + part(0xE0, b"JFIF\0") + b"".join(more) + frame + lines + b"\xff\xd9"


def webp(*parts: tuple[bytes, bytes]) -> bytes:
    body = b"".join(name + struct.pack("<I", len(said)) + said + b"\0" * (len(said) % 2) for name, said in parts)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


LOSSLESS = (b"VP8L", b"\x2f" + (63 | 31 << 14).to_bytes(4, "little") + b"\0\0\0")
LOSSY = (b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 64, 32) + b"\0")


def extended(bits: int) -> tuple[bytes, bytes]:
    return b"VP8X", bytes([bits, 0, 0, 0]) + (63).to_bytes(3, "little") + (31).to_bytes(3, "little")


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (png(), "image/png"),
        (jpeg(), "image/jpeg"),
        (webp(LOSSLESS), "image/webp"),
        (webp(LOSSY), "image/webp"),
        (webp(extended(0), LOSSY), "image/webp"),
    ],
)
def test_it_keeps_a_sound_picture_as_it_is(content: bytes, media: str) -> None:
    found = read_picture(content)
    assert (found.media, found.width, found.height, found.content) == (media, 64, 32, content)


@pytest.mark.parametrize(
    ("content", "clean"),
    [
        (png(64, 32, chunk(b"tEXt", b"Comment\0" + SECRET), chunk(b"eXIf", SECRET)) + SECRET, png()),
        (jpeg(64, 32, part(0xE1, b"Exif\0\0" + SECRET), part(0xFE, SECRET), part(0xED, SECRET)) + SECRET, jpeg()),
        (webp(extended(0x0C), LOSSY, (b"EXIF", SECRET), (b"XMP ", SECRET)) + SECRET, webp(extended(0), LOSSY)),
    ],
)
def test_it_leaves_out_what_does_not_draw(content: bytes, clean: bytes) -> None:
    assert SECRET in content
    assert read_picture(content).content == clean


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "kind"),
        (b"GIF89a" + b"\0" * 50, "kind"),
        (b"%PDF-1.7", "kind"),
        (b"\x89PNG\r\n\x1a\n", "broken"),
        (png()[:-4], "broken"),
        (png().replace(b"IDAT", b"IDAX"), "broken"),
        (png(64, 32, chunk(b"IHDR", b"\0" * 13)), "broken"),
        (png(64, 32, chunk(b"ABCD", b"draws")), "kind"),
        (b"\xff\xd8\xff\xe0", "broken"),
        (jpeg()[:-2], "broken"),
        (b"\xff\xd8" + part(0xE0, b"JFIF\0") + b"\xff\xd9", "broken"),
        (webp(extended(0x02), LOSSY), "kind"),
        (webp((b"EXIF", SECRET)), "broken"),
        (webp(LOSSY)[:-4], "broken"),
        (png(8, 32), "size"),
        (png(2001, 32), "size"),
        (jpeg(64, 3000), "size"),
        (png() + b"\0" * MOST_BYTES, "too_large"),
    ],
)
def test_it_refuses_everything_else(content: bytes, code: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        read_picture(content)
    assert refused.value.code == code


@given(st.sampled_from([png(), jpeg(), webp(LOSSY), webp(extended(0), LOSSLESS)]), st.data())
def test_it_stands_whatever_is_broken(content: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(content)))
    broken = content[:place] + data.draw(st.binary(max_size=12)) + content[place + data.draw(st.integers(0, 6)) :]
    try:
        kept = read_picture(broken)
    except PictureRefused:
        return
    assert read_picture(kept.content) == kept, "what is kept is sound by itself"
