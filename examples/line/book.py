"""What the platform keeps: one SQLite file (or memory), one connection for each process, one writer at a time."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
  bot TEXT PRIMARY KEY, channel_id TEXT NOT NULL, secret TEXT NOT NULL, token TEXT NOT NULL UNIQUE, basic_id TEXT NOT NULL,
  name TEXT NOT NULL, color TEXT NOT NULL, webhook TEXT NOT NULL, is_active INTEGER NOT NULL, quota INTEGER,
  login_channel_id TEXT NOT NULL, liff_id TEXT NOT NULL, liff_endpoint TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS person (user_id TEXT PRIMARY KEY, name TEXT NOT NULL, language TEXT NOT NULL, place INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS friendship (
  bot TEXT NOT NULL, user_id TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (bot, user_id)
);
CREATE TABLE IF NOT EXISTS bubble (
  id INTEGER PRIMARY KEY, bot TEXT NOT NULL, user_id TEXT NOT NULL, side TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL,
  at INTEGER NOT NULL, is_read INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS bubble_chat ON bubble (user_id, bot, id);
CREATE TABLE IF NOT EXISTS reply_token (
  token TEXT PRIMARY KEY, bot TEXT NOT NULL, user_id TEXT NOT NULL, at INTEGER NOT NULL, is_used INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS retry_key (
  bot TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, request_id TEXT NOT NULL, sent TEXT NOT NULL, PRIMARY KEY (bot, key)
);
CREATE TABLE IF NOT EXISTS used (bot TEXT NOT NULL, month TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (bot, month));
CREATE TABLE IF NOT EXISTS link_token (
  token TEXT PRIMARY KEY, bot TEXT NOT NULL, user_id TEXT NOT NULL, at INTEGER NOT NULL, is_used INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS id_token (
  token TEXT PRIMARY KEY, client_id TEXT NOT NULL, user_id TEXT NOT NULL, at INTEGER NOT NULL, nonce TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS hook (
  id TEXT PRIMARY KEY, bot TEXT NOT NULL, event TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS hook_state ON hook (state, id);
"""


class Book:
    """The file. A process that was forked opens it again for itself."""

    def __init__(self, path: Path | None = None) -> None:
        self._path, self._lock = path, threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._process = 0

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """One transaction; nobody else reads or writes meanwhile."""
        with self._lock:
            db = self._connection()
            if db.in_transaction:  # within another one of this thread
                yield db
                return
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.rollback()
                raise
            db.commit()

    def _connection(self) -> sqlite3.Connection:
        if self._db is None or self._process != os.getpid():
            name = str(self._path) if self._path is not None else ":memory:"
            self._db = sqlite3.connect(name, check_same_thread=False, isolation_level=None, timeout=20)
            self._process = os.getpid()
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(SCHEMA)
        return self._db

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = None
