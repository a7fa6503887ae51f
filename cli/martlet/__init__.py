"""Martlet: a merchant's analytics warehouse."""

__version__ = "0.1.0"
