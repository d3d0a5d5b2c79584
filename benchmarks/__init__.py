"""Measurements, the fitting of the models, and their results. Some packages install a ``benchmarks`` too; this one comes first."""
