"""Accounts, organisations and who works where."""
