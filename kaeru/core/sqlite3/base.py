"""Django's SQLite backend with two habits changed.

64-bit columns are declared `integer`. SQLite keeps both words alike, but only an `integer` primary key is the row's own
address; declared `bigint`, as Django writes, it lives in a second index beside the table and each look-up walks two trees.
Our keys are made by the application (`core.ids`) and are 64-bit, so without this every table would pay for that.

A transaction enters a queue before it asks SQLite for its one writer, and leaves it when it ends.
"""

from collections import defaultdict
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from kaeru.core.sqlite3.queue import Queue

_queues: defaultdict[str, Queue] = defaultdict(Queue)
"""One for each database file this process has open."""
PATIENCE_SECONDS = 20.0


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend that `conf.databases` names."""

    data_types: Any = {**base.DatabaseWrapper.data_types, "BigIntegerField": "integer"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._holds: Queue | None = None

    def _start_transaction_under_autocommit(self) -> None:
        queue = _queues[str(self.settings_dict["NAME"])]
        if not queue.enter(PATIENCE_SECONDS):
            raise OperationalError("database is locked")
        self._holds = queue
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs leave private names out
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        holds, self._holds = self._holds, None
        if holds is not None:
            holds.leave()

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # a commit that fails is followed by a rollback
        self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave()
