"""The one page that a merchant forwards: read what is published, say it in words, draw it, write it."""
