"""A short excerpt is one if it says the same: two of its names, numbers or days stand where its article has them."""

import pytest

from dedupe import Article, Settings, cluster
from dedupe.index import Index

ARTICLE = (
    "Fire crews from three counties worked through Tuesday night to save the mill at Harrow Bridge, where 14 people "
    "were led out over a ladder, the chief officer Dana Whitlock said. Nobody was hurt. The owner, Lorne Textiles, "
    "had closed the east wing in 2019 after an inspector found loose wiring on two floors. Neighbours said that they "
    "smelled smoke at about nine and saw the roof glow an hour later. The road to the station stays closed until noon."
)
OFFER = (
    "Please take a moment to look around, there is much more for you to find here, and it is all free of charge today"
)


def relation(left, right, **changes):
    found = cluster([Article("left", text=left), Article("right", text=right)], Settings(**changes))
    return found.relations[0].kind if found.relations else None


@pytest.mark.parametrize("characters", [130, 200, 220])
def test_a_cut_text_is_an_excerpt(characters):
    teaser = ARTICLE[:characters] + "… [+1021 chars]"
    assert 20 <= len(teaser.split()) < 45
    assert relation(teaser, ARTICLE) == "excerpt"


def test_an_index_knows_a_teaser_whichever_comes_first(tmp_path):
    teaser, full = Article("teaser", text=ARTICLE[:200] + "…"), Article("full", text=ARTICLE)
    for name, given in (("one", [teaser, full]), ("two", [full, teaser])):
        with Index(tmp_path / name) as index:
            assert [answer.verdict for answer in index.check(given)] == ["new", "excerpt"]


def test_words_without_names_and_figures_are_no_excerpt():
    assert 20 <= len(OFFER.split()) < 40
    assert relation(OFFER, f"{ARTICLE} {OFFER}.") == "overlapping"
    assert relation(f"{OFFER} {OFFER.replace('free', 'there')}", f"{ARTICLE} {OFFER} {OFFER}.") is not None


def test_other_names_and_figures_are_no_excerpt():
    teaser = ARTICLE[:200].replace("14", "9").replace("Harrow Bridge", "Castle Quay").replace("Tuesday", "Friday")
    assert relation(teaser, ARTICLE) != "excerpt"


def test_fewer_words_than_a_passage_are_no_excerpt():
    assert relation(" ".join(ARTICLE.split()[:18]), ARTICLE) != "excerpt"
    assert relation(" ".join(ARTICLE.split()[:18]), ARTICLE, excerpt_min_words=10) == "excerpt"


WITHOUT_CAPITALS = {
    "ar": "وافق مجلس المدينة يوم الخميس على ترميم الجسر القديم فوق النهر بعد نقاش طويل بين الأعضاء وقال متحدث باسم البلدية إن "
    "الأعمال ستبدأ في الربيع وتستمر نحو عام كامل وستمنع الشاحنات من المرور حتى نهاية الترميم وأضاف أن السكان سيحصلون على "
    "طريق بديل عبر القرية المجاورة وأن الميزانية أقرت قبل أسبوعين دون اعتراض من المعارضة",
    "he": "מועצת העיר אישרה ביום חמישי את שיפוץ הגשר הישן שמעל הנהר לאחר דיון ארוך בין חברי המועצה ודובר העירייה מסר כי העבודות "
    "יתחילו באביב ויימשכו כמעט שנה שלמה ותנועת המשאיות תיאסר עד לסיום השיפוץ והתושבים יקבלו דרך חלופית דרך הכפר הסמוך "
    "והתקציב אושר לפני שבועיים ללא התנגדות מצד האופוזיציה",
    "hi": "नगर परिषद ने गुरुवार को नदी पर बने पुराने पुल की मरम्मत को लंबी बहस के बाद मंजूरी दे दी और एक प्रवक्ता ने कहा कि काम वसंत में शुरू "
    "होगा और लगभग एक साल तक चलेगा तब तक ट्रकों का आना जाना बंद रहेगा और गांव के रास्ते से दूसरा मार्ग दिया जाएगा जबकि बजट दो सप्ताह "
    "पहले ही बिना विरोध के पारित हो चुका था",
    "ko": "시의회는 목요일 강 위의 낡은 다리를 수리하는 계획을 긴 토론 끝에 승인했다 시 대변인은 공사가 봄에 시작되어 거의 일 년 동안 계속될 "
    "것이라고 말했다 수리가 끝날 때까지 트럭 통행은 금지되고 주민들은 이웃 마을을 지나는 다른 길을 이용하게 된다 예산은 이 주 전에 야당의 "
    "반대 없이 통과되었다",
    "zh": "市议会星期四在长时间辩论后批准了修复河上旧桥的计划。市政府发言人说，工程将于春季开始，持续将近一年，在此期间卡车禁止通行，"
    "居民可以绕行邻村的道路。预算两周前已经通过，反对派没有提出异议。",
    "ja": "市議会は木曜日、長い議論の末、川にかかる古い橋の改修を承認した。市の広報担当者によると、工事は春に始まり、ほぼ一年続く。"
    "その間トラックの通行は禁止され、住民は隣の村を通る道を使うことになる。",
    "th": "สภาเมืองอนุมัติการซ่อมสะพานเก่าข้ามแม่น้ำเมื่อวันพฤหัสบดีหลังการถกเถียงยาวนาน โฆษกของเทศบาลกล่าวว่างานจะเริ่มในฤดูใบไม้ผลิ",
}  # fmt: skip


SPACELESS = ("zh", "ja", "th")


def full(language):
    """An article: a text, and further words of its language."""
    text = WITHOUT_CAPITALS[language]
    return f"{text} {text[::-1] if language in SPACELESS else ' '.join(reversed(text.split()))}"


def cut(language, number):
    """The first words of an article; of one without spaces, the first characters."""
    text = WITHOUT_CAPITALS[language]
    return text[: number + 5] if language in SPACELESS else " ".join(text.split()[:number])


@pytest.mark.parametrize("language", WITHOUT_CAPITALS)
@pytest.mark.parametrize("end", ["", "… [+1021 chars]", "..."])
def test_a_cut_text_is_an_excerpt_where_there_are_no_capitals(language, end):
    for number in (22, 30):
        assert relation(cut(language, number) + end, full(language)) == "excerpt"


@pytest.mark.parametrize("language", WITHOUT_CAPITALS)
def test_the_title_may_stand_before_the_lead(language):
    text = WITHOUT_CAPITALS[language]
    assert relation(cut(language, 30), f"{text[-30:]}\n\n{full(language)}") == "excerpt"


@pytest.mark.parametrize("language", WITHOUT_CAPITALS)
def test_what_stands_behind_the_lead_is_no_excerpt(language):
    """An offer or a turn of phrase at the end of an article, printed alone under another."""
    other = WITHOUT_CAPITALS["ar" if language != "ar" else "he"]
    assert relation(cut(language, 30), f"{other}. {full(language)}") in ("overlapping", None)
    assert relation(cut(language, 30), f"{other}\n{other[:60]}\n{full(language)}") in ("overlapping", None)


@pytest.mark.parametrize("language", WITHOUT_CAPITALS)
def test_another_beginning_is_no_excerpt(language):
    text = WITHOUT_CAPITALS[language]
    first = text[:2] if language in SPACELESS else text.split()[0]
    assert relation(cut(language, 30).removeprefix(first), full(language)) in ("overlapping", None)


def test_an_index_knows_a_teaser_without_capitals(tmp_path):
    for language in WITHOUT_CAPITALS:
        teaser, whole = Article("teaser", text=cut(language, 30) + "…"), Article("full", text=full(language))
        for name, given in (("one", [teaser, whole]), ("two", [whole, teaser])):
            with Index(tmp_path / language / name) as index:
                assert [answer.verdict for answer in index.check(given)] == ["new", "excerpt"]
