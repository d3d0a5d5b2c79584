"""Audit a collection: what its articles and publishers have from earlier ones, and where each reused sentence stands.

The stages, in order: cluster the articles; tabulate their sentences; find boilerplate by repetition; select the pairs
of articles worth aligning; align them; attribute every sentence to a class and a source; make the records.

A sentence is *reused* if it also stands in another article that was published earlier, or that may have been. The words
of a sentence count in exactly one class, the first that applies:

1. boilerplate: a rule or repetition (``repeated_boilerplate``) marks the sentence, reused or not.
2. quoted: the sentence is reused, and it is a quotation here and in the other article. Both may have it from the same
   speaker, so it is not copied narration.
3. verbatim, edited, rewritten: the sentence is reused; its closest match decides, by the classes of
   ``dedupe.alignment.align``.
4. original: everything else, including quotations that no earlier article has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from dedupe.alignment.align import LIMITS_OF_A_PAIR
from dedupe.arrays import Bools
from dedupe.article import Article
from dedupe.audit.aligned_pairs import align_pairs
from dedupe.audit.attribution import ClosestSources, group_sentences
from dedupe.audit.evidence import OnPair, pair_evidence
from dedupe.audit.pair_selection import SelectedPairs, may_be_aligned, select_pairs
from dedupe.audit.records import (
    Comparisons,
    make_article_audits,
    make_publisher_pairs,
    make_reused_sentences,
    make_sentence_audits,
    read_collection,
)
from dedupe.audit.repeated_boilerplate import find_repeated
from dedupe.audit.results import ArticleAudit, Audit
from dedupe.audit.sentence_table import Progress, SentenceTable, tabulate_sentences
from dedupe.clustering import cluster
from dedupe.reading.articles import to_table
from dedupe.schemas import ARTICLES
from dedupe.settings import Settings
from dedupe.text.sentences import split_language

NAMED = 20
"""Articles that a warning names; of others it gives the number. The record of each article says the same."""


def audit(
    articles: Iterable[Article] | pa.Table,
    settings: Settings | None = None,
    processes: int = 1,
    progress: Progress | None = None,
    language: str | None = None,
    on_pair: OnPair | None = None,
) -> Audit:
    """Audit a collection. Of no articles the audit is empty.

    ``articles``: plain articles, or a table of the ARTICLES schema. ``settings``: thresholds of the clustering.
    ``processes``: how many processes read and align. ``progress``: called with the name of a stage, how much of it is
    done and how much there is to do. ``language``: a code such as "en" that chooses the rules by which texts are split
    into sentences; by default every text has its own, which is found. ``on_pair``: called with the evidence of every
    aligned pair.

    The result does not depend on ``processes`` or on the order of the articles. A script that uses more than one
    process must call this under ``if __name__ == "__main__":``, because every new process imports the script again.
    """
    progress = progress or (lambda stage, done, of: None)
    table = articles if isinstance(articles, pa.Table) else to_table(articles)
    stages = iter(range(1, 6))
    clustering = cluster(table, settings, lambda stage: progress("cluster", next(stages, 5), 5))
    ordered = _with_languages(table.take(clustering.evidence.input_order), language)
    rows = [clustering.rows[place] for place in clustering.evidence.input_order.tolist()]
    story_of = np.array([row.story for row in rows], np.int64)
    copy_group_of = np.array([row.copy_group for row in rows], np.int64)
    sentences = tabulate_sentences(ordered, may_be_aligned(clustering, story_of), processes, progress)
    publishers = ordered["publisher"].to_pylist()
    repeated = find_repeated(sentences.keys, sentences.article, publishers, copy_group_of, story_of)
    boilerplate = sentences.boilerplate | repeated
    selected = select_pairs(clustering, ordered, sentences, boilerplate, copy_group_of, story_of)
    collection = read_collection(ordered, sentences)
    closest = ClosestSources(sentences, boilerplate)
    none = np.zeros(len(ordered), np.int64)
    comparisons = Comparisons(compared=none.copy(), partial=none.copy(), not_compared=selected.cut)
    for left, right, reuse in align_pairs(ordered, selected, sentences, boilerplate, story_of, processes, progress):
        closest.add(left, right, reuse)
        comparisons.compared[[left, right]] += 1
        comparisons.partial[[left, right]] += reuse.is_partial
        if on_pair:
            on_pair(pair_evidence(collection, boilerplate, left, right, reuse))
    sentences.tokenized.clear()  # the largest part of the memory, and not needed any more
    attribution = closest.attribute()

    accounts = make_sentence_audits(collection, attribution)
    article_audits = make_article_audits(collection, attribution, accounts, comparisons)
    groups = group_sentences(attribution.sources, sentences.article)
    reused_sentences = make_reused_sentences(collection, groups, accounts)
    counts = _counts(sentences, repeated, selected) | {"reused_sentences": len(reused_sentences)}
    in_input_order = np.argsort(clustering.evidence.input_order).tolist()
    return Audit(
        articles=tuple(article_audits[row] for row in in_input_order),
        publishers=make_publisher_pairs(collection, attribution),
        sentences=reused_sentences,
        counts=counts,
        warnings=(*clustering.warnings, *_warnings(article_audits, counts["not_compared"])),
    )


def _with_languages(articles: pa.Table, language: str | None) -> pa.Table:
    """The articles with the language by whose rules each text is split."""
    texts, given = articles["text"], articles["language"]
    found = (language or split_language(text.as_py(), own.as_py()) for text, own in zip(texts, given, strict=True))
    place = articles.schema.get_field_index("language")
    return articles.set_column(place, ARTICLES.field(place), pa.array(found, ARTICLES.field(place).type))


def _counts(sentences: SentenceTable, repeated: Bools, selected: SelectedPairs) -> dict[str, int]:
    """How many of everything there is. ``repeated``: bool[sentences], those that are boilerplate by repetition."""
    return {
        "articles": len(sentences.provenances),
        "words": int(sentences.words.sum()),
        "compared": selected.left.size,
        "not_compared": int(selected.cut.sum()) // 2,
        "boilerplate_by_rule": int(np.count_nonzero(sentences.boilerplate)),
        "boilerplate_by_repetition": int(np.count_nonzero(repeated & ~sentences.boilerplate)),
    }


def _warnings(articles: list[ArticleAudit], not_compared: int) -> Iterator[str]:
    """What the audit did not or not wholly see, with the articles that it concerns."""
    cut = [one.id for one in articles if one.not_compared]
    if cut:
        pairs = "1 pair was" if not_compared == 1 else f"{not_compared:,} pairs were"
        yield f"{pairs} not compared, because both articles have closer relatives; this concerns {_named(cut)}"
    partial = [one.id for one in articles if one.is_partial]
    if partial:
        yield f"compared in part only: {_named(partial)}; {LIMITS_OF_A_PAIR}"
    empty = [one.id for one in articles if not one.words]
    if empty:
        yield f"without words, so that nothing was compared: {_named(empty)}"


def _named(ids: list[str]) -> str:
    """So many articles, with the first ids."""
    more = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
    return f"{len(ids):,} {'article' if len(ids) == 1 else 'articles'} ({', '.join(ids[:NAMED])}{more})"
