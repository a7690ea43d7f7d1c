# ruff: noqa: RUF001 - letters of many alphabets are the point
"""Texts of messages in many languages, as HTML and as plain text."""

from intercom_simulator.protocol.plaintext import to_plain_text

FRAGMENTS: tuple[str, ...] = (
    "Hi there, I can't log in since this morning &mdash; is something wrong on your side?",
    "Thanks for getting back to me so quickly! 🎉",
    "We&#39;ve moved your workspace to the new plan; the change is visible after a refresh.",
    'Have a look at <a href="https://help.example.org/articles/42?lang=en&amp;v=2">our guide</a>, it may help.',
    "Bonjour, je n'arrive pas à exporter mes factures d'octobre. Pouvez-vous m'aider ?",
    "C'est réglé, merci beaucoup&nbsp;! À bientôt.",
    "Guten Tag, die Größe der Datei überschreitet 25&nbsp;MB. Gibt es einen anderen Weg?",
    "Vielen Dank für die schnelle Rückmeldung, schöne Grüße aus Köln.",
    "¿Dónde puedo cambiar la dirección de facturación? ¡Gracias!",
    "Olá, não consigo convidar o João para a equipe.",
    "請問如何變更訂閱方案？謝謝。",
    "ログインできません。パスワードの再設定メールも届きません。",
    "안녕하세요, 결제가 두 번 되었습니다.",
    "Здравствуйте! Как подключить вторую базу данных?",
    "مرحبا، كيف يمكنني إلغاء الاشتراك؟",
    "שלום, איפה רואים את החשבוניות?",
    "สวัสดีค่ะ ขอใบเสร็จด้วยค่ะ",
    "Ολοκληρώθηκε η εγκατάσταση;",
    "Zażółć gęślą jaźń — sprawdzamy, czy polskie znaki działają.",
    "Decomposed on purpose: cafe\u0301, nai\u0308ve, A\u030angstro\u0308m, e\u0323\u0302.",
    "A family 👨\u200d👩\u200d👧\u200d👦, a flag 🇮🇪 and a wave 👋🏽 walk into a ticket.",
    "She said “it's &quot;fine&quot;”, but the log says <code>status = \\&quot;failed\\&quot;</code>.",
    "First line<br>second line<br/>third line",
    "<b>Important:</b> please <i>don't</i> delete the column <code>user_id</code>.",
    '<a href="https://status.example.org">https://status.example.org</a> shows all green.',
    "Steps I tried:<ul><li>cleared the cache</li><li>another browser</li><li>rebooted &amp; waited</li></ul>",
    "1 &lt; 2 and 3 &gt; 2, so the filter `a &lt; b &amp;&amp; c &gt; d` should match.",
    "Path is C:\\Users\\O'Neill\\new\\table.csv, tab\there, and a backslash at the end \\",
    'A screenshot: <img src="https://downloads.intercomcdn.com/i/o/77/a1b2/shot%201.png" width="640">',
    "Price: 12,50&nbsp;€ / month; that is £10.80 or ¥2,000.",
    "Zero-width\u200bspace, soft\u00adhyphen, no-break\u00a0space and a line\u2028separator.",
    "Hi {{ first_name | fallback: &quot;there&quot; }}, welcome aboard!",
    "null",
    "Ok.",
    "We are seeing 502 errors about every tenth request from eu-west-1 between 02:00 and 02:15 UTC.",
    "Could you add me to the beta? Our data team needs the export nightly, and the manual download is painful.",
    "I've escalated this to engineering; they expect a fix by Thursday. I'll keep you posted here.",
    "The invoice shows 7 seats although we only have 5, please correct it before the end of the month.",
    "Nothing happens when I press “Save”. Console: TypeError: cannot read property 'id' of undefined",
    "Just following up on my last message. 🙏",
)

PLAIN_FRAGMENTS: tuple[str, ...] = tuple(to_plain_text(fragment) or "" for fragment in FRAGMENTS)
SUBJECTS = (
    "",
    "",
    "",
    "Welcome to Blue Sun!",
    "Your invoice n° 2041",
    "¿Qué tal? Novedades de mayo 🌞",
    "<b>Downtime</b> on Sunday",
)
FILES = (
    ("123.csv", "text/csv"),
    ("écran d'accueil.png", "image/png"),
    ("スクリーンショット.png", "image/png"),
    ("log.txt", "text/plain"),
)
TWITTER_NOTICE = (
    "We've removed this part of the conversation to comply with Twitter's terms. "
    "You can view the complete conversation in Intercom."
)

_COUNT = len(FRAGMENTS)
_PARAGRAPHS = ((0,), (0, 6), (0, 6), (0, 6, 12))


def body(bits: int, *, plaintext: bool) -> str:
    """Return one to three paragraphs chosen by 20 bits; the text is `to_plain_text` of the HTML."""
    pool = PLAIN_FRAGMENTS if plaintext else FRAGMENTS
    chosen = [pool[(bits >> shift) % _COUNT] for shift in _PARAGRAPHS[(bits >> 18) & 3]]
    return "\n\n".join(chosen) if plaintext else "<p>" + "</p>\n<p>".join(chosen) + "</p>"
