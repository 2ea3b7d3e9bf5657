"""The sentences of imports and exports, one file for each language."""
