"""The service: the index over HTTP, with one durable verdict per article (``dedupe serve``, extra ``serve``).

``server.serve`` runs it until a signal. A request passes through these modules:

    connections  the protocol: refuses what is no HTTP, cuts who sends or takes too slowly, bounds the connections
    requests     a request and its answer, as ASGI passes them
    app          the routes: what is asked, answered, refused, logged and counted
    tokens       who may ask: bearer tokens from a file, which may change while the service runs
    bodies       reads a body within the limits, and cuts it into articles
    budget       how many articles and bytes may wait; what goes beyond is answered with 429
    writer       one thread that reads, fingerprints and commits whatever waits, as one
    probe        tries whether the index can store again, after it could not
    reader       what it reads, fingerprints and answers with; /v1/peek uses it too
    aligners     a few processes that align two articles each, within a deadline

``documents`` holds the types of all that is taken and given, ``openapi`` describes them, ``problems`` are the errors,
``metrics`` what Prometheus reads, and ``logs`` the lines on stderr. No line holds any text of an article.
"""
