"""How an index finds the stored articles that share keys with a new one, on disk and in memory."""
