"""Sphinx configuration: ``sphinx-build -W docs output/docs``. Tables of commands, errors and rules are made from the code."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import jieba
from generate import write_reference

import formalism_nlp

jieba.setLogLevel(logging.WARNING)  # Sphinx splits Chinese with it for the search, and it talks

project = "formalism_nlp"
author = "formalism_nlp maintainers"
copyright = "Apache-2.0; lexicons and corpora CC-BY-4.0"
version = release = formalism_nlp.__version__
language = "zh_CN"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
exclude_patterns = ["_static"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
# Links to files of the repository that are no pages of this site are followed on GitHub; tests/test_docs.py checks that they exist.
suppress_warnings = ["myst.xref_missing"]

autodoc_default_options = {
    "members": True,
    "undoc-members": True,
    "member-order": "bysource",
    "exclude-members": "set_score_request",  # written by scikit-learn, with links into its own pages
}
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
autosummary_generate = True

html_theme = "furo"
html_title = f"formalism_nlp {version} · 公文形式主义措辞检测"
html_static_path = ["_static"]
html_css_files = ["fonts.css"]


def setup(app) -> None:
    """Write the generated pages before Sphinx looks for its sources."""
    app.connect("builder-inited", lambda app: write_reference(Path(app.srcdir) / "generated"))
