"""Decides whether articles are the same text: fingerprints → candidate pairs → verified relations → copy groups."""
