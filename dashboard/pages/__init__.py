"""The pages, one file each: what it asks for and how its answer is laid out."""
