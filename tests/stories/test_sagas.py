"""Sagas: stories of one affair are joined, strangers are not, and no story is ever parted."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from backends import EVERY_BACKEND
from story_articles import FIRE, STRANGERS, VOTE, table

from dedupe.kernels import Compute
from dedupe.settings import Settings
from dedupe.stories.finding import measure_articles

TRIAL = [
    "Trial over Rotterdam warehouse fire begins\nThe owner of the paint warehouse that burnt down in the port of Rotterdam stood "
    "trial in March. Prosecutors said he had ignored harbour master Joost van Dijk.",
    "Owner of burnt paint warehouse in court\nProsecutors in Rotterdam accused the owner of the paint warehouse, destroyed by fire, "
    "of ignoring warnings of harbour master Joost van Dijk.",
]
FOREIGN = [
    "Sứ mệnh của ủy ban\nỦy ban nhân dân thành phố đã họp về dự án đường sắt và các hộ dân của quận trong năm nay.",
    "Giá vàng của thị trường\nGiá vàng trong nước đã tăng và các chuyên gia của ngân hàng nói về thị trường trong năm nay.",
]
AFFAIR = FIRE + TRIAL + VOTE + STRANGERS
MONDAY = datetime(2024, 3, 4, tzinfo=UTC)
STORIES = [0, 0, 0, 1, 1, 2, 2, 2, 3, 4, 5, 6]
SAGAS = [0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 4, 5]


def sagas(texts, story, days=None, **options):
    published = None if days is None else [MONDAY + timedelta(day) for day in days]
    evidence = measure_articles(table(texts, published), Settings())
    return evidence.find_sagas(np.array(story, np.int64), **options).tolist()


@EVERY_BACKEND
def test_stories_of_one_affair_are_one_saga(backend):
    assert sagas(AFFAIR, STORIES, compute=Compute(backend, 2)) == SAGAS


def test_the_days_between_do_not_matter():
    assert sagas(AFFAIR, STORIES, [0, 0, 1, 90, 90] + [40] * 7) == SAGAS


def test_strangers_stay_apart():
    texts = [*STRANGERS, FIRE[0], VOTE[0]]
    assert sagas(texts, range(len(texts))) == list(range(len(texts)))


def test_a_story_is_never_parted():
    story = [0, 1, 2, 3, 0, 1, 2, 3, 4, 4, 5, 5]
    found = sagas(AFFAIR, story)
    assert len(set(zip(story, found, strict=True))) == len(set(story))


def test_stories_in_a_language_whose_words_are_not_known_stay_apart():
    assert sagas(FOREIGN * 2, [0, 1, 2, 3]) == [0, 1, 2, 3]


@pytest.mark.parametrize("texts", [[], FIRE[:1]])
def test_few_articles_give_few_sagas(texts):
    assert sagas(texts, range(len(texts))) == [0] * len(texts)
