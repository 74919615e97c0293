"""Talk that asks for nothing: greetings, thanks, "fixed it". When unsure, it is a request."""

import re

from routing.folding import fold
from routing.words import STOP, plain, tokens

_LONGEST = 16  # words; nobody needs more to say thanks

_SAID = """
    hi; hello; hey; hiya; howdy; yo; hallo; heya; good morning; good afternoon; good evening; good day; morning;
    good night; gm; greetings; bye; goodbye; see you; see ya; cya; have a nice day; have a great day;
    have a good day; have a nice weekend; have a great weekend; have a good weekend; happy friday; happy monday;
    welcome; you are welcome; youre welcome; yw; thanks; thank you; thx; thnx; tnx; ty; tysm; cheers;
    much appreciated; appreciate it; appreciated; many thanks; big thanks; ok; okay; okey; k; kk; cool; great;
    nice; perfect; awesome; amazing; excellent; lovely; brilliant; well done; good job; nice one; great job;
    great work; congrats; congratulations; got it; sounds good; noted; roger; ack; will do; makes sense;
    understood; lol; lmao; rofl; haha; hahaha; hehe; plusone; np; no problem; no worries; my bad; oops; whoops;
    wow; yay; woohoo; never mind; nevermind; nvm; false alarm; please ignore; ignore this; ignore that;
    ignore me; please ignore this; please disregard; disregard; disregard this; fixed; fixed it; fixed now;
    its fixed; it is fixed; solved; solved it; its solved; resolved; resolved it; its resolved; sorted;
    sorted it; all sorted; problem solved; issue resolved; issue solved; problem resolved; all good; all set;
    were good; im good; its working; its working now; it works; it works now; works now; working now;
    works again; it works again; its working again; working again; works for me now; figured it out; found it;
    got it working; done; i fixed it; i solved it; we fixed it; fixed that; fixed this
"""
_BESIDE = """
    team; all; everyone; everybody; folks; guys; there; yall; people; friends; both; again; now; a lot; so much;
    very much; a bunch; a million; a ton; for your help; for the help; for all your help; for helping;
    for your time; for the quick reply; for the quick response; for the quick fix; for the fast reply;
    for the reply; for the update; for the info; for the heads up; for fixing; for fixing it; for fixing this;
    for that; for this; for everything; i; we; i just; just; it; sorry; and; oh; ah; yes; yep; yeah; so; to you;
    to all; from me; myself; ourselves; already; then; very; really; @
"""
_PIECES = {tuple(piece.split()): said for text, said in ((_BESIDE, False), (_SAID, True)) for piece in text.split(";")}
_MOST_WORDS = max(map(len, _PIECES))


def is_chatter(text: str) -> bool:
    """True only if the whole message is chatter; an empty one is."""
    folded = re.sub(r"(?<!\w)\+1(?!\w)", "plusone", fold(plain(text)))
    words = [word for word in tokens(folded) if word != STOP]
    if not words:
        return "?" not in folded
    return "?" not in folded and len(words) <= _LONGEST and _is_made_of_pieces(words)


def _is_made_of_pieces(words: list[str]) -> bool:
    """Longest piece first; at least one of them must say something, not only stand beside it."""
    at, says_something = 0, False
    while at < len(words):
        sizes = range(min(_MOST_WORDS, len(words) - at), 0, -1)
        size = next((size for size in sizes if tuple(words[at : at + size]) in _PIECES), 0)
        if not size:
            return False
        says_something |= _PIECES[tuple(words[at : at + size])]
        at += size
    return says_something
