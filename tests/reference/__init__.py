"""Plain, slow definitions of what the library computes with arrays; the tests hold the fast code to these.

One loop a sentence or a character, the standard ``re`` and nothing clever: who changes a feature changes it here too.
"""
