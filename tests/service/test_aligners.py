"""The processes that align end with the service, also while one of them is at work."""

import asyncio
import json
import sys
import time

import pytest
from index_support import text
from service_support import STORY

from dedupe.service.aligners import Aligners
from dedupe.service.problems import MEMORY, ServiceError

GIGABYTE = 1_000_000_000

LONG = {"left": {"text": text(1, 150_000)}, "right": {"text": text(2, 150_000)}}


def test_processes_that_were_never_needed_end_too():
    Aligners(2, 10, GIGABYTE).close()


def test_a_pair_under_way_does_not_keep_the_service_from_ending():
    """Its deadline is an hour away."""
    aligners = Aligners(1, 3600, GIGABYTE)

    async def align_and_close():
        await aligners.align(json.dumps({"left": {"text": STORY}, "right": {"text": STORY}}).encode())
        under_way = asyncio.create_task(aligners.align(json.dumps(LONG).encode()))
        waiting = asyncio.create_task(aligners.align(b"{}"))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await asyncio.to_thread(aligners.close)
        with pytest.raises(ServiceError, match="has ended"):
            await under_way
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return time.monotonic() - began

    assert asyncio.run(align_and_close()) < 10


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_a_pair_that_needs_too_much_memory_is_refused_and_the_next_one_is_answered():
    """Two texts of a hundred thousand sentences take 600 MB."""
    text = "Rain fell. " * 90_000
    aligners = Aligners(1, 3600, 350_000_000)

    async def align_both():
        with pytest.raises(ServiceError, match="350 MB: use `dedupe align`") as refused:
            await aligners.align(json.dumps({"left": {"text": text}, "right": {"text": text}}).encode())
        assert refused.value.kind is MEMORY
        return await aligners.align(json.dumps({"left": {"text": STORY}, "right": {"text": STORY}}).encode())

    try:
        assert json.loads(asyncio.run(align_both()))["left_reused"] == 1
    finally:
        aligners.close()
