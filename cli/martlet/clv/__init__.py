"""Customer lifetime value: how often people come back, whether they still do, and what they spend when they do.

Pure functions on arrays: no database, clock, environment or printing. `bg_nbd`, `pareto_nbd` and `constant_rate` have
the same functions (fit, p_alive, expected_transactions, expected_repeats), so that one can stand in for another. The
unit of time is the caller's: rates, alpha and beta come back in it, and so does the likelihood.
"""
