"""The rows of QAPI's answers, in v3's spelling and in v2's."""

from typing import Any

from tests.fakes.qoo10_state import SHIPPING, Claim, Inquiry, Line, stamp


def v3(line: Line, *, labels: bool = True) -> dict[str, Any]:
    """GetShippingInfo_v3."""
    return {
        "ShippingStatus": f"{SHIPPING[line.state]}({line.state})" if labels else line.state,
        "SellerID": "testshop",
        "PackNo": line.pack,
        "OrderNo": line.number,
        "OrderDate": stamp(line.ordered_at),
        "PaymentDate": stamp(line.paid_at),
        "EstimatedShippingDate": line.dispatch_by,
        "ShippingDate": stamp(line.shipped_at),
        "DeliveredDate": stamp(line.delivered_at),
        "Buyer": line.buyer,
        "BuyerKana": "ヤマダハナコ",
        "BuyerTel": "-",
        "BuyerMobile": "+81-90-0000-0000",
        "BuyerEmail": line.email,
        "ItemNo": "900000001",
        "SellerItemCode": line.sku,
        "ItemTitle": line.title,
        "Option": "色:白",
        "OptionCode": "",
        "OrderPrice": line.price,
        "OrderQty": line.quantity,
        "Discount": 0,
        "Total": line.price * line.quantity,
        "Receiver": line.buyer,
        "ZipCode": "150-0001",
        "ShippingAddress": "東京都渋谷区神宮前0-0-0",
        "DesiredDeliveryDate": line.wish,
        "Currency": "JPY",
        "ShippingRate": line.fee,
        "ShippingRateType": "Free on condition",
        "RelatedOrder": ", ".join(map(str, line.related)),
        "PaymentMethod": "クレジットカード",
        "DeliveryCompany": line.carrier,
        "TrackingNo": line.tracking,
        "AvailableSendType": line.send_type,
        "CartDiscountSeller": 0,
    }


_V2 = {
    "ShippingStatus": "shippingStatus", "SellerID": "sellerID", "PackNo": "packNo", "OrderNo": "orderNo", "OrderDate": "orderDate",
    "EstimatedShippingDate": "EstShippingDate", "Buyer": "buyer", "BuyerKana": "buyer_gata", "BuyerTel": "buyerTel",
    "BuyerMobile": "buyerMobile", "BuyerEmail": "buyerEmail", "ItemNo": "itemCode", "SellerItemCode": "sellerItemCode",
    "ItemTitle": "itemTitle", "Option": "option", "OptionCode": "optionCode", "OrderPrice": "orderPrice", "OrderQty": "orderQty",
    "Discount": "discount", "Total": "total", "Receiver": "receiver", "ZipCode": "zipCode", "ShippingAddress": "shippingAddr",
    "DesiredDeliveryDate": "hopeDate", "ShippingRateType": "shippingRateType", "CartDiscountSeller": "Cart_Discount_Seller",
}  # fmt: skip
_NOT_BY_NUMBER = {"ShippingRate", "AvailableSendType", "Currency"}


def v2(line: Line, claim: Claim | None) -> dict[str, Any]:
    """GetShippingAndClaimInfoByOrderNo_V2: v2's spelling, fewer fields, the claim in the same object."""
    english = {"1": "Awaiting payment", "2": "On request", "3": "Seller confirm", "4": "On delivery", "5": "Delivered"}
    told = {_V2.get(name, name): value for name, value in v3(line).items() if name not in _NOT_BY_NUMBER}
    told["shippingStatus"] = f"{english[line.state]}({line.state})"
    if claim is not None:
        told |= {"claimStatus": claim.status, "requestDate": stamp(claim.asked_at), "reason": claim.reason}
        told |= {"cancelRefundDate": stamp(claim.done_at), "paymentAmount": line.price * line.quantity}
    return told


def claim_row(line: Line, claim: Claim) -> dict[str, Any]:
    """GetClaimInfo_V3."""
    return {
        "claimStatus": claim.status,
        "requestDate": stamp(claim.asked_at),
        "cancelRefundDate": stamp(claim.done_at),
        "reason": claim.reason,
        "orderDate": stamp(line.ordered_at),
        "PaymentDate": stamp(line.paid_at),
        "orderNo": line.number,
        "packNo": line.pack,
        "itemCode": "900000001",
        "sellerItemCode": line.sku,
        "itemTitle": line.title,
        "orderQty": line.quantity,
        "currency": "JPY",
        "paymentAmount": line.price * line.quantity,
        "buyer": line.buyer,
        "receiver": line.buyer,
    }


def inquiry_row(one: Inquiry) -> dict[str, Any]:
    """GetInquiryMessage."""
    return {
        "INQ_TYPE": "MSG",
        "SEQ_NO": one.seq,
        "QUESTION_NO": one.question,
        "INQ_DT": stamp(one.at),
        "CUST_NM": "山田花子",
        "CATE_NM": "配送",
        "TITLE": one.title,
        "CONTENTS": one.contents,
        "CONTR_NO": one.line,
        "CLAIM_YN": "Y" if one.about_claim else "N",
        "STATUS": one.status,
    }
