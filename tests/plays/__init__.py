"""Plays: long orders of acts of many people on the same dossiers, and what must hold after each of them."""
