"""Filters, measures and dimensions by name → SQL with parameters → small typed rows."""
