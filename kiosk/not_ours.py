"""What is said of a code that is no card and no label of the library. Pure."""

from __future__ import annotations

from db.foreign_codes import ForeignCode, foreign_code
from db.identifiers import (
    CodeKind,
    CornerCode,
    CrateCode,
    IsbnCode,
    MalformedCode,
    UnknownCode,
)
from db.outcomes import Refusal, Refused


def not_ours(
    code: IsbnCode | CornerCode | CrateCode | MalformedCode | UnknownCode,
) -> Refused:
    """The refusal that names what was held up; nothing of an identity card is kept (rule 14)."""
    match code:
        case IsbnCode(isbn):
            return Refused(Refusal.ISBN_NOT_LABEL, isbn)
        case MalformedCode(kind=CodeKind.LABEL, text=text):
            return Refused(Refusal.MALFORMED_LABEL, text)
        case CornerCode(key) | CrateCode(key):
            return Refused(Refusal.UNKNOWN_CODE, key)
        case MalformedCode(text=text):
            return Refused(Refusal.UNKNOWN_CODE, text)
        case UnknownCode(text=text):
            reason = _FOREIGN[foreign_code(text)]
            return Refused(reason, "" if reason is Refusal.IDENTITY_CARD else text)


_FOREIGN = {
    ForeignCode.SLIP: Refusal.SLIP_CODE,
    ForeignCode.WEB_LINK: Refusal.WEB_LINK,
    ForeignCode.PAYMENT: Refusal.PAYMENT_CODE,
    ForeignCode.IDENTITY: Refusal.IDENTITY_CARD,
    ForeignCode.MAGAZINE: Refusal.MAGAZINE_CODE,
    ForeignCode.GOODS: Refusal.GOODS_CODE,
    ForeignCode.OTHER: Refusal.UNKNOWN_CODE,
}
"""What is said of a code that names no reader and no book."""
