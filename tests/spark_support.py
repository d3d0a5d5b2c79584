"""Small collections that hold what copies and stories can be, as tables and as DataFrames."""

import itertools
import random

import pyarrow as pa
from label_articles import labelled
from series_articles import SERIES
from story_articles import FIRE, STRANGERS, SUMMITS, VOTE, unrelated

from dedupe.article import Article
from dedupe.reading.articles import to_table

WORDS = [f"{first}{second}" for first in "bdfglmnprstvz" for second in ("a", "ela", "ino", "oru", "usta", "yken")]

RUSSIAN = [
    "Министр заявил в понедельник в Москве, что пенсионная реформа не будет внесена раньше осени, и обсудил это в парламенте.",
    "После спора с оппозицией реформа пенсий отложена до осени, сообщил министр журналистам в понедельник.",
    "Коалиция договорилась о том, что решение о пенсиях до выборов принимать не станут, пишет газета.",
]
FOOTER = "Follow our newsroom for the latest from the harbour, and write to the desk of the paper with your tips today."
LEAD = "The ministers of seven countries met on the island for a second day of talks on fishing quotas"


def sentence(draw, count):
    return " ".join(draw.choice(WORDS) for _ in range(count))


def collection():
    """Articles of all kinds: identical texts, edited ones, excerpts, page furniture, floods, and empty texts."""
    draw = random.Random(7)
    footer = sentence(draw, 25)
    articles = []

    def add(text, publisher=None, day=None, title=None):
        number = len(articles)
        at = None if day is None else f"2024-01-{day:02d}T{number % 24:02d}:00:00Z"
        title = sentence(draw, 4) if title is None else title
        own_id = f"https://news.example/archive/{draw.randrange(10**6):06d}-{number}"  # skewed: all begin alike
        articles.append(Article(id=own_id, title=title, text=text, publisher=publisher, published_at=at))

    add_copies(draw, add)
    for number in range(5):
        title = " ".join(WORDS[number * 3 : number * 3 + 3])
        add(f"{sentence(draw, 60)} {footer}", "Local", number + 1, title=f"{title} | Local News")
    flood = sentence(draw, 40)
    for _ in range(14):
        add(f"{flood} {sentence(draw, 25)}", "Flood", 5)
    shared = sentence(draw, 30)
    for publisher in ("Herald", "Tribune"):
        add(f"{sentence(draw, 50)} {shared} {sentence(draw, 20)}", publisher, 7)
    for text in ("", "", "one two", "...", "Subscribe now.", "Тhe fеrry sаnk nеаr Оslо todаy"):
        add(text)
    return articles


def add_copies(draw, add):
    """Add texts with edited copies, excerpts and identical ones."""
    for number in range(12):
        text = sentence(draw, 120)
        add(text, "Wire", number % 9 + 1)
        if number < 6:
            words = text.split()
            words[number * 7] = "changed"
            words[60] = "edited"
            add(" ".join(words), "Daily", number % 5 + 3, title=f"Report {number} | The Daily")
        if number < 4:
            add(" ".join(text.split()[:50]), "Brief", 9)
        if number in (2, 5):
            for _ in range(7):
                add(text, draw.choice(["Wire", "Mirror", ""]), draw.choice([None, 1, 4]))


def news():
    """Articles with all that the stages look at: events, series, languages, furniture, titles, and dates."""
    articles = []

    def add(text, title="", publisher=None, day=None, language=None):
        at = None if day is None else f"2024-03-{day:02d}T{len(articles) % 20:02d}:30:00Z"
        own_id = f"n{len(articles):03d}"
        articles.append(Article(own_id, title, text, publisher, published_at=at, language=language))

    for number, text in enumerate([*FIRE, *VOTE, *SUMMITS]):
        headline, _, body = text.partition("\n")
        add(body, f"{headline} | The Daily" if number % 2 else "", "Daily" if number % 3 else None, number % 9 + 1)
    for number, text in enumerate(STRANGERS):
        headline, _, body = text.partition("\n")
        add(f"{body} {FOOTER}", f"{headline} - Harbour Post", "Harbour Post", number + 1 if number else None)
    for number, text in enumerate(RUSSIAN):
        add(text, f"Пенсии: часть {number}", None, number + 3, "ru")
    for number, topic in enumerate(("cod", "herring", "mackerel")):
        add(
            f"{LEAD}. They spoke about {topic} only, officials said.",
            f"Talks on {topic} | The Daily",
            "Wire",
            number + 1,
        )
    for number, text in enumerate(itertools.chain(*SERIES.values())):
        add(text, "In brief", "Ticker", number + 11)
    for text in unrelated(12):
        headline, _, body = text.partition("\n")
        add(body, headline, None, len(articles) % 27 + 1)
    return [*articles, *labelled(), *collection()]


def table(articles):
    return to_table(articles, on_problem=lambda problem: None)


def frame_of(spark, articles, parts=1, shuffled=None):
    """The articles as a DataFrame of ARTICLES, in some number of partitions and some order."""
    rows = table(articles)
    if shuffled is not None:
        order = list(range(len(rows)))
        random.Random(shuffled).shuffle(order)
        rows = rows.take(order)
    plain = [pa.string() if kind == pa.large_string() else kind for kind in rows.schema.types]
    rows = rows.cast(pa.schema(list(zip(rows.schema.names, plain, strict=True))))
    return spark.createDataFrame(rows).repartition(parts)
