"""Three hundred invented customers. Names that systems like to break are among them."""

import random

from examples.demo_shop.store import Buyer

_FAMILY = """佐藤 sato/鈴木 suzuki/髙橋 takahashi/田中 tanaka/伊藤 ito/渡邊 watanabe/山本 yamamoto/中村 nakamura/小林 kobayashi/加藤 kato/吉田 yoshida/山田 yamada/
佐々木 sasaki/山口 yamaguchi/松本 matsumoto/井上 inoue/木村 kimura/林 hayashi/斎藤 saito/齋藤 saitou/清水 shimizu/山﨑 yamazaki/森 mori/池田 ikeda/橋本 hashimoto/
阿部 abe/石川 ishikawa/山下 yamashita/中島 nakajima/石井 ishii/小川 ogawa/前田 maeda/岡田 okada/長谷川 hasegawa/藤田 fujita/後藤 goto/近藤 kondo/村上 murakami/
遠藤 endo/青木 aoki/坂本 sakamoto/福田 fukuda/太田 ota/西村 nishimura/藤井 fujii/金子 kaneko/岡本 okamoto/藤原 fujiwara/三浦 miura/中野 nakano/原田 harada/
松田 matsuda/竹内 takeuchi/小野 ono/中山 nakayama/石田 ishida/上田 ueda/森田 morita/柴田 shibata/酒井 sakai/宮崎 miyazaki/高木 takagi/安藤 ando/谷口 taniguchi/
大野 ono/丸山 maruyama/今井 imai/河野 kono/藤本 fujimoto/村田 murata/武田 takeda/杉山 sugiyama/増田 masuda/小島 kojima/平野 hirano/大塚 otsuka/千葉 chiba"""
_GIVEN = """はるか haruka/陽菜 hina/結衣 yui/美咲 misaki/さくら sakura/葵 aoi/凛 rin/紬 tsumugi/千尋 chihiro/香織 kaori/真由美 mayumi/恵子 keiko/由美 yumi/直子 naoko/
明日香 asuka/彩 aya/麻衣 mai/優子 yuko/智子 tomoko/裕美 hiromi/和子 kazuko/洋子 yoko/みゆき miyuki/あかね akane/ゆかり yukari/蓮 ren/湊 minato/陽翔 haruto/大和 yamato/
健太 kenta/翔太 shota/拓也 takuya/大輔 daisuke/直樹 naoki/誠 makoto/浩 hiroshi/隆 takashi/修 osamu/剛 tsuyoshi/健一 kenichi/雄大 yudai/亮 ryo/悠真 yuma/樹 itsuki/
奈々 nana/理恵 rie/沙織 saori/友美 tomomi/瞳 hitomi/舞 mai/遥 haruka/琴音 kotone/美月 mizuki/真央 mao/里奈 rina/若菜 wakana"""
_NAMED = (
    ("髙﨑 𠮷之助", "takasaki.kichinosuke", "ja"),
    ("勅使河原 左衛門三郎", "teshigawara.saemonzaburo", "ja"),
    ("ﾊﾔｼ ﾀﾛｳ", "hayashi.taro.kana", "ja"),
    ("辻󠄀 真理", "tsuji.mari", "ja"),
    ("O'Brien & Söhne Inc. 日本支社 購買部 (担当：マクドナルド=フィッツジェラルド 恵美子)", "purchasing.emiko", "ja"),
    ("Hanna Weber", "hanna.weber", "en"),
    ("James O’Connor", "james.oconnor", "en"),
    ("Priya Raghunathan", "priya.raghunathan", "en"),
    ("Zoë Müller-Lüdenscheidt", "zoe.muller", "en"),
    ("Lee Min-jun 🐦", "minjun.lee", "en"),
    ("Maria del Carmen Fernández García", "mcarmen.fernandez", "en"),
)  # fmt: skip
_PLACES = (
    ("110-0001", "東京都台東区谷中"), ("150-0001", "東京都渋谷区神宮前"), ("180-0004", "東京都武蔵野市吉祥寺本町"), ("231-0023", "神奈川県横浜市中区山下町"),
    ("604-8101", "京都府京都市中京区柳馬場通"), ("530-0001", "大阪府大阪市北区梅田"), ("650-0021", "兵庫県神戸市中央区三宮町"), ("460-0008", "愛知県名古屋市中区栄"),
    ("060-0001", "北海道札幌市中央区北一条西"), ("980-0811", "宮城県仙台市青葉区一番町"), ("810-0001", "福岡県福岡市中央区天神"), ("760-0023", "香川県高松市寿町"),
    ("380-0821", "長野県長野市鶴賀上千歳町"), ("920-0981", "石川県金沢市片町"), ("900-0014", "沖縄県那覇市松尾"), ("700-0901", "岡山県岡山市北区本町"),
)  # fmt: skip


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for part in text.replace("\n", "").split("/"):
        words, _, letters = part.strip().partition(" ")
        found.append((words, letters))
    return found


def _address(draw: random.Random) -> tuple[str, str]:
    postal_code, place = draw.choice(_PLACES)
    return postal_code, f"{place}{draw.randint(1, 9)}-{draw.randint(1, 24)}-{draw.randint(1, 30)}"


def visitors() -> list[Buyer]:
    """Who is signed in at the sample shop: one reads Japanese, one English. Both agreed to the shop's offers."""
    return [
        Buyer("guest-ja", "山田 はるか", "haruka@mail.example", "090-0000-0001", "110-0001", "東京都台東区谷中3-12-8", "ja", True),
        Buyer("guest-en", "Hanna Lindqvist", "hanna@mail.example", "090-0000-0002", "150-0001", "東京都渋谷区神宮前4-2-17", "en", True),
    ]


def customers(draw: random.Random, count: int = 300) -> list[Buyer]:
    """So many buyers, the same for the same seed; addresses end in .example, where no mail can ever arrive."""
    families, givens = _pairs(_FAMILY), _pairs(_GIVEN)
    found: list[Buyer] = []
    for number, (name, mail, language) in enumerate(_NAMED, 1):
        found.append(Buyer(f"C{number:04d}", name, f"{mail}@mail.example", "", *_address(draw), language, True))
    taken = {buyer.email for buyer in found}
    while len(found) < count:
        (family, f), (given, g) = draw.choice(families), draw.choice(givens)
        email = f"{f}.{g}@mail.example"
        if email in taken:
            email = f"{f}.{g}{draw.randint(60, 99)}@mail.example"
        if email in taken:
            continue
        taken.add(email)
        agreed = draw.choices([True, False, None], [62, 18, 20])[0]
        found.append(Buyer(f"C{len(found) + 1:04d}", f"{family} {given}", email, "", *_address(draw), "ja", agreed))
    return found
