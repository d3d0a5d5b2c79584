"""Is it the same text? Fingerprints → candidate pairs → verified relations → groups of copies."""
