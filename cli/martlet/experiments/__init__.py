"""Controlled experiments: how many units, whether they came in the ratio that was planned, and what they say.

Pure functions on arrays and frames: no database, clock, environment or printing. A unit is what was assigned to an arm
(a browser, a customer); every function takes one value a unit. Control first: differences are treatment less control.
"""
