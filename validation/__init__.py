"""Is the model like the world? Every published trial replayed; the scorecard kept as small text."""
