"""Audit a collection: which sentences each article has from which earlier article."""
