"""The hub that kiosks report to, and the librarian's desk in a browser."""
