"""What a person or another program starts."""
