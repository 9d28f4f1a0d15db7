"""The reasons a new shop starts with: six, and 気が変わった switched off. The shop edits them as it likes."""

from dataclasses import dataclass

from kaeru.cancellations.models import Reason, Side
from kaeru.core import ids
from kaeru.tenants.models import Shop


@dataclass(frozen=True, slots=True)
class ReasonSeed:
    """A reason with its label, the answer on the page and the guidance for ordering again: (Japanese, English)."""

    code: str
    label: tuple[str, str]
    answer: tuple[str, str]
    guidance: tuple[str, str]
    is_active: bool = True


SEEDS = (
    ReasonSeed(
        "mistaken_order",
        ("間違えて注文した", "I ordered by mistake"),
        (
            "ご連絡ありがとうございます。数量や色・サイズの間違いでしたら、キャンセルせずに、このページで変更いただけます。",
            "Thank you for telling us. If only the quantity, colour or size was wrong, you can change it on this page without cancelling.",
        ),
        (
            "カートで数量と色・サイズをお確かめのうえ、ご注文ください。",
            "Please check quantity, colour and size in the cart before you order.",
        ),
    ),
    ReasonSeed(
        "delivery_too_late",
        ("配送予定日が遅い", "It arrives too late"),
        (
            "お待たせして申し訳ございません。お急ぎの場合は、早くお届けできる方法がないか、お店でお調べします。",
            "We are sorry about the wait. If you need it sooner, we look for a way.",
        ),
        (
            "ご注文手続きの「配送方法」で、お届け予定日をご確認いただけます。",
            "The expected day is shown under “Delivery” at the checkout.",
        ),
    ),
    ReasonSeed(
        "shipping_fee_too_high",
        ("配送料が高い", "Shipping costs too much"),
        (
            "送料についてのご意見ありがとうございます。まとめてのご注文で送料無料になる場合があります。",
            "Thank you for your feedback on shipping. Ordering several items together can make it free.",
        ),
        (
            "カートに、送料無料まであといくらかが表示されますので、ほかの商品とあわせてご検討ください。",
            "The cart shows how much is missing for free shipping.",
        ),
    ),
    ReasonSeed(
        "change_address",
        ("配送先を変更したい", "I want another delivery address"),
        (
            "配送先の変更は、キャンセルせずに、このページで承ります。",
            "You can change the address on this page, without cancelling.",
        ),
        (
            "ご注文手続きの「お届け先」で「別の住所に届ける」を選び、新しい住所をご入力ください。",
            "At the checkout choose “Deliver to another address” under “Delivery address” and enter the new one.",
        ),
    ),
    ReasonSeed(
        "change_payment",
        ("支払い方法を変更したい", "I want to pay another way"),
        (
            "お支払い方法は、新しいご注文への入れ替えで変更いただけます。今のご注文は、新しいご注文が確定するまでそのままです。",
            "To pay another way, swap this order for a new one. This order stands until the new one does.",
        ),
        (
            "ご注文手続きの「お支払い方法」で、ご希望の方法をお選びください。",
            "Choose the payment you prefer under “Payment” at the checkout.",
        ),
    ),
    ReasonSeed(
        "forgot_coupon",
        ("クーポンの利用を忘れた", "I forgot to use a coupon"),
        (
            "クーポンは、キャンセルせずに、このページでご注文にお使いいただけます。",
            "You can use your coupon for this order on this page, without cancelling.",
        ),
        (
            "カートの「クーポンコード」欄にコードを入力し、「適用する」を押してください。",
            "Enter the code under “Coupon code” in the cart and press “Apply”.",
        ),
    ),
    ReasonSeed(
        "changed_mind",
        ("気が変わった", "I changed my mind"),
        (
            "承知しました。またのご利用をお待ちしております。",
            "Understood. We would be glad to see you again.",
        ),
        ("", ""),
        is_active=False,
    ),
)


def seed_reasons(shop: Shop) -> list[Reason]:
    """Give the shop the usual reasons; codes it already has stay as they are."""

    def both(words: tuple[str, str]) -> dict[str, str]:
        return {"ja": words[0], "en": words[1]}

    Reason.objects.bulk_create(
        [
            Reason(
                id=ids.new_id(), organization_id=shop.organization_id, shop=shop, code=seed.code, side=Side.CUSTOMER,
                labels=both(seed.label), answers=both(seed.answer), guidance=both(seed.guidance), position=position,
                is_active=seed.is_active,
            )
            for position, seed in enumerate(SEEDS)
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return list(Reason.objects.filter(shop=shop).order_by("position"))
