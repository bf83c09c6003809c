"""Seeded days of prediction logs with known incidents, and what a tool found in them."""
