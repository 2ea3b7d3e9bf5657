"""The tests. A package, so that shared pieces have one name."""
