"""Articles on a few events for tests of the story stage, with short ways to read, score and group them."""

import pyarrow as pa

from dedupe.clustering import cluster
from dedupe.schemas import ARTICLES, Article
from dedupe.text import terms
from dedupe.text.background import Background

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


def table(texts, published=None):
    published = published or [None] * len(texts)
    rows = [
        {"id": f"a{i}", "title": "", "text": text, "published_at": when, "day_precision": False}
        for i, (text, when) in enumerate(zip(texts, published, strict=True))
    ]
    return pa.Table.from_pylist(rows, schema=ARTICLES)


def log_odds(scores):
    """Log-odds of each pair, by (left, right)."""
    columns = (scores.pairs[name].to_pylist() for name in ("left", "right", "log_odds"))
    return {(left, right): value for left, right, value in zip(*columns, strict=True)}


def stories(texts):
    """Story of each text, numbered in the order in which they first appear, by the whole pipeline."""
    rows = cluster([Article(id=f"a{i}", text=text) for i, text in enumerate(texts)]).rows
    seen = {}
    return [seen.setdefault(row.story, len(seen)) for row in rows]


BACKGROUND = Background(1000, {"leader": 90, "talk": 80, "pari": 20, "said": 500})
MAY = "Leaders met in Paris for talks. Chancellor Weber and Minister Rossi spoke of the Danube bridge and the flood."
JUNE = "Leaders met in Paris for talks. President Okafor and Governor Silva spoke of the Sahel drought and the harvest."


def read(*texts):
    """Terms of the texts, with a small background."""
    return terms.read_terms(texts, BACKGROUND)
