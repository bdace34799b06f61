"""Lists of what people call signs of an emergency, a module for each kind."""
