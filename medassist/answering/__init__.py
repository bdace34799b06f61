"""What happens between a question and its answer, which :mod:`medassist.assistant` puts in order."""
