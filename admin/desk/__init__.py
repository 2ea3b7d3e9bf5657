"""The librarian's desk: her working pages, behind a sign-in (docs/desk.md)."""
