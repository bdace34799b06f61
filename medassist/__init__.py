"""medassist: medical questions answered from trusted texts, with sources, by a fine-tuned T5."""

__version__ = "0.1.0"
