"""With a database: every test here runs on SQLite and on PostgreSQL."""
