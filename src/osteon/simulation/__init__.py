"""One subject or arm ready to run: model, parameters, baseline, doses, cells; and its simulation."""
