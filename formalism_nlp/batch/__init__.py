"""Many files: find them, score them one by one, write the results."""
