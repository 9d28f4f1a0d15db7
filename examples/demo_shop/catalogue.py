"""What 小鳥雑貨店 sells. Prices in yen, tax included; pictures are symbols of pictures.svg."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing that can be put into a cart."""

    sku: str
    ja: str = ""
    en: str = ""

    def words(self, language: str) -> str:
        """Colour or size in the reader's language; empty for a product that comes in one kind."""
        return self.en if language == "en" else self.ja


@dataclass(frozen=True, slots=True)
class Product:
    """One product with its variants."""

    key: str
    ja: str
    en: str
    price: int
    picture: str
    tone: str
    about_ja: str
    about_en: str
    kinds: tuple[tuple[str, str], ...] = ()
    variants: tuple[Variant, ...] = field(init=False)

    def __post_init__(self) -> None:
        made = tuple(Variant(f"{self.key}-{n}", ja, en) for n, (ja, en) in enumerate(self.kinds, 1)) or (Variant(self.key),)
        object.__setattr__(self, "variants", made)

    def title(self, language: str) -> str:
        """The name in the reader's language."""
        return self.en if language == "en" else self.ja

    def about(self, language: str) -> str:
        """One sentence in the reader's language."""
        return self.about_en if language == "en" else self.about_ja


_COLOURS = (("生成り", "Natural"), ("藍", "Indigo"), ("からし", "Mustard"))
_SIZES = (("小", "Small"), ("大", "Large"))

PRODUCTS = (
    Product("MUG", "小鳥のマグカップ", "Little bird mug", 1980, "mug", "sky", "手のひらにおさまる、200mlの磁器のマグです。", "A porcelain mug of 200 ml that fits the palm.", (("白", "White"), ("空色", "Sky"), ("墨", "Charcoal"))),
    Product("BOWL", "粉引のお茶碗", "Kohiki rice bowl", 2420, "bowl", "sand", "やわらかな白の、毎日のお茶碗です。", "A soft white bowl for every day.", _SIZES),
    Product("POT", "土ものの急須", "Stoneware teapot", 5280, "teapot", "moss", "二人分の煎茶にちょうどよい大きさです。", "Just right for two cups of sencha."),
    Product("PLATE", "リムの丸皿 21cm", "Rimmed plate 21 cm", 2640, "plate", "sand", "トーストにも煮物にも合います。", "For toast as much as for simmered dishes.", (("乳白", "Milk"), ("灰青", "Blue grey"))),
    Product("HASHI", "栗の木のお箸", "Chestnut chopsticks", 1320, "chopsticks", "rose", "拭き漆で仕上げた、軽いお箸です。", "Light chopsticks, finished with wiped lacquer.", (("22cm", "22 cm"), ("23.5cm", "23.5 cm"))),
    Product("SPOON", "山桜のスプーン", "Wild cherry spoon", 1540, "spoon", "rose", "口当たりのよい、木のスプーンです。", "A wooden spoon, gentle in the mouth."),
    Product("TRAY", "ひのきのお盆", "Hinoki tray", 3960, "tray", "sand", "木目をそのままに仕上げた丸盆です。", "A round tray that keeps the grain."),
    Product("TEN", "注染の手ぬぐい", "Dyed tenugui cloth", 1430, "cloth", "sky", "使うほどやわらかくなる木綿です。", "Cotton that grows softer with use.", (("小鳥", "Birds"), ("波", "Waves"), ("梅", "Plum"))),
    Product("TOWEL", "ガーゼのフェイスタオル", "Gauze face towel", 1650, "towel", "mist", "すぐに乾く、三重のガーゼです。", "Three layers of gauze that dry at once.", _COLOURS),
    Product("APRON", "リネンのエプロン", "Linen apron", 6380, "apron", "moss", "肩が楽な、後ろで交わる形です。", "Crosses at the back, easy on the shoulders.", _COLOURS),
    Product("SOCKS", "くつ下屋さんの綿くつ下", "Cotton socks", 1210, "socks", "mist", "つま先に縫い目のないくつ下です。", "Socks without a seam at the toes.", (("22-24cm", "22-24 cm"), ("25-27cm", "25-27 cm"))),
    Product("TOTE", "帆布のトートバッグ", "Canvas tote bag", 4950, "bag", "sand", "A4がすっぽり入る、8号帆布です。", "Takes A4 with ease; no. 8 canvas.", _COLOURS),
    Product("CUSH", "刺し子のクッション", "Sashiko cushion", 5720, "cushion", "sky", "一針ずつ刺したカバーと中綿の一組です。", "A hand-stitched cover with its filling."),
    Product("NOTE", "活版の方眼ノート", "Letterpress grid notebook", 1100, "notebook", "rose", "5mm方眼、180度ひらくノートです。", "A 5 mm grid that opens flat.", (("A6", "A6"), ("A5", "A5"))),
    Product("PEN", "真鍮の鉛筆補助軸", "Brass pencil holder", 2750, "pencil", "sand", "短い鉛筆を最後まで使えます。", "Uses a pencil to its end."),
    Product("CARD", "小鳥のポストカード 6枚", "Bird postcards, set of 6", 880, "card", "mist", "季節の小鳥を描いた6枚組です。", "Six birds of the seasons."),
    Product("VASE", "一輪挿し", "Single-stem vase", 2200, "vase", "mist", "道ばたの一輪が似合います。", "For one flower from the roadside.", (("白磁", "White"), ("飴", "Amber"))),
    Product("LAMP", "和紙のあかり", "Washi lamp", 8800, "lamp", "sand", "やわらかく広がる、LEDのあかりです。", "An LED light that spreads softly."),
    Product("CLOCK", "ブナの置き時計", "Beech table clock", 7480, "clock", "moss", "秒針の音がしない時計です。", "A clock without a tick."),
    Product("CANDLE", "はちみつのキャンドル", "Beeswax candle", 1870, "candle", "rose", "ほのかに甘い、みつろうの香りです。", "The faint sweetness of beeswax."),
    Product("SOAP", "柚子のせっけん", "Yuzu soap", 990, "soap", "moss", "高知の柚子の皮を練り込みました。", "With yuzu peel from Kochi."),
    Product("BASK", "あけびのかご", "Akebi basket", 14300, "basket", "sand", "一つずつ手で編んだかごです。", "Woven by hand, one by one."),
    Product("TIN", "茶筒", "Tea caddy", 3300, "tin", "sky", "ふたがすっと落ちる、ブリキの茶筒です。", "A tin whose lid glides down by itself."),
    Product("PIN", "小鳥のブローチ", "Bird brooch", 2860, "brooch", "rose", "真鍮を叩いてつくったブローチです。", "A brooch hammered from brass."),
)  # fmt: skip

_BY_KEY = {product.key: product for product in PRODUCTS}
_BY_SKU = {variant.sku: (product, variant) for product in PRODUCTS for variant in product.variants}


def product(key: str) -> Product | None:
    """The product of this key, or None."""
    return _BY_KEY.get(key)


def find(sku: str) -> tuple[Product, Variant] | None:
    """What a SKU names, or None."""
    return _BY_SKU.get(sku)
