"""``python -m formalism_nlp``."""

from formalism_nlp.apps.cli import main

if __name__ == "__main__":
    main()
