"""The second engine: the same models on Spark, their marts held against DuckDB's, and predictions by partitions."""
