"""Finding out the encoding: right, or refused."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaeru.connectors.files.encoding import choose
from kaeru.connectors.files.errors import FileRefused
from kaeru.connectors.files.opening import open_text
from tests.unit.files.samples import put

JAPANESE = "注文番号,商品名\n1,髙﨑①㈱ソ能表 ﾃﾇｸﾞｲ～\n2,藍染めの手ぬぐい\n"


def text_of(path: Path, said: str = "") -> str:
    with open_text(path, choose(path, said)) as stream:
        return stream.read()


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le-bom", "utf-16-be-bom"])
@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
def test_it_reads_japanese_in_every_encoding(tmp_path: Path, codec: str, name: str) -> None:
    plain = codec.removesuffix("-bom")
    text = ("\ufeff" if codec.endswith("-bom") else "") + JAPANESE
    assert text_of(put(tmp_path, text, plain, name)) == JAPANESE


@given(st.text(st.sampled_from("髙﨑①㈱ソ能表予申十構ｱｲｳﾞﾟ～あいう漢字ABC 123"), min_size=1, max_size=40))
@settings(max_examples=300)
def test_it_never_mistakes_a_japanese_file(tmp_path_factory: pytest.TempPathFactory, words: str) -> None:
    text = f"注文番号,商品名\n1,{words}\n"
    folder = tmp_path_factory.mktemp("files")
    for codec in ("utf-8", "cp932"):
        try:
            data = text.encode(codec)
        except UnicodeEncodeError:
            continue
        path = put(folder, data)
        with open_text(path, choose(path, "", lambda start: "注文番号" in start)) as stream:
            assert stream.read() == text


@pytest.mark.parametrize("word", ["Café", "£40 voucher", "naïve", "Müller & Søn", "Ελλάδα", "Привет", "é, é à l'été"])
def test_it_does_not_read_western_utf8_as_katakana(tmp_path: Path, word: str) -> None:
    text = f"order_id,title\n1,{word}\n"
    assert text_of(put(tmp_path, text)) == text


def test_it_does_not_read_half_width_katakana_as_accents(tmp_path: Path) -> None:
    text = "order_id,title\n1,ﾃｩﾂｱ\n"  # every byte of it is valid UTF-8, too
    data = text.encode("cp932")
    assert data.decode() != text
    assert text_of(put(tmp_path, data)) == text


def test_it_lets_the_headers_decide_where_both_readings_are_valid(tmp_path: Path) -> None:
    data = "ﾃｩ,b\n1,2\n".encode("cp932")
    path = put(tmp_path, data)
    for header, codec in (("ﾃｩ", "cp932"), ("é", "utf-8")):
        found = choose(path, "", lambda start, header=header: header in start)  # type: ignore[misc]
        assert found == codec


@pytest.mark.parametrize("data", ["Caf\xe9, stra\xdfe, £5\n".encode("cp1252"), b"a,b\nM\xa3n,1\n"])
def test_it_refuses_western_single_byte_text_until_told(tmp_path: Path, data: bytes) -> None:
    path = put(tmp_path, b"order_id,title\n1," + data)
    with pytest.raises(FileRefused) as refused:
        choose(path)
    assert refused.value.code.startswith("encoding")
    assert text_of(path, "cp1252").endswith(data.decode("cp1252"))


def test_it_says_line_and_byte_of_what_cannot_be_decoded(tmp_path: Path) -> None:
    good = "注文番号,商品名\n1,手ぬぐい\n".encode()
    path = put(tmp_path, good + b"2,\xff\xfe broken\n")
    with pytest.raises(FileRefused, match=rf"not utf-8: line 3, byte {len(good) + 2} \(ff"):
        choose(path)


def test_it_says_line_and_byte_far_into_the_file(tmp_path: Path) -> None:
    good = ("1,手ぬぐい\n" * 200_000).encode()
    path = put(tmp_path, good + b"2,\xff\n")
    with pytest.raises(FileRefused, match=rf"not utf-8: line 200001, byte {len(good) + 2} "):
        choose(path)


def test_it_decides_over_the_whole_file_not_over_its_beginning(tmp_path: Path) -> None:
    path = put(tmp_path, b"order_id,title\n" + b"1,plain\n" * 400_000 + "2,手ぬぐい\n".encode("cp932"))
    assert choose(path) == "cp932"


def test_it_notices_a_character_cut_by_a_block(tmp_path: Path) -> None:
    for shift in range(3):
        text = "a" * ((1 << 20) - 1 - shift) + "漢字\n" * 10
        assert choose(put(tmp_path, text)) == "utf-8"
        with pytest.raises(FileRefused):
            choose(put(tmp_path, text.encode()[:-3]), "utf-8")


@pytest.mark.parametrize("codec", ["utf-32", "utf-16-le"])
def test_it_refuses_wide_text_without_the_right_mark(tmp_path: Path, codec: str) -> None:
    with pytest.raises(FileRefused):
        choose(put(tmp_path, JAPANESE, codec))


def test_it_reads_unmarked_utf16_when_told(tmp_path: Path) -> None:
    assert text_of(put(tmp_path, JAPANESE, "utf-16-le"), "UTF-16LE") == JAPANESE


def test_it_takes_shift_jis_for_cp932(tmp_path: Path) -> None:
    assert text_of(put(tmp_path, JAPANESE, "cp932"), "Shift_JIS") == JAPANESE


def test_it_refuses_an_encoding_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="unknown encoding"):
        choose(put(tmp_path, JAPANESE), "rot13")


@pytest.mark.parametrize("data", [b"PK\x03\x04 book", b"\xd0\xcf\x11\xe0 book"])
def test_it_refuses_books_and_archives(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(FileRefused, match="save it as CSV"):
        choose(put(tmp_path, data))


def test_it_refuses_a_gzip_file_cut_short(tmp_path: Path) -> None:
    path = put(tmp_path, JAPANESE * 100, name="orders.csv.gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FileRefused, match="cut short"):
        choose(path)
