"""Ranked actions beside the predictions: read what the plays need, rank, and write the `shortlists` schema."""

from collections.abc import Callable

from martlet.errors import MartletError
from martlet.shortlist.plays import PLAYS
from martlet.shortlist.scoring import combine
from martlet.warehouse import Stage

Progress = Callable[[str], None]
