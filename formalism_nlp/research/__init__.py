"""For research notebooks: scikit-learn estimators, and ``df.formalism`` on every pandas frame once this package is imported."""

from formalism_nlp.research.accessor import FormalismAccessor
from formalism_nlp.research.estimators import FormalismFeatures, SentenceClassifier

__all__ = ["FormalismAccessor", "FormalismFeatures", "SentenceClassifier"]
