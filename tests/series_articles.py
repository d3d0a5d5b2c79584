"""Templates of series, and a report with its later versions: what is no copy, and what stays one."""


def market(day, points, change, oil, gold, shares):
    """One day of a market report."""
    return (
        f"Shares in the port city closed higher on {day} after a quiet session. The Harbour Index rose {change} percent "
        f"to {points} points. A barrel of oil cost {oil} dollars, and an ounce of gold {gold} dollars. Turnover came to "
        f"{shares} million shares. Traders said that they were waiting for the figures on employment, which the "
        "statistics office publishes at the end of the month, and that most funds had made no large purchases. The "
        "figures are collected at the close of trading and may be corrected by the exchange within a week. Prices in "
        "this report are given without taxes and fees, and they are no advice to buy or to sell anything."
    )


def weather(county, date, gusts):
    """A wind warning for one county. Only its place, its day and its gusts change."""
    return (
        f"The National Weather Office has issued a wind warning for {county} until the evening of {date}. Westerly winds "
        f"with gusts of up to {gusts} kilometres an hour are expected. Loose objects should be brought inside, and trees "
        "may lose their branches. Drivers of high vehicles should take special care on bridges and on open roads. Power "
        "may fail for some hours, so keep a torch at hand and charge your telephone early. Stay away from windows while "
        "the gusts are strongest, and do not enter woods or parks before the warning has been lifted by the office."
    )


def lottery(day, numbers, bonus, jackpot):
    """One drawing of a lottery."""
    return (
        f"The winning numbers in the drawing of {day} are {numbers}, and the bonus ball is {bonus}. The jackpot stands "
        f"at {jackpot} million. Tickets can be bought at kiosks, petrol stations and supermarkets until an hour before "
        "the next drawing. Winners have 180 days to claim their prize at any office of the lottery. The chance to win "
        "any prize is one in 24. All numbers are given without guarantee. If you cannot stop playing, talk to somebody: "
        "the helpline for players and their families is free of charge and open by day and by night."
    )


def result(home, away, goals, scorer, crowd, place):
    """One football match, as an automatic report gives it."""
    return (
        f"On the last day of the first round, {home} beat {away} by {goals} in front of {crowd} spectators. The decisive "
        f"goal was shot by {scorer} shortly before the end, after a corner that the defence had failed to clear. The "
        f"winners now stand in place {place} of the table. The coach praised his players and said that they had been "
        "patient and had kept to the plan. The losing side had more of the ball but made too little of it, and its "
        "captain left the field with a knee that was hurt. The second round begins after the winter break."
    )


def water(town, river, lake):
    """A warning that has no figures: nothing but the names of places change."""
    return (
        f"People in {town} should boil their water before they drink it. Heavy rain has washed soil from {river} into "
        f"the works at {lake}, and the filters cannot hold all of it. The water may be used for washing and for cleaning "
        "without danger. Schools and hospitals get bottles from the fire brigade, and shops have been asked to sell no "
        "more than two crates to each household. The works take samples every few hours and will say on the radio when "
        "the water is clean again. Nobody has become ill so far, according to the health office of the district."
    )


SERIES = {
    "markets": (
        market("Monday", "4,120", "0.7", "71.20", "1,890", "612"),
        market("Tuesday", "4,151", "0.8", "69.85", "1,876", "598"),
    ),
    "markets without a day": (
        market("balance", "4,120", "0.7", "71.20", "1,890", "612"),
        market("balance", "4,151", "0.8", "69.85", "1,876", "598"),
    ),
    "weather": (weather("Marsh County", "March 4", 85), weather("Torrent Valley", "April 19", 100)),
    "lottery": (
        lottery("Saturday, May 4", "3, 11, 19, 27, 40", 8, 12),
        lottery("Wednesday, May 8", "5, 9, 23, 31, 44", 2, 15),
    ),
    "results": (
        result("Alder Rovers", "United of Brant", "2-1", "Milan Costa", "3,412", 4),
        result("Port Celan", "Dornefield Town", "1-0", "Jonas Perk", "5,120", 9),
    ),
    "alerts for another place": (
        water("Alderby", "the Green Ash", "Upper Wick"),
        water("Costonville", "the Mill Brook", "Lower Fenn"),
    ),
}
"""Two reports of each kind of series. Both are of one template, so their Jaccard is that of copies."""

REPORT = (
    "At least 12 people died and 30 were hurt when a ferry hit the pier of Port Brannock on Monday morning, the coast "
    "guard said. The ship came from the island of Skerry with 214 passengers on board and was about to land when its "
    "engine failed. Divers searched the harbour for five people who were missing. The mayor, Ilse Brandt, spoke of the "
    "darkest day of her town. Most of the passengers were taken to the regional hospital, and relatives waited in the "
    "sports hall of a school nearby. The operator, Northern Sound Lines, said that the engine had been inspected in "
    "March and that it would help the inquiry. A tug pulled the ship away from the pier before the tide came in. The "
    "last accident of this kind on the coast was in 1987, when a freighter sank in a storm and 9 sailors drowned."
)

COPIES = {
    "updated toll": REPORT.replace("12 people", "14 people").replace("30 were", "41 were"),
    "updated toll, and the day after": REPORT.replace("12 people", "14 people").replace(
        "Monday morning", "Tuesday morning"
    ),
    "corrected figure": REPORT.replace("214", "241"),
    "with a date line": "PORT BRANNOCK, May 6 (NEWSWIRE) - " + REPORT,
    "truncated": REPORT[: REPORT.index("The operator")],
    "edited": REPORT.replace("spoke of the darkest day of her town", "called it the darkest day in memory")
    .replace("a ferry hit", "a ferry rammed")
    .replace("Most of the passengers", "Many passengers"),
    "in another spelling": REPORT.replace("Brannock", "Branock").replace("Skerry", "Skerrie").replace("Ilse", "Else"),
    "retitled": "Ferry disaster: what we know\nUpdated May 7, 2019, 6:05 p.m.\n" + REPORT,
}
"""Versions of REPORT that stay copies of it."""
