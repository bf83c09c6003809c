"""Short messages, as a filter of unwanted mail reads them, and what they look like when broken."""

from __future__ import annotations

import numpy as np


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split())


WORDS = {
    "en": _words(
        "the meeting is at noon please send report before friday thanks for your order we will ship it soon",
        "can you call me back about invoice and project plan lunch tomorrow great see you then kind regards",
        "team update photos from weekend kids school train ticket doctor appointment new address rent bill",
    ),
    "de": _words(
        "das treffen ist um zwölf bitte den bericht bis freitag schicken danke für ihre bestellung wir",
        "melden uns bald können sie mich zurückrufen wegen der rechnung mit freundlichen grüßen schöne woche",
    ),
    "es": _words(
        "la reunión es a mediodía por favor envía el informe antes del viernes gracias por su pedido lo",
        "mandamos pronto puede llamarme por la factura saludos cordiales buena semana mañana",
    ),
}
JUNK = _words(
    "free winner prize click now limited offer cheap loan credit guaranteed urgent account verify bonus cash",
    "casino deal act today risk money unsubscribe exclusive",
)
SLANG = ("lol", "thx", "omg 😂", "cu l8r", "np 👍", "brb", "🙏")
OTHER = _words(
    "пожалуйста пришлите отчёт до пятницы спасибо за заказ мы скоро отправим его перезвоните мне насчёт счёта"
)
FLOOD = ("🔥", "💰", "🚀", "🎁", "😍", "💎", "🤑")


def message(random: np.random.Generator, language: str, junk: bool) -> str:
    """A message of some ten words, of which a few may be slang."""
    pool = WORDS[language]
    count = int(random.gamma(4, 3)) + 2
    places = random.integers(0, 10_000, count).tolist()
    words = [JUNK[p % len(JUNK)] if junk and p % 3 else pool[p % len(pool)] for p in places]
    if places[0] % 12 == 0:
        words.append(SLANG[places[-1] % len(SLANG)])
    return " ".join(words)


def broken(text: str) -> str:
    """UTF-8 read as Latin-1, and its spaces turned to non-breaking ones before: `fÃ¼r`."""
    return text.replace(" ", "\u00a0 ").replace("e", "é").encode().decode("latin-1")


def flooded(random: np.random.Generator, text: str) -> str:
    """Each second word gives way to a few emoji."""
    words = text.split()
    for place in range(0, len(words), 2):
        words[place] = FLOOD[int(random.integers(0, len(FLOOD)))] * int(random.integers(1, 5))
    return " ".join(words)


def foreign(random: np.random.Generator, text: str) -> str:
    """A message of the same length in a language that does not come otherwise."""
    count = len(text.split())
    return " ".join(OTHER[int(p)] for p in random.integers(0, len(OTHER), count))
