"""What the snapshot promises: vocabularies, dimensions, tables, measures. All that `dashboard` may import from `etl`."""
