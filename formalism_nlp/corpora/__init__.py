"""What needs many documents: norms (percentiles by genre)."""
