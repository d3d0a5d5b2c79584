"""The language of a text is that which it is written in, and its words are read by the rules of that language."""

from __future__ import annotations

import pytest

from dedupe.text.language import language_of, rules_of

SENTENCES = {
    "ar": "قال وزير المالية يوم الاثنين إن الحكومة ستقدم قانونا جديدا للمعاشات في الخريف.",
    "cs": "Ministr financí v pondělí řekl, že vláda na podzim předloží nový zákon o důchodech.",
    "de": "Der Finanzminister sagte am Montag, die Regierung werde im Herbst ein neues Gesetz vorlegen.",
    "en": "The finance minister said on Monday that the government would present a new law in the autumn.",
    "es": "El ministro de Hacienda dijo el lunes que el Gobierno presentará una nueva ley en otoño.",
    "fr": "Le ministre des Finances a déclaré lundi que le gouvernement présenterait une loi à l'automne.",
    "hi": "वित्त मंत्री ने सोमवार को कहा कि सरकार इस साल के अंत में पेंशन पर एक नया कानून लाएगी।",
    "it": "Il ministro delle Finanze ha detto lunedì che il governo presenterà in autunno una nuova legge.",
    "ja": "財務大臣は月曜日、政府が秋に年金に関する新しい法案を提出すると述べた。",
    "nl": "De minister van Financiën zei maandag dat de regering in de herfst een nieuwe wet indient.",
    "no": "Finansministeren sa mandag at regjeringen vil legge fram en ny lov om pensjoner til høsten.",
    "pt": "O ministro das Finanças disse na segunda-feira que o governo apresentará uma nova lei no outono.",
    "ru": "Министр финансов заявил в понедельник, что осенью правительство представит новый закон.",
    "tr": "Maliye bakanı pazartesi günü hükümetin sonbaharda yeni bir yasa sunacağını söyledi.",
    "vi": "Bộ trưởng Tài chính cho biết hôm thứ Hai rằng chính phủ sẽ trình luật mới vào mùa thu.",
    "zh": "财政部长周一表示，政府将在秋季提出一项新的养老金法案。",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_the_language_of_a_sentence_is_found(code: str) -> None:
    assert language_of(SENTENCES[code]) == code


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("de", "Was will die Ministerin am Montag in Alderby?"),
        ("de", "Die Bahn will so an die Spitze: Was er am Montag in Alderby sagte"),
        ("nl", "De minister was in het weekend in Alderby en had het over de haven."),
        ("it", "Il ministro a Roma: no a un accordo a due, non a tre"),
        ("da", "Han sagde i Alderby, at han for en tid var at finde i sin hytte, og at det var for sent."),
        ("en", "Was the minister in Alderby on Monday? He will not say so."),
        ("en", "Die Hard star says no to a sequel as fans are in a rage"),
    ],
)
def test_a_few_words_that_are_english_too_do_not_make_a_text_english(code: str, text: str) -> None:
    assert language_of(text) == code


@pytest.mark.parametrize(
    "text", ["", "   ", "123 456", "!!!", "\udc80", "http://a.example/b", "Merkel, Hollande", "\x00" * 3000]
)
def test_a_text_without_evidence_counts_as_english(text: str) -> None:
    assert language_of(text) == "en"


def test_what_a_source_says_counts_unless_the_text_shows_english() -> None:
    assert language_of("Merkel, Hollande", "de-AT") == "de"
    assert language_of(SENTENCES["en"], "de") == "en"
    assert language_of(SENTENCES["de"], "en-US") == "de"
    assert language_of(SENTENCES["no"], "nb_NO") == "no"


@pytest.mark.parametrize(
    ("code", "forms"),
    [
        ("de", ["Regierung", "Regierungen"]), ("fr", ["état", "l'état", "l’Etat"]), ("it", ["ministro", "ministri"]),
        ("ru", ["президент", "президента", "президентом"]), ("tr", ["Ankara", "Ankara'da", "ANKARA’NIN"]),
        ("hi", ["सरकार", "सरकारों"]), ("es", ["elección", "elecciones"]), ("ar", ["حكومة", "الحكومة"]),
    ],
)  # fmt: skip
def test_inflected_forms_of_a_word_are_one_term(code: str, forms: list[str]) -> None:
    assert len({rules_of(code).stem(form.casefold()) for form in forms}) == 1


@pytest.mark.parametrize(
    ("code", "form", "term"),
    [
        ("de", "märz", "march"),
        ("fr", "août", "august"),
        ("ru", "мая", "may"),
        ("ar", "أيار", "may"),
        ("tr", "salı", "tuesday"),
    ],
)
def test_months_and_weekdays_are_one_term_in_all_languages(code: str, form: str, term: str) -> None:
    assert rules_of(code).stem(form) == term


def test_function_words_are_known_alone_and_joined() -> None:
    french = rules_of("fr")
    assert french.is_function_word("les")
    assert french.is_function_word("qu’il")
    assert not french.is_function_word("l'état")
    assert not rules_of("tr").is_function_word("ankara'da")


def test_marks_tell_vietnamese_words_apart() -> None:
    assert rules_of("vi").stem("bàn") != rules_of("vi").stem("bạn")


def test_a_language_that_is_not_known_has_whole_words_and_no_function_words() -> None:
    assert rules_of("xx").stem("Kuća".casefold()) == "kuca"
    assert not rules_of("xx").is_function_word("i")
    assert not rules_of("xx").is_function_word("")
