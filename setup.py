"""Names what is installed; everything else is declared in pyproject.toml."""

from setuptools import find_packages, setup

PACKAGES = ("kiosk", "scanner", "printer", "db", "config", "admin")
setup(packages=find_packages(include=[p for name in PACKAGES for p in (name, f"{name}.*")]))
