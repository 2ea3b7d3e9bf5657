"""Any code that our cards, labels and books can carry."""

from __future__ import annotations

from hypothesis import strategies as st

from db.identifiers import KHO_PREFIXES, Command


def our_codes() -> st.SearchStrategy[str]:
    """Draw cards, labels, commands and ISBNs."""
    return st.one_of(
        st.from_regex(r"HS[0-9]{6}|GV[0-9]{4}", fullmatch=True),
        st.from_regex(rf"({'|'.join(KHO_PREFIXES)})\.[0-9]{{4,6}}", fullmatch=True),
        st.sampled_from([command.value for command in Command]),
        st.from_regex(r"97[89][0-9]{9}", fullmatch=True).map(_with_check_digit),
    )


def _with_check_digit(digits: str) -> str:
    weighted = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"
