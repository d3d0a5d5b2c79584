"""What the tests of the index share: articles that copy each other to a known degree, and reports of a few events."""

import random

from dedupe import Article

VOCABULARY = [f"word{i}" for i in range(4_000)]
DAY = 86_400.0
EVENTS = {
    "flood": "Flood Rhone Valence dam mayor Dupuis evacuated 4,200 river crest sandbags gymnasium Drome prefect levee rain",
    "strike": "Strike Gdansk shipyard union Kowalski wages 18 percent crane welders picket Baltic dockers ballot contract",
    "quake": "Earthquake Antofagasta magnitude 7.1 tsunami copper miners Calama aftershock hospital collapsed seismologists",
    "trial": "Trial Leeds fraud banker Whitcombe jury 310 million pensions verdict barrister ledger witness sentencing court",
}
FILLER = (
    "the of and to in a said was for on with that by from at it were had after as people officials local new more than "
    "hours night morning police told reporters week government national could would also been first two three year"
).split()


def text(seed, words=200):
    return " ".join(random.Random(seed).choices(VOCABULARY, k=words))


def edited(original, every):
    """The text with one word in ``every`` replaced, at even distances."""
    words = original.split()
    words[every - 1 :: every] = [f"edit{i}" for i in range(len(words[every - 1 :: every]))]
    return " ".join(words)


def articles(*texts):
    return [Article(f"a{i}", text=body) for i, body in enumerate(texts)]


def answers(verdicts):
    return [(v.verdict, v.matched_id) for v in verdicts]


def mixed_stream(number):
    """Originals, near duplicates of every strength, excerpts and identical copies, in one order."""
    draw = random.Random(3)
    bodies, stream = [], []
    for i in range(number):
        kind = draw.choice(("new", "new", "near", "excerpt", "same")) if bodies else "new"
        body = text(1000 + i, draw.choice((15, 60, 200, 400))) if kind == "new" else draw.choice(bodies)
        if kind == "near":
            body = edited(body, draw.choice((12, 20, 40)))
        elif kind == "excerpt":
            body = " ".join(body.split()[: max(45, len(body.split()) // 3)])
        else:
            bodies.append(body)
        stream.append(Article(f"{i:04}", text=body, published_at=f"2024-01-01T00:{i // 60:02}:{i % 60:02}Z"))
    return stream


class Clock:
    now = 1_700_000_000.0

    def __call__(self):
        return self.now


def report(event, number, words=160):
    """One of many independent reports of an event. Words of the event are mixed with common ones, mostly at the top."""
    draw = random.Random(f"{event} {number}")
    own = EVENTS[event].split()
    drawn = [draw.choice(own) if draw.random() < 0.55 - 0.3 * i / words else draw.choice(FILLER) for i in range(words)]
    return Article(
        f"{event}-{number}", title=f"{own[0]} {own[1]}: {' '.join(draw.sample(own, 4))}", text=" ".join(drawn)
    )


def stream(number=8):
    """Reports of all events, in a mixed order."""
    reports = [report(event, i) for event in EVENTS for i in range(number)]
    random.Random(4).shuffle(reports)
    return reports
