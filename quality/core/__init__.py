"""What every room stands on. No word of the domain is spoken here."""
