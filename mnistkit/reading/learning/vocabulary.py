"""Random words, codes, and the words of forms, to stand beside numbers."""

from __future__ import annotations

from mnistkit.reading.learning.marks import Random, chance

VOWELS = ("a", "e", "i", "o", "u", "ee", "ie", "ou", "ai", "y")
ONSETS = (
    "b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "qu", "r", "s", "t", "v", "w", "z",
    "bl", "br", "ch", "cl", "gl", "gr", "pl", "sch", "sh", "sl", "sp", "st", "th", "tr", "zw",
)  # fmt: skip
CODAS = ("", "", "", "b", "g", "l", "ll", "m", "n", "ng", "r", "s", "ss", "st", "t", "lt", "q")
FORM_WORDS = (
    "Name", "Date", "Total", "Sum", "Nr.", "No.", "Score", "Points", "Address", "Phone",
    "Signature", "Zip", "City", "Street", "Birth", "Day", "Month", "Year", "Amount", "Price",
    "Qty", "Code", "Class", "Student", "Id", "Tax", "Account", "Invoice", "Order", "Page", "Room",
    "Time", "Age", "Weight", "Height", "Table", "Result", "Grade", "Bill", "Balance", "Office",
    "Use only", "Instructions", "Please print", "Question", "Answer", "Solve", "Write", "Count",
    "Add",
)  # fmt: skip
# Letters that look like digits: they are more frequent than in any language.
ALIKE = "lIOoSsBZzgqbiDGQ"
# Capitals that no digit looks like in print.
CODES = "ABCDEFGHJKLMNPQRSTUVWXYZ"
# Accented forms of letters.
ACCENTED = {"a": "äàâå", "e": "éèêë", "i": "íîï", "o": "öôó", "u": "üûú", "n": "ñ", "c": "ç"}
# Punctuation before and after words.
AROUND = (
    ("", ","),
    ("", "."),
    ("", ":"),
    ("", "?"),
    ("", "!"),
    ("", ";"),
    ("(", ")"),
    ('"', '"'),
    ("", "'s"),
    ("", " -"),
    ("", " &"),
    ("", " +"),
    ("*", ""),
    ("", "/"),
    ("@", ""),
    ("[", "]"),
)


def word(source: Random) -> str:
    """Return a word of at least two letters, in lower case, capitalised, or in capitals."""
    syllables = [
        ONSETS[source.integers(len(ONSETS))]
        + VOWELS[source.integers(len(VOWELS))]
        + CODAS[source.integers(len(CODAS))]
        for _ in range(int(source.choice(4, p=(0.4, 0.35, 0.2, 0.05))) + 1)
    ]
    made = "".join(syllables)
    if chance(source, 0.12):
        place = int(source.integers(1, len(made)))
        made = made[:place] + ALIKE[source.integers(len(ALIKE))] + made[place:]
    if chance(source, 0.1):
        place = int(source.integers(len(made)))
        accents = ACCENTED.get(made[place], made[place])
        made = made[:place] + accents[source.integers(len(accents))] + made[place + 1 :]
    if chance(source, 0.25):
        return made.capitalize()
    return made.upper() if chance(source, 0.15) else made


def words(source: Random, count: int, *, marks: bool = True) -> str:
    """Return words with spaces and, with `marks`, some punctuation."""
    return " ".join(
        _between_marks(source, marked=marks and chance(source, 0.45)) for _ in range(count)
    )


def _between_marks(source: Random, *, marked: bool) -> str:
    before, after = AROUND[source.integers(len(AROUND))] if marked else ("", "")
    return before + word(source) + after


def code(source: Random) -> str:
    """Return a code of a letter or two, with a sign or a number or both."""
    letters = "".join(CODES[source.integers(len(CODES))] for _ in range(int(source.integers(1, 3))))
    sign = str(source.choice(["", "", "-", ".", ")"]))
    return letters + sign if chance(source, 0.3) else f"{letters}{sign}{source.integers(1000)}"


def form_words(source: Random) -> str:
    """Return the label of a form's field."""
    chosen = FORM_WORDS[source.integers(len(FORM_WORDS))]
    if chance(source, 0.3):
        chosen += " " + word(source)
    if chance(source, 0.1):
        chosen = f"{code(source)} {chosen}"
    chosen = chosen.upper() if chance(source, 0.2) else chosen
    return chosen + (":" if chance(source, 0.4) else "")
