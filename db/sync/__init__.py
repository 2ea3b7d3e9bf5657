"""Offline first: what a kiosk and the hub say to each other, and the kiosk's side of it."""
