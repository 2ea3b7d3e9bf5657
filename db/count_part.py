"""Which part of the stock a count is of. No database: words in, decision out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CountPart:
    """Some kho, or one shelf, or both; what is empty leaves nothing out."""

    kho: tuple[str, ...]
    """Prefixes."""
    shelf: str

    @classmethod
    def of(cls, kho: str, shelf: str) -> CountPart:
        """The part as records have it: prefixes with spaces between."""
        return cls(tuple(kho.split()), shelf)

    def has(self, kho: str, shelf: str) -> bool:
        """Whether a copy of this kho, on this shelf, is counted."""
        return (not self.kho or kho in self.kho) and self.shelf in ("", shelf)

    def meets(self, other: CountPart) -> bool:
        """Whether the same copy could be in both."""
        apart = self.kho and other.kho and not set(self.kho) & set(other.kho)
        return not apart and (self.shelf == other.shelf or "" in (self.shelf, other.shelf))
