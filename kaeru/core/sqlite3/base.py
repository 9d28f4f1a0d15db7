"""Django's SQLite backend with one word changed: 64-bit columns are declared `integer`.

SQLite keeps both words alike, but only an `integer` primary key is the row's own address; declared `bigint`, as Django writes,
it lives in a second index beside the table and each look-up walks two trees. Our keys are made by the application
(`core.ids`) and are 64-bit, so without this every table would pay for that.
"""

from typing import Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend that `conf.databases` names."""

    data_types: Any = {**base.DatabaseWrapper.data_types, "BigIntegerField": "integer"}
