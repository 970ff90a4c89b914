"""Generated input files with invented people, calibrated on published figures, and a list of what was planted."""

from etl.synthetic.generator import FEEDS, Generated, generate

__all__ = ["FEEDS", "Generated", "generate"]
