"""Measurements of the portal, each beside the limit of this stack. Run by `python -m bench`."""
