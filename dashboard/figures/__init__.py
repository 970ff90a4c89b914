"""Counts → figure, a dict. Pure: no I/O, no colour but the theme's."""
