"""Pages in the browser over a published snapshot, and the command ``frontdoor``."""
