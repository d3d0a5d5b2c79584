"""Turn files into articles: paths → streams → records → articles.

Whatever cannot be read is reported as a ``Problem``, and reading goes on with the rest.
"""
