"""The parts of a search index, which :mod:`medassist.retrieval` puts together."""
