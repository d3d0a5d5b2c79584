"""Grouping articles that report the same event: candidate pairs → similarity → joins → splits → stories."""
