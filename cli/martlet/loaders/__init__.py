"""Vendors' files into the raw contract. Each loader reads one shape; landing.py splits good rows from bad."""
