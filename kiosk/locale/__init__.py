"""The sentences of the screens, one file for each language (domain specification 9)."""
