"""Finds words, sentences, terms, quotations and boilerplate in a text, most of them with offsets into the original."""
