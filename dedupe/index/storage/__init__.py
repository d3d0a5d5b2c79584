"""What an index keeps on disk: rows in SQLite, which are the truth, and segments derived from them."""
