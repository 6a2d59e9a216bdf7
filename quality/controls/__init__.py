"""Quality of laboratories: control samples with known content, one sample in two laboratories, what came of them."""
