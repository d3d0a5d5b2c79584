"""Clients of the service ``dedupe serve`` (extra ``client``): the verbs and the results of ``Index``, over HTTP.

``Client`` waits for each answer, and ``AsyncClient`` is for ``asyncio``. ``clients`` holds both and is the only module
that uses httpx. ``messages`` says what is sent and what the answers mean, ``attempts`` when something is sent again.
"""

from dedupe.client.clients import AsyncClient, Client

__all__ = ["AsyncClient", "Client"]
