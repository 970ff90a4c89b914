"""What the snapshot promises: vocabularies, dimensions, tables, measures. What `dashboard` imports from `etl`."""
