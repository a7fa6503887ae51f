"""Reorder policies, lead-time demand, orders under a budget, and their simulation. Pure functions on arrays."""
