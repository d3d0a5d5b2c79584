"""Grouping articles that report the same event: candidate pairs → features → scores → groups, split into stories."""
