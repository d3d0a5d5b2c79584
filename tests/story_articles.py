"""Articles on a few events for tests of the story stage, with short ways to read, measure and group them."""

import numpy as np
import pyarrow as pa
from support import SEEDS

from dedupe.kernels import SERIAL
from dedupe.schemas import ARTICLES
from dedupe.settings import Settings
from dedupe.stories.finding import measure_articles
from dedupe.text import terms
from dedupe.text.background import Background

SUMMITS = [path.read_text("utf-8") for path in sorted(SEEDS.glob("*.txt"))]
"""Three reports of a summit in September 2025 and two of one in January 2026, in one city and about one war."""

FIRE = [
    "Fire guts warehouse in Rotterdam harbour\nA fire destroyed a paint warehouse in the port of Rotterdam on Monday. "
    "Harbour master Joost van Dijk said forty firefighters fought the flames for nine hours.",
    "Rotterdam paint warehouse burns down\nForty firefighters needed nine hours on Monday to put out a blaze in a paint "
    "warehouse in Rotterdam, harbour master Joost van Dijk told reporters.",
    "Nine-hour blaze in Dutch port\nHarbour master Van Dijk praised firefighters after a paint warehouse in Rotterdam burnt "
    "down on Monday. Nobody was hurt, Joost van Dijk said.",
]


VOTE = [
    "Parliament rejects pension reform in Lisbon\nLawmakers in Lisbon voted down the pension bill of minister Ana Ribeiro by "
    "118 to 112 on Thursday. Ribeiro said she would not resign.",
    "Ribeiro's pension bill fails\nThe Portuguese parliament rejected a pension reform by 118 votes to 112. Minister Ana Ribeiro "
    "called the vote in Lisbon on Thursday a setback but will stay.",
    "Minister stays after lost pension vote\nAna Ribeiro will not step down after parliament in Lisbon voted 118 to 112 against "
    "her pension reform on Thursday.",
]


STRANGERS = [
    f"{subject} {place}\n{who} of {place} said on {day} that {what}."
    for subject, place, who, day, what in (
        ("Record marrow in", "Swindon", "Gardener Pat Olsen", "Sunday", "the marrow weighs 93 kilos and will be eaten"),
        ("New tram line for", "Gdansk", "Engineer Wanda Nowak", "Friday", "trams will run to the shipyard by spring"),
        (
            "Chess title stays in",
            "Yerevan",
            "Grandmaster Levon Petrosyan",
            "Tuesday",
            "his rook endgame decided the match",
        ),
        ("Flu vaccine short in", "Tucson", "Nurse Maria Delgado", "Wednesday", "clinics ran out of doses before noon"),
    )
]


def unrelated(places=30):
    """Unrelated articles: two subjects in each of some places."""
    return [
        f"{subject} in Town{place}\n{who} of Town{place} told reporters number {7 * place} that {what}."
        for place in range(places)
        for subject, who, what in (
            (f"Marrow {place * 3} kilos", f"Gardener Olsen{place}", f"it will be eaten with sauce{place}"),
            (f"Tram line {place}", f"Engineer Nowak{place}", f"trams will run to yard{place} by spring"),
        )
    ]


MARKET = (
    "Stocks close mixed in Oslo\nOSLO, {date} - The main index ended at {a} points. Oil traded at {b} dollars a barrel and "
    "gold at {c} dollars an ounce. Volume on the exchange was {d} million shares, a broker said."
)


def market(date, a, b, c, d):
    return MARKET.format(date=date, a=a, b=b, c=c, d=d)


DAYS_OF_A_SERIES = [
    market("May 4", 4100.25, 71.2, 1890.1, 612),
    market("May 7", 4177.5, 70.8, 1875.3, 598),
    market("8 May", 4102.75, 72.4, 1881.7, 640),
    market("June 4th", 4020.5, 69.1, 1866.9, 655),
    market("June 5", 4020.75, 68.3, 1869.4, 601),
]


def title_and_text(article):
    """The first line of an article, and the others; an article of one line has no title."""
    title, _, text = article.partition("\n")
    return (title, text) if text else ("", title)


def table(articles, published=None, publisher=None):
    nothing = [None] * len(articles)
    rows = [
        {
            "id": f"a{i}",
            "title": title,
            "text": text,
            "publisher": printed_by,
            "published_at": when,
            "day_precision": False,
        }
        for i, ((title, text), when, printed_by) in enumerate(
            zip(map(title_and_text, articles), published or nothing, publisher or nothing, strict=True)
        )
    ]
    return pa.Table.from_pylist(rows, schema=ARTICLES)


def find(articles, published=None, compute=SERIAL, **settings):
    """The stories of articles, with what was measured: evidence and stories."""
    chosen = Settings(**settings)
    evidence = measure_articles(table(articles, published), chosen, compute)
    return evidence, evidence.find(chosen.story_probability, compute)


def stories(articles, published=None, **settings):
    """The story of each article, numbered from 0 in the order of first articles."""
    return find(articles, published, **settings)[1].labels.tolist()


def as_sets(labels):
    """The groups that labels stand for, as sets of rows."""
    labels = np.asarray(labels)
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in labels.tolist()}


BACKGROUND = Background(1000, {"leader": 90, "talk": 80, "pari": 20, "said": 500})
MAY = "Leaders met in Paris for talks. Chancellor Weber and Minister Rossi spoke of the Danube bridge and the flood."
JUNE = "Leaders met in Paris for talks. President Okafor and Governor Silva spoke of the Sahel drought and the harvest."


def read(*texts):
    """Terms of texts without titles, with a small background."""
    return terms.read_terms([("", text) for text in texts], BACKGROUND)
