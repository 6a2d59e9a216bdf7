"""What was sampled lately, by this agency or one above it, is left out of the draw of another campaign."""
