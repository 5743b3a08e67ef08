"""Makes pattern.fixture.json: expressions, values, and what Python's re.search says of them.

    python3 test/unit/core/flow/pattern.fixture.py > test/unit/core/flow/pattern.fixture.json

The first expressions are written by hand, the others drawn at random with a fixed seed. The same comparison
was made once over 36,000 random expressions and 430,000 values; what differed was Python's own: \\B does not
match the empty text before 3.14, and a scoped (?a:…) is partly ignored by its optimiser.
"""
import json
import random
import re
import sys
import warnings

warnings.simplefilter("error")
VALUES = [
    "", "CT", "MR", "ct", "RTSTRUCT", "3D T1 tra", "T1_TRA", "00123", "123", "2.000", "line\n", "line\nnext",
    "['ORIGINAL', 'PRIMARY', 'AXIAL']", "1.2.840.10008.5.1.4.1.1.2", "Thorax^1_Helical (Adult)", "Hjerne blå", "å", "Straße",
    "å1", "Ångström 5", "٣", "a\u00a0b", "\U0001f600", "Head & Neck", "FLAIR", "\tx", "a.b", "K", "ſ",
]
BY_HAND = [
    "CT", "^CT$", "MR|PT", "(?i)tra", "3D", "(?i)^ct$", "", ".", "^$", "^", "$", r"\bT1\b", r"T1\b", r"\bblå\b", r"\Bå",
    r"\d+", r"^\d{5}$", r"\w+$", r"\W", r"^\w+$", r"\s", r"\S\s\S", r"[^\W\d_]", r"[\s\S]", r"[\d\D]{2}", r"[\W_]", r"[^\S\n]",
    r"'PRIMARY'", r"\['ORIGINAL'", r"1\.2\.840\.10008\.5\.1\.4\.1\.1\.2$", r"\A1", r"2\Z", r"line$", r"line\Z", r"(?m)^next$",
    r"(?s)e.n", r"e.n", r"(?x) C  T  # the modality", r"C(?#comment)T", r"(?P<modality>CT|MR)", r"(?P<a>x)|(?P<b>T)", r"(?:C|M)[TR]",
    r"(?i:ct)", r"(?i)C(?-i:t)", r"(?a)\w", r"(?a)^\d$", r"(?a)\bbl", r"(?u)\w", r"(?i)å", r"(?i)STRASSE", r"\u00e5", r"\x43T",
    r"\103T", r"\0", r"[\x41-\x43]T", r"a{0}", r"0{2}", r"0{2,}", r"0{,2}1", r"0{1,2}?1", r"x{", r"{", r"a{,", "]", "}", r"[]]",
    r"[^]]", r"[a-]", r"[-a]", r"[\]\[]", r"[\b]", r"\.", r"\-", r"\^", r"\/", r"\ ", r"^(?!.*FLAIR)", r"^(?!CT|MR).*$",
    r"T(?=1)", r"T(?!1)", r"(?<=\.)\d$", r"(?<!0)0", r"(?<=^C)T", r"line$\n", r"(?=.*T1)(?=.*tra)", r"(?i)k", r"(?i)s",
    r"(?i)[a-z]", r"[å-ö]", r"😀", r"\U0001F600", r"(a|b|)+", r"(?:)*", r"(^C)?T", r"(\b)+T", r"$^", r"^(?:(?!T1).)*$",
    r"Head & Neck", r"\t", r"\v|\f|\a|\r", r"Thorax\^", r"(?i)helical.*\(adult\)", r"(?ms)^n.*t$",
]
LETTERS = "abAB1_ \nåÅ-.k"


def character():
    letter = random.choice(LETTERS)
    return re.escape(letter) if letter in ".-\n " else letter


def character_set():
    parts = ["a", "B", "1", "_", "å", "a-c", "A-Z", "0-9", r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"\n", r"\-"]
    return "[" + random.choice(["", "^"]) + "".join(random.sample(parts, random.randint(1, 3))) + "]"


def atom(depth, look):
    kind = random.random()
    if kind < 0.45 or depth == 0:
        return character()
    if kind < 0.6:
        return character_set()
    if kind < 0.7:
        return random.choice([".", r"\w", r"\W", r"\d", r"\s", r"\S"])
    if kind < 0.88:
        group = random.choice(["(%s)", "(?:%s)", "(?i:%s)", "(?-i:%s)", "(?s:%s)", "(?m:%s)"])
        return group % choice(depth - 1, look)
    if kind < 0.95:
        return random.choice(["^", "$", r"\b", r"\A", r"\Z"])
    if "<" in look:
        return look % (character() + character_set())
    return look % choice(depth - 1, look)


def sequence(depth, look):
    parts = []
    for _ in range(random.randint(1, 4)):
        part = atom(depth, look)
        if random.random() < 0.25:
            part += random.choice(["*", "+", "?", "*?", "+?", "{2}", "{1,2}", "{,2}", "{1,}"])
        parts.append(part)
    return "".join(parts)


def choice(depth, look):
    return "|".join(sequence(depth, look) for _ in range(random.choice([1, 1, 1, 2])))


rows = [[pattern, [[value, bool(re.search(pattern, value))] for value in VALUES]] for pattern in BY_HAND]
random.seed(20240131)
while len(rows) < len(BY_HAND) + 300:
    look = random.choice(["(?=%s)", "(?!%s)", "(?<=%s)", "(?<!%s)", "(?:%s)"])
    pattern = random.choice(["", "", "(?i)", "(?m)", "(?s)"]) + choice(2, look)
    try:
        compiled = re.compile(pattern)
    except (re.error, FutureWarning, DeprecationWarning):
        continue
    values = ["".join(random.choices(LETTERS, k=random.randint(0, 7))) + random.choice(["", "", "\n"]) for _ in range(6)]
    rows.append([pattern, [[value, bool(compiled.search(value))] for value in values]])
sys.stdout.write("[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n")
