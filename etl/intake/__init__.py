"""From a path in an inbox to a physical file that can be read, with every record accounted for."""
