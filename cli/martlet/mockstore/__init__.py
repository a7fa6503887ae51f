"""The mock store: a synthetic hot-rod parts merchant with planted truth, as dbt seeds or as Parquet of any size."""

from martlet.mockstore.writing import Summary, write_parquet, write_seeds

__all__ = ["Summary", "write_parquet", "write_seeds"]
