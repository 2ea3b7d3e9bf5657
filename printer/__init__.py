"""Receipts, cards and labels onto paper. Does not know loans or screens."""
