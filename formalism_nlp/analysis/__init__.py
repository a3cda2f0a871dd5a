"""One document in, one Report out; pure functions of text, lexicon and model; no files, no pandas, no spaCy."""
