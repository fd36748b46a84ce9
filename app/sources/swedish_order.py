"""Sort keys in Swedish alphabetical order, so that PostgreSQL may compare plain bytes."""

import unicodedata

# After z in ASCII: { | }. None of them can come from the text, where they count as spaces.
LETTERS = str.maketrans(
    {"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "ü": "y", "ß": "ss", "ð": "d", "þ": "th",
     "đ": "d", "ł": "l"}
)  # fmt: skip
# Within a key words are parted by "!", between two keys by " ", which sorts before it:
# all of family name Berg come before Berg Larsson.
WORD_GAP = "!"
NAME_GAP = " "


def swedish_key(text: str) -> str:
    """A key whose bytes sort as Swedish does: digits, a to z with w after v, then å, ä, ö.

    Case, accents and punctuation do not count; other scripts come last.
    """
    composed = unicodedata.normalize("NFC", text).lower()
    spelt = unicodedata.normalize("NFKD", composed.translate(_KEPT).translate(LETTERS))
    kept = "".join(
        letter if letter.isalnum() or letter in "{|}" else " "
        for letter in spelt
        if not unicodedata.combining(letter)
    )
    return WORD_GAP.join(kept.split())


def person_sort_name(given_name: str, family_name: str) -> str:
    """The key of a person's display name: by family name, then by given name."""
    return swedish_key(family_name) + NAME_GAP + swedish_key(given_name)


def person_search_name(given_name: str, middle_name: str | None, family_name: str) -> str:
    """What a search in names looks through; the newlines keep a hit within one name."""
    return f"{given_name}\n{middle_name or ''}\n{family_name}".lower()


_KEPT = str.maketrans(dict.fromkeys("{|}", " "))
