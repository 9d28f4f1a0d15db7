"""What conditions can ask about orders, customers and the moment; rooms above add theirs (see `registry`)."""

from kaeru.audiences.fields import customers, moment, orders
from kaeru.audiences.registry import register_field

for _field in (*orders.FIELDS, *customers.FIELDS, *moment.FIELDS):
    register_field(_field)
