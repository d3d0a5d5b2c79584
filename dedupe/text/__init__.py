"""What a text consists of: words, sentences, terms, quotations and boilerplate, with offsets into the original."""
