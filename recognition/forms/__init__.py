"""Forms of the yearly work, one module per verb group."""
