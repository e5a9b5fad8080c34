"""Pages and queries are cut into the same terms."""

from knowledge.words import content_terms, terms


def test_inflected_forms_meet() -> None:
    assert set(terms("cancelled orders")) == set(terms("cancel an order")) - {"an"}


def test_function_words_and_courtesy_do_not_count_in_a_query() -> None:
    assert content_terms("Hello, how can I please return my hub?") == ["return", "hub"]


def test_a_term_counts_once() -> None:
    assert content_terms("hub hubs Hub") == ["hub"]


def test_short_hyphenated_words_are_one_word() -> None:
    assert content_terms("Wi-Fi e-mail T-1001") == content_terms("WiFi email T1001")
    assert terms("follow-up") == ["follow", "up"]


def test_amounts_are_kept_whole() -> None:
    assert content_terms("€7.50 7,50 1,000") == ["7.50", "1000"]


def test_accents_and_typographic_apostrophes_are_folded() -> None:
    assert terms("Café customer’s") == terms("cafe customer's")
