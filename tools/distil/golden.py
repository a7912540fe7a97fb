"""Texts whose token ids and vectors are written down, to hold another implementation against."""

TEXTS = (
    "",
    "Hello, world!",
    "When did we last talk about my sister's wedding?",
    "I can't believe it's 3.14 o'clock... well-known e-mail: a@b.com",
    "Übermäßig schöne Grüße aus München",
    "Café naïve façade, Ångström",
    "我喜欢喝绿茶。",
    "今日は寿司 and 커피",
    "I love you ❤️😂 so much",
    "pneumonoultramicroscopicsilicovolcanoconiosis",
    "a" * 101,
    "tabs\tand\nnew\u00a0lines\u200b and \x00 control",
    "Ὀδυσσεύς İstanbul ﬁne ½ ²",
    "¿Qué tal? «bien» — 100% $5 ~ ^ `x`",
)
