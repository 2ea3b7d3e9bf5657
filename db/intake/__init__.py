"""The school's own files: pupils, staff and the accession register come in, lists go out.

``workbook`` reads a file into cells, ``columns`` finds what its columns mean, ``people`` and
``register`` plan what would change (pure), ``store`` reads what the library has and writes a
plan in one transaction, ``records`` exchanges catalogue records, ``lists`` writes tables.
"""
