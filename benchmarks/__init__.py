"""Measurements, each run as `python -m benchmarks.NAME [--json]`; figures in README.md."""
