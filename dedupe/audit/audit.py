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

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from dedupe.alignment.align import LIMITS_OF_A_PAIR
from dedupe.article import Article
from dedupe.audit.aligned_pairs import align_pairs
from dedupe.audit.attribution import attribute_sentences, group_sentences
from dedupe.audit.pair_selection import select_pairs
from dedupe.audit.records import make_article_audits, make_publisher_pairs, make_reused_sentences, read_collection
from dedupe.audit.repeated_boilerplate import find_repeated
from dedupe.audit.results import Audit
from dedupe.audit.sentence_table import Progress, tabulate_sentences
from dedupe.clustering import cluster
from dedupe.reading.articles import to_table
from dedupe.schemas import ARTICLES
from dedupe.settings import Settings
from dedupe.text.sentences import split_language


def audit(
    articles: Iterable[Article] | pa.Table,
    settings: Settings | None = None,
    processes: int = 1,
    progress: Progress | None = None,
    language: str | None = None,
) -> Audit:
    """Audit a collection. Of no articles the audit is empty.

    ``articles``: plain articles, or a table of the ARTICLES schema. ``settings``: thresholds of the clustering.
    ``processes``: how many processes read and align. ``progress``: called with the name of a stage, how much of it is
    done and how much there is to do. ``language``: a code such as "en" that chooses the rules by which texts are split
    into sentences; by default every text has its own, which is found.

    The result does not depend on ``processes`` or on the order of the articles. A script that uses more than one
    process must call this under ``if __name__ == "__main__":``, because every new process imports the script again.
    """
    progress = progress or (lambda stage, done, of: None)
    table = articles if isinstance(articles, pa.Table) else to_table(articles)
    stages = iter(range(1, 6))
    clustering = cluster(table, settings, lambda stage: progress("cluster", next(stages, 5), 5))
    ordered = _with_languages(table.take(clustering.evidence.input_order), language)
    sentences = tabulate_sentences(ordered, processes, progress)
    rows = [clustering.rows[place] for place in clustering.evidence.input_order.tolist()]
    story_of = np.array([row.story for row in rows], np.int64)
    copy_group_of = np.array([row.copy_group for row in rows], np.int64)
    publishers = ordered["publisher"].to_pylist()
    repeated = find_repeated(sentences.keys, sentences.article, publishers, copy_group_of, story_of)
    boilerplate = sentences.boilerplate | repeated
    selected = select_pairs(clustering, ordered, sentences, boilerplate, story_of)
    aligned = align_pairs(ordered, selected, sentences, boilerplate, story_of, processes, progress)
    attribution = attribute_sentences(aligned, sentences.quoted, boilerplate)

    collection = read_collection(ordered, sentences)
    article_audits = make_article_audits(collection, attribution, aligned, selected.cut)
    reused_sentences = make_reused_sentences(collection, group_sentences(aligned, sentences, boilerplate))
    counts = {
        "articles": len(ordered),
        "words": int(sentences.words.sum()),
        "compared": selected.left.size,
        "not_compared": int(selected.cut.sum()) // 2,
        "boilerplate_by_rule": int(np.count_nonzero(sentences.boilerplate)),
        "boilerplate_by_repetition": int(np.count_nonzero(repeated & ~sentences.boilerplate)),
        "reused_sentences": len(reused_sentences),
    }
    warnings = list(clustering.warnings)
    if counts["not_compared"]:
        warnings.append(f"{counts['not_compared']:,} pairs were not compared: both articles have closer relatives")
    partial = sum(one.is_partial for one in article_audits)
    if partial:
        warnings.append(f"{partial:,} articles were compared in part only: {LIMITS_OF_A_PAIR}")
    in_input_order = np.argsort(clustering.evidence.input_order).tolist()
    return Audit(
        articles=tuple(article_audits[row] for row in in_input_order),
        publishers=make_publisher_pairs(collection, attribution),
        sentences=reused_sentences,
        counts=counts,
        warnings=tuple(warnings),
    )


def _with_languages(articles: pa.Table, language: str | None) -> pa.Table:
    """The articles with the language by whose rules each text is split."""
    texts, given = articles["text"], articles["language"]
    found = (language or split_language(text.as_py(), own.as_py()) for text, own in zip(texts, given, strict=True))
    place = articles.schema.get_field_index("language")
    return articles.set_column(place, ARTICLES.field(place), pa.array(found, ARTICLES.field(place).type))
