"""The bench an IT teacher works at: `python -m scanner`. The station itself never loads it."""

PATIENT_MS = 500.0
"""Budget of a photograph, which waits for nobody: enough for every stage in turn."""
