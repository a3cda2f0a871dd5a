"""Views of a Report: they read and never change it. frame · wire · page · terminal · table."""
