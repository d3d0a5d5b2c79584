"""What an index keeps on disk: SQLite rows, which hold all the data, and segment files, which are derived from them."""
