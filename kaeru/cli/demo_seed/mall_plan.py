"""What the demo's three Qoo10 shops sell, how often it is cancelled, and what waits in each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """Something that is sold; prices in yen."""

    sku: str
    item: str
    title: str
    price: int
    share: int = 1
    """How often it is bought, against the others."""
    trouble: int = 1
    """How often it is cancelled, against the others."""


@dataclass(frozen=True, slots=True)
class Request:
    """A buyer who asks Qoo10 to cancel (キャンセル要請)."""

    minutes_ago: int
    """The order."""
    asked_ago: int
    words: str
    product: int = 0
    leaves_in: int | None = None
    """Days until the planned dispatch; None: no day is set."""


@dataclass(frozen=True, slots=True)
class Question:
    """An inquiry."""

    minutes: int
    title: str
    body: str
    order: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One shop."""

    slug: str
    name: str
    account: str
    color: str
    a_day: int
    permille: int
    """Of a month's orders so many of 1,000 are cancelled and count."""
    spare: int
    """So many fewer than that."""
    fault: float
    """Share of them that are the shop's fault."""
    points: int
    payout_days: int
    key_days: int
    products: tuple[Product, ...]
    requests: tuple[Request, ...] = ()
    late_days: tuple[int, ...] = ()
    """Orders of so many days ago that have not left."""
    questions: tuple[Question, ...] = ()
    sale_in: int = 24
    """Days until the mall's next large sale (メガ割)."""

    def counted(self, orders: int) -> int:
        """How many of a month's orders are cancelled and count."""
        return max(0, orders * self.permille // 1000 - self.spare)


SHOPS = (
    Story(
        "mitsubachi",
        "みつばちコスメ Qoo10店",
        "mitsubachi_jp",
        "#8a5a00",
        a_day=7,
        permille=22,
        spare=0,
        fault=0.2,
        points=96,
        payout_days=7,
        key_days=211,
        products=(
            Product("HONEY-50", "900100001", "はちみつクリーム 50g", 2_480, 5),
            Product("HONEY-L", "900100002", "はちみつリップ", 1_180, 4),
            Product("PROP-30", "900100003", "プロポリス美容液 30ml", 3_980, 2, 2),
            Product("MASK-10", "900100004", "ローヤルゼリーマスク 10枚", 1_980, 3),
        ),
        requests=(Request(62, 9, "注文間違い", 0),),
        late_days=(6,),
        questions=(
            Question(
                26,
                "敏感肌でも使えますか",
                "はちみつクリームを注文しました。敏感肌でも使えますか。成分を教えてください。",
            ),
        ),
    ),
    Story(
        "hidamari",
        "ひだまり雑貨 Qoo10店",
        "hidamari_zakka",
        "#3d6b4f",
        a_day=9,
        permille=70,
        spare=1,
        fault=0.45,
        points=58,
        payout_days=14,
        key_days=12,
        products=(
            Product("POUCH-M", "900200001", "帆布のポーチ M", 1_680, 5),
            Product("BAG-NV", "900200002", "帆布のトート ネイビー", 3_280, 3, 5),
            Product("SOCKS-3", "900200003", "麻のくつ下 3足組", 1_580, 4),
            Product("APRON", "900200004", "麻のエプロン", 4_280, 2, 2),
            Product("TOWEL-G", "900200005", "ガーゼタオル", 980, 5),
        ),
        requests=(
            Request(318, 22, "間違えて注文しました", 1),
            Request(205, 6, "クーポンを使い忘れたため", 3),
            Request(1_530, 90, "発送予定日が遅い", 1, leaves_in=0),
            Request(2_200, 40, "その他", 2, leaves_in=2),
        ),
        late_days=(5, 6, 7, 9),
        questions=(
            Question(
                48, "届け先を変えたいです", "注文後に引っ越しが決まりました。届け先を変更できますか。", "59010002"
            ),
        ),
    ),
    Story(
        "tsubame",
        "つばめスニーカー Qoo10店",
        "tsubame_kicks",
        "#2f4b7c",
        a_day=6,
        permille=118,
        spare=0,
        fault=0.6,
        points=12,
        payout_days=28,
        key_days=140,
        products=(
            Product("SN-W23", "900300001", "ニットスニーカー 白 23.0", 3_980, 4),
            Product("SN-B25", "900300002", "ニットスニーカー 黒 25.0", 3_980, 4, 4),
            Product("SLIP-G", "900300003", "スリッポン グレー", 2_980, 3, 2),
            Product("BOOT-S", "900300004", "レインブーツ ショート", 4_480, 2, 3),
        ),
        requests=(
            Request(352, 14, "サイズ変更したい", 1),
            Request(1_190, 150, "必要なくなりました", 2, leaves_in=1),
            Request(2_900, 400, "届くのが遅い", 1, leaves_in=-1),
        ),
        late_days=(6, 7, 7, 8, 9, 11),
    ),
)
