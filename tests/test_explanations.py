"""Explanations add up, agree with what was decided, and say it in the words of the articles."""

import numpy as np
import pytest
from story_articles import FIRE, STRANGERS, VOTE
from support import SEEDS

from dedupe import Article, Settings, cluster, explain, read
from dedupe.errors import InputError
from dedupe.explanations import MOST_WORDS, explain_collection
from dedupe.text.tokens import stem, tokens

SUMMITS = ("002", "000", "001"), ("004", "003")


def clustered(texts, published=None, **settings):
    published = published or [None] * len(texts)
    articles = [
        Article(id=f"a{i}", text=text, published_at=date)
        for i, (text, date) in enumerate(zip(texts, published, strict=True))
    ]
    return cluster(articles, Settings(**settings))


@pytest.fixture(scope="module")
def summits():
    return cluster(read([str(SEEDS)]))


def short(ids):
    return tuple(name[:3] for name in ids)


def everything(words):
    return {*words.names, *words.numbers, *words.dates, *words.words}


def test_a_collection_without_articles_has_no_explanations():
    assert explain_collection(cluster([])) == ((), ())


def test_every_number_is_the_sum_of_its_contributions(summits):
    for story in explain_collection(summits).stories:
        judged = [story.weakest_join, *story.splits_made, story.refused_split, story.refused_join]
        for one in filter(None, judged):
            assert one.log_odds == pytest.approx(sum(one.contributions.values()))
            assert one.probability == pytest.approx(1 / (1 + np.exp(-one.log_odds)))
    for article in explain_collection(summits).articles:
        assert article.log_odds == pytest.approx(sum(article.contributions.values()))


@pytest.mark.parametrize("texts", [FIRE + VOTE, FIRE + VOTE + STRANGERS])
@pytest.mark.parametrize("least", [0.05, 0.5, 0.95])
def test_probabilities_agree_with_the_decisions(texts, least):
    clustering = clustered(texts, story_probability=least)
    for story in explain_collection(clustering).stories:
        assert story.weakest_join.probability >= least
        assert not story.refused_split or story.refused_split.probability >= least
        assert all(split.probability < least for split in story.splits_made)
    rows = {row.id: row for row in clustering.rows}
    for article in explain_collection(clustering).articles:
        assert article.probability == pytest.approx(rows[article.id].story_probability)
        assert article.probability is None or article.probability >= least
        nearest = article.nearest_outside
        assert nearest is None or nearest.kept_apart_by == "story_span" or nearest.probability < least


def test_the_weakest_join_is_the_least_of_the_probabilities_of_the_rows(summits):
    for story in explain_collection(summits).stories:
        rows = [row for row in summits.rows if row.story == story.story]
        assert story.weakest_join.probability == pytest.approx(min(row.story_probability for row in rows))


def test_the_summits_were_joined_and_then_parted_by_their_words(summits):
    first, second = explain_collection(summits).stories
    assert (short(first.texts), short(second.texts)) == SUMMITS
    assert first.splits_made == second.splits_made
    [split] = first.splits_made
    assert (short(split.smaller), short(split.larger)) == SUMMITS[::-1]
    assert {"Venezuela", "Maduro"} <= {*split.smaller_words}
    assert {"Alaska", "Putin"} <= {*split.larger_words}
    assert first.nearest_outside.story == second.story
    assert first.nearest_outside.kept_apart_by == "split"
    assert first.refused_join is None
    assert {"Paris", "Witkoff"} <= {*second.weakest_join.shared.names}
    assert "35" in second.weakest_join.shared.numbers
    assert second.refused_split is None


def test_words_stand_as_they_are_printed_and_only_where_they_belong():
    clustering = clustered(FIRE + VOTE)
    texts = {row.id: text for row, text in zip(clustering.rows, FIRE + VOTE, strict=True)}
    explained = explain_collection(clustering).stories
    for story in explained:
        join = story.weakest_join
        assert all(0 < len(kind) <= MOST_WORDS for kind in (join.shared.names, join.shared.words))
        left, right = (
            {stem(token) for name in side for token in tokens(texts[name])} for side in (join.left, join.right)
        )
        assert everything(join.left_only) | everything(join.right_only)
        assert not everything(join.shared) & (everything(join.left_only) | everything(join.right_only))
        assert {stem(word) for word in everything(join.left_only)} <= left - right
        assert {stem(word) for word in everything(join.right_only)} <= right - left
        assert {stem(word) for word in everything(join.shared)} <= right & left
    assert {"Rotterdam", "Joost"} <= {*explained[0].weakest_join.shared.names}
    assert "Monday" in explained[0].weakest_join.shared.dates + explained[0].weakest_join.left_only.dates
    assert "118" in explained[1].weakest_join.shared.numbers


@pytest.mark.parametrize("settings", [{}, {"dates": "trusted"}, {"dates": "doubtful"}])
def test_a_refused_join_has_the_numbers_with_which_it_was_refused(settings):
    """Groups that were left are measured once more; the joining stage measured its nearest refused ones itself."""
    published = [f"2024-05-{day:02}" for day in range(1, 1 + len(FIRE + VOTE + STRANGERS))]
    clustering = clustered(FIRE + VOTE + STRANGERS, published, story_probability=0.9, **settings)
    groups, model = clustering.found.groups, clustering.evidence.links.model.join
    refused = [row for row in range(groups.labels.size) if groups.joined.refused[row] >= 0]
    assert refused
    ids = clustering.evidence.articles["id"].take(clustering.evidence.linked).to_pylist()
    for row in refused:
        found = explain(clustering, ids[row], ids[groups.joined.refused[row]])
        expected = model.log_odds(groups.joined.nearest[row : row + 1], groups.labels.size)[0]
        assert found.join.log_odds == pytest.approx(expected)
        assert (found.decided_by, found.same_story) == ("story_probability", False)


def test_two_articles_are_explained_by_the_step_that_decided(summits):
    ids = {row.id[:3]: row.id for row in summits.rows}
    apart, together = explain(summits, ids["000"], ids["004"]), explain(summits, ids["001"], ids["000"])
    assert (apart.decided_by, apart.same_story, apart.same_text) == ("split", False, False)
    assert ids["000"] in apart.join.left
    assert ids["004"] in apart.join.right
    assert {"Venezuela", "Maduro"} <= {*apart.split.smaller_words}
    assert {"Alaska", "Putin"} <= {*apart.left_only.names}
    assert "Venezuela" in apart.right_only.names
    assert (together.decided_by, together.same_story) == ("join", True)
    assert ids["001"] in together.join.left
    assert ids["000"] in together.join.right
    assert together.split.probability >= 0.5
    assert (together.relation.left, together.relation.right) == (ids["001"], ids["000"])


def test_the_span_of_a_story_is_said_to_be_the_reason():
    dates = ["2024-05-01", "2024-05-02", "2024-05-12"]
    assert {row.story for row in clustered(FIRE, dates).rows} == {1}
    clustering = clustered(FIRE, dates, story_span=5)
    found = explain(clustering, "a0", "a2")
    assert (found.decided_by, found.same_story, found.days_apart) == ("story_span", False, 11.0)
    assert found.join.days_spanned == 11.0
    [story] = explain_collection(clustering).stories
    assert story.nearest_outside.kept_apart_by == "story_span"
    assert story.refused_join.days_apart == 10.5


def test_copies_and_short_texts_and_strangers_are_said_to_be_that():
    texts = [FIRE[0], FIRE[0] + " It rained.", FIRE[1], "Read more", "Quokka marzipan, zeppelin bassoon xylophone."]
    clustering = clustered(texts)
    copies = explain(clustering, "a0", "a1")
    assert (copies.decided_by, copies.same_text, copies.same_story, copies.join) == ("copies", True, True, None)
    assert copies.relation.kind == "near_duplicate"
    assert explain(clustering, "a0", "a2").left_text == "a1"
    assert explain(clustering, "a0", "a3").decided_by == "too_short"
    assert explain(clustered(["", "Read more"]), "a0", "a1").decided_by == "too_short"
    stranger = explain(clustering, "a0", "a4")
    assert (stranger.decided_by, stranger.same_story, stranger.join) == ("not_compared", False, None)
    assert everything(stranger.shared) == set()


def test_an_unknown_id_is_refused_with_a_hint(summits):
    known = summits.rows[0].id
    with pytest.raises(InputError, match=r"no article has the id '000'; did you mean '000_0c5a788b0237b845'\?"):
        explain(summits, "000", known)
    with pytest.raises(InputError, match="no article has the id '£'; give the id of an article that was read"):
        explain(summits, known, "£")
    with pytest.raises(InputError, match="is given twice"):
        explain(summits, known, known)
