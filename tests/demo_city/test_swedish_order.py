"""Swedish order by plain bytes."""

from app.sources.swedish_order import person_search_name, person_sort_name, swedish_key


def test_letters_sort_in_swedish_order_whatever_the_case_or_accent() -> None:
    wanted = ["7B", "Ek", "Ék b", "eka", "Olsson", "vad", "Wallin", "Zoe", "Åberg", "Älv", "öst"]
    assert sorted(set(wanted), key=swedish_key) == wanted
    assert [key.encode() for key in map(swedish_key, wanted)] == sorted(
        key.encode() for key in map(swedish_key, wanted)
    )


def test_e_with_an_accent_is_e_and_w_comes_after_v() -> None:
    assert swedish_key("Désirée") == swedish_key("desiree")
    assert swedish_key("vz") < swedish_key("wa")


def test_the_ring_may_be_a_character_of_its_own() -> None:
    assert swedish_key("A\u030aberg") == swedish_key("Åberg")


def test_signs_in_a_name_cannot_pose_as_swedish_letters() -> None:
    assert swedish_key("{|}a") == swedish_key("a")


def test_people_sort_by_family_name_before_given_name() -> None:
    people = [("Örjan", "Berg"), ("Anna", "Berg Larsson"), ("Anna", "Bergman"), ("Bo", "Åberg")]
    assert sorted(set(people), key=lambda person: person_sort_name(*person)) == people


def test_a_search_finds_each_name_but_nothing_that_spans_two() -> None:
    assert person_search_name("Åsa", None, "Ek") == "åsa\n\nek"
    assert person_search_name("Åsa", "Lind", "Ek") == "åsa\nlind\nek"
