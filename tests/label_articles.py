"""Articles whose stories are called in all the ways there are: by a headline, by telling words, or by an id."""

from dedupe.article import Article

FERRY = (
    "Divers recovered the bell of the ferry Estrella from the bottom of the bay on Tuesday, sixty years after the ship "
    "sank in a storm with ninety people on board. The bell weighs forty kilograms and carries the name of its yard."
)
MUSEUM = "The museum of the town will show the bell of the ferry Estrella from June on, said its director."
TUNNEL = (
    "Engineers broke through the last metre of rock of the Karwendel railway tunnel on Friday, four years later than "
    "planned. Trains will run below the mountain from December, the minister of transport told the workers."
)
TUNNEL_COST = "The Karwendel tunnel cost three billion euros, twice as much as the railway had reckoned with."
MINT = (
    "Thieves drilled through the wall of the royal mint in Harlow and took coins worth two million pounds. A watchman "
    "found the hole on Sunday morning, and the police look for a grey van."
)
GLACIER = (
    "A lake below the Orrin glacier burst its dam of ice in the night and swept away two bridges and a power station. "
    "Nobody was hurt, because the valley had been cleared the day before."
)
LANGUAGES = {
    "zh": (
        "潜水员打捞起沉船铜钟",
        "潜水员周二从海湾底部打捞起渡轮埃斯特雷拉号的铜钟。这艘沉船六十年前在风暴中沉没，当时船上有九十人。",
    ),
    "ar": (
        "غواصون يستعيدون جرس العبارة الغارقة",
        "استعاد غواصون يوم الثلاثاء جرس العبارة الغارقة من قاع الخليج بعد ستين عاما من غرق السفينة في عاصفة وعلى متنها تسعون شخصا.",
    ),
    "de": (
        "Taucher bergen Glocke der gesunkenen Fähre",
        "Taucher haben am Dienstag die Glocke der gesunkenen Fähre vom Grund der Bucht geborgen, sechzig Jahre nachdem das Schiff "
        "in einem Sturm untergegangen war. Die Glocke wiegt vierzig Kilogramm.",
    ),
    "ru": (
        "Водолазы подняли колокол парома",
        "Водолазы во вторник подняли со дна залива колокол затонувшего парома, через шестьдесят лет после того, как судно "
        "погибло в шторм с девяноста пассажирами на борту.",
    ),
}


def labelled():
    """Stories of several articles with all kinds of titles, and articles alone without one."""
    articles = []

    def add(name, title, text, day, language=None):
        at = f"2023-05-{day:02d}"
        own_id = f"{name}{len(articles):03d}"
        articles.append(Article(own_id, title, text, f"Paper {len(articles)}", published_at=at, language=language))

    for day, title in enumerate(("Why should anybody care?", "Bell of Estrella back after 60 years"), 1):
        add("question-first", title, f"{FERRY} {MUSEUM * (day - 1)}", day)
    for day, title in enumerate(("Who was in the van?", "Where are the coins of Harlow?"), 3):
        add("questions-only", title, f"{MINT} {day}", day)
    for day, title in enumerate(("Sign in to comment", "Email", ""), 6):
        add("says-nothing", title, f"{TUNNEL} {TUNNEL_COST * (day - 6)}", day)
    for day in (11, 12):
        add("sentence", f"Lake below glacier bursts its dam of ice {'and more ' * 30}{day}", f"{GLACIER} {day}", day)
    for code, (title, text) in LANGUAGES.items():
        for day in (14, 15):
            add(code, title if day == 15 else "", text, day, code)
        add(f"{code}-copy", f"{title}?", text, 16, code)
    copied = FERRY.replace("Estrella", "Aurora").replace("bell", "anchor")
    add("copies", "The Alderby Times", f"{copied} More on our pages.", 18)
    add("copies", "Divers recover anchor of ferry Aurora", copied, 19)
    for number in range(3):
        add("same-title", "Divers recover anchor of ferry Aurora", copied, 20 + number)
    # English has "Die" as often as "die", but "die" was read first, in a German text, where it is a function word.
    add("alone", "", "Die casting saved the pumps of Zeeland. The die is in a museum of Zeeland's polder now.", 23)
    add("number", "…", "4,000 2023 Tuesday May 4 and so on and so on 4,000", 24)
    add("short", "", "Hm", 25)
    for day in (26, 27):
        add("short-copies", "Hello" if day == 27 else "", "so it is", day)
    return articles
