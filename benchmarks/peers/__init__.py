"""One file a peer. Each is given the same traced model and shown at its best; what was done for it stands in its file."""
