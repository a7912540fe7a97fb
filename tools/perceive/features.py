"""From a text to tokens and hashed n-grams. `models/src/perception/text.rs` and `grams.rs` do the same; a golden file holds them to it."""

MAX_CHARS = 4096  # a text is read this far
MAX_WORD = 30  # characters of a word that give character n-grams
SHORTEST, LONGEST = 2, 5  # character n-grams


def between(o, *ranges):
    return any(a <= o <= b for a, b in ranges)


def is_symbol(o):
    return between(o, (0x2190, 0x2BFF), (0x1F000, 0x1FAFF)) or o in (0x3030, 0x303D, 0xA9, 0xAE, 0x2122)


def is_ideograph(o):
    return between(o, (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2EBEF), (0xF900, 0xFAFF), (0x3040, 0x30FF))


def is_punctuation(o):
    return (
        between(o, (33, 47), (58, 64), (91, 96), (123, 126), (0x66A, 0x66D), (0x2010, 0x2027), (0x2030, 0x205E))
        or between(o, (0x3001, 0x3003), (0x3008, 0x301F), (0xFF01, 0xFF0F), (0xFF1A, 0xFF20), (0xFF3B, 0xFF40), (0xFF5B, 0xFF65))
        or o in (0xA1, 0xA7, 0xAB, 0xB0, 0xB4, 0xB6, 0xB7, 0xBB, 0xBF, 0x589, 0x5BE, 0x60C, 0x61B, 0x61F, 0x6D4, 0x964, 0x965)
    )


def is_silent(o):
    """Controls, soft hyphens, marks of direction, variation and skin tone: they are left out."""
    return (
        (o < 32 and o not in (9, 10, 13))
        or o in (127, 0xAD, 0xFEFF, 0xFFFD)
        or between(o, (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0xFE00, 0xFE0F), (0xE0000, 0xE007F), (0x1F3FB, 0x1F3FF))
    )


def is_letter(c):
    o = ord(c)
    return not (is_silent(o) or c.isspace() or is_punctuation(o) or is_symbol(o) or is_ideograph(o))


def tokens(text):
    """Words in lower case, runs of one punctuation mark (at most three), single symbols and ideographs."""
    text = text[:MAX_CHARS].replace("\u2019", "'")
    out, word, i = [], "", 0
    while i < len(text):
        c = text[i]
        o = ord(c)
        i += 1
        if is_silent(o):
            continue
        if c == "'" and word and i < len(text) and is_letter(text[i]):
            word += c
            continue
        if is_letter(c):
            for low in c.lower():
                if not (len(word) >= 3 and word[-1] == word[-2] == word[-3] == low):
                    word += low
            continue
        if word:
            out.append(word)
            word = ""
        if c.isspace():
            continue
        if is_punctuation(o):
            run = 1
            while i < len(text) and text[i] == c:
                run, i = run + 1, i + 1
            out.append(c * min(run, 3))
        else:
            out.append(c)
    if word:
        out.append(word)
    return out


def grams(words):
    """Names of the n-grams: words, pairs of words, and character n-grams inside words."""
    out = []
    for i, word in enumerate(words):
        out.append("w" + word)
        if i:
            out.append("w" + words[i - 1] + " " + word)
        if len(word) > 1:
            framed = "<" + word[:MAX_WORD] + ">"
            for a in range(len(framed) - SHORTEST + 1):
                for n in range(SHORTEST, min(LONGEST, len(framed) - a) + 1):
                    out.append("c" + framed[a : a + n])
    return out


def fnv(name):
    """FNV-1a of 64 bits, folded to 32."""
    h = 0xCBF29CE484222325
    for byte in name.encode("utf-8"):
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return (h >> 32) ^ (h & 0xFFFFFFFF)


def pieces(word, vocabulary):
    """Token ids of a word: the longest known piece first, `##` before a piece that does not begin the word."""
    out, i = [], 0
    while i < len(word):
        j = len(word)
        while j > i and ("##" if i else "") + word[i:j] not in vocabulary:
            j -= 1
        out.append(vocabulary[("##" if i else "") + word[i:j]] if j > i else 1)
        i = max(j, i + 1)
    return out
