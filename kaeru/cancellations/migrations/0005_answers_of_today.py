"""Reasons whose answer is still the first seed's get the answer of today: what was put right by ordering again is now put right on
the page. What a shop has worded itself stays.
"""

from django.db import migrations

WORDS = {
    "mistaken_order": (
        {"ja": "ご連絡ありがとうございます。数量や色・サイズの間違いでしたら、キャンセルのあと、正しい内容でそのままご注文いただけます。", "en": "Thank you for telling us. If only the quantity, colour or size was wrong, you can order again in a few taps after cancelling."},
        {"ja": "ご連絡ありがとうございます。数量や色・サイズの間違いでしたら、キャンセルせずに、このページで変更いただけます。", "en": "Thank you for telling us. If only the quantity, colour or size was wrong, you can change it on this page without cancelling."},
    ),
    "delivery_too_late": (
        {"ja": "お待たせして申し訳ございません。お急ぎの場合は、配送方法を変えてのご注文で早くお届けできることがあります。", "en": "We are sorry about the wait. Ordering again with another delivery method may bring it sooner."},
        {"ja": "お待たせして申し訳ございません。お急ぎの場合は、早くお届けできる方法がないか、お店でお調べします。", "en": "We are sorry about the wait. If you need it sooner, we look for a way."},
    ),
    "change_address": (
        {"ja": "配送先の変更は、正しいお届け先でのご注文し直しで承ります。同じ商品をカートにご用意します。", "en": "To change the address, please order again with the right one. We put the same items into your cart."},
        {"ja": "配送先の変更は、キャンセルせずに、このページで承ります。", "en": "You can change the address on this page, without cancelling."},
    ),
    "change_payment": (
        {"ja": "お支払い方法の変更は、ご注文し直しで承ります。同じ商品をカートにご用意します。", "en": "To pay another way, please order again. We put the same items into your cart."},
        {"ja": "お支払い方法は、新しいご注文への入れ替えで変更いただけます。今のご注文は、新しいご注文が確定するまでそのままです。", "en": "To pay another way, swap this order for a new one. This order stands until the new one does."},
    ),
    "forgot_coupon": (
        {"ja": "クーポンは、ご注文し直しの際にお使いいただけます。同じ商品をカートにご用意します。", "en": "You can use your coupon when you order again. We put the same items into your cart."},
        {"ja": "クーポンは、キャンセルせずに、このページでご注文にお使いいただけます。", "en": "You can use your coupon for this order on this page, without cancelling."},
    ),
}


def word_anew(apps, schema_editor):
    """Two statements for each reason and language pair."""
    from kaeru.core import scope

    with scope.everyone():
        for code, (before, after) in WORDS.items():
            rows = apps.get_model("cancellations", "Reason")._base_manager.filter(code=code)
            for row in rows.iterator():
                if row.answers == before:
                    rows.filter(id=row.id).update(answers=after)


class Migration(migrations.Migration):
    dependencies = [("cancellations", "0004_repair_terms")]

    operations = [migrations.RunPython(word_anew, migrations.RunPython.noop)]
