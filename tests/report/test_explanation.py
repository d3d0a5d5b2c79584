"""How the explanation of a clustering is shown."""

import pytest

from dedupe.clustering import cluster
from dedupe.explanations import explain_articles, explain_stories
from dedupe.reading.articles import read
from dedupe.report.explanation import lines
from dedupe.schemas import Article


@pytest.fixture
def clustering(seeds):
    return cluster(read([seeds]))


def test_a_collection_without_stories_of_two_texts_has_no_explanation():
    [heading] = lines(cluster([]))
    assert heading.startswith("Log-odds that an article reports the event of its story")
    assert next(lines(cluster([Article("a", text="Divers recovered the bell of the ferry.")]))) == heading


def test_each_story_is_explained_once_and_then_each_of_its_texts(clustering):
    shown = list(lines(clustering))
    stories = [line for line in shown if "as a whole" in line]
    assert [int(line.split()[1]) for line in stories] == [1, 2]
    for story in explain_stories(clustering):
        line = next(line for line in stories if line.startswith(f"story {story.story} "))
        assert f"  as a whole  {-story.log_odds:+.2f}  at its best division, " in line
    for article in explain_articles(clustering):
        assert f"story {article.story}  {article.id}  {article.log_odds:+.2f}" in shown


def test_the_reasons_of_an_article_add_up_to_its_log_odds(clustering):
    shown = list(lines(clustering))
    for article in explain_articles(clustering):
        first = shown.index(f"story {article.story}  {article.id}  {article.log_odds:+.2f}") + 1
        reasons = shown[first : first + 5]
        assert "smaller reasons" in reasons[-1]
        assert sum(float(line.split()[0]) for line in reasons) == pytest.approx(article.log_odds, abs=0.03)
        assert "weakest link inside: " in shown[first + 5]
        assert "nearest article outside: " in shown[first + 6]
