"""The language server: remarks of the review where a document is written."""
