"""Texts that the Rust side has to score as this side does. Our own words."""

TEXTS = [
    "I am so happy that you came!",
    "My sister Anna lives in Lisbon.",
    "I'm sad and lonely, and nobody calls me :(",
    "WHAT?! No way, I can’t believe it!!!!",
    "That smell is disgusting. Ugh.",
    "I'm scared of the operation tomorrow",
    "sooooo good 😀😀👍🏽",
    "Ich habe Angst vor morgen und kann nicht schlafen",
    "Das war ein schöner Abend, vielen Dank!",
    "Estoy muy contento con la casa nueva",
    "Je suis fatigué et triste aujourd’hui",
    "Мне очень грустно сегодня",
    "今天天气很好，我很开心",
    "मुझे बहुत गुस्सा आ रहा है",
    "أنا سعيد جدا اليوم",
    "",
    "?!... 12 %",
    "don't stop\u0007 'quoted' so\u00adft a\u200bb",
]
