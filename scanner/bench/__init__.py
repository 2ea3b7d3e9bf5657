"""The bench an IT teacher works at: `python -m scanner`. The station itself never loads it."""
