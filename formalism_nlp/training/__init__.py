"""Fitting, measuring and describing the model; needs scikit-learn and the labelled corpora."""
