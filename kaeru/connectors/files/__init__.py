"""Files in: the order lists that a shop or a mall lets its people download, read strictly and turned into orders.

Two rules: text is right or it is an error with its line, never a guess; and memory stays flat, whatever the file's size.
Reading (`reading.open_orders`) is pure; `importing.import_orders` hands what was read to the shop's mirror.
"""
