"""Two texts that have nothing in common, and what the tests of alignments check and show."""

from __future__ import annotations

from itertools import pairwise

from dedupe.alignment.align import Alignment, SentenceMatch
from dedupe.alignment.edits import replay
from dedupe.alignment.tokenized import Span

REPORT = (
    "The harbour authority closed both piers on Tuesday after engineers found cracks in the eastern wall. "
    "Repairs will cost 4.2 million euros and last until the end of October, director Maren Holt said. "
    "Ferries to the islands leave from the fishing dock until then. "
    "Residents had complained about the state of the wall for nine years."
)


OTHER = (
    "A museum in the old town has bought seven letters by the painter Jonas Reuter. "
    "They were written in 1911 and describe his winter in Tangier. "
    "The letters go on display in March, together with sketches from the same journey."
)


def shown(text: str, spans: tuple[Span, ...]) -> list[str]:
    return [text[span.start : span.end] for span in spans]


def matched(found: Alignment) -> list[SentenceMatch]:
    return [row for row in found.sentences if row.left and row.right]


def check(left: str, right: str, found: Alignment) -> None:
    """What holds for every alignment of every two texts."""
    for row in found.sentences:
        assert (row.kind == "new") == (not row.left or not row.right)
        assert row.left or row.right
        assert 0 <= row.score <= 1
        if row.kind != "new":
            assert replay(left, row.left, right, row.edits) == "".join(shown(right, row.right))
    for text, side in ((left, "left"), (right, "right")):
        spans = sorted({(s.start, s.end) for row in found.sentences for s in getattr(row, side)})
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
        assert sum(end - start for start, end in spans) >= sum(not c.isspace() for c in text)
        assert 0 <= getattr(found, f"{side}_reused") <= 1
    for passage in found.passages:
        assert 0 <= passage.left.start < passage.left.end <= len(left)
        assert 0 <= passage.right.start < passage.right.end <= len(right)
