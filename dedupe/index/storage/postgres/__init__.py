"""The store of an index on a PostgreSQL server. Only this folder imports psycopg, and only for a ``postgresql://``.

``address`` reads the URL, ``connection`` runs queries and says in plain words what is wrong with the server, ``tables``
makes the tables and their partitions, and ``store`` is the ``Store``.
"""
