"""Ranked, evidence-backed actions. Pure functions on frames: no database, clock or randomness."""
