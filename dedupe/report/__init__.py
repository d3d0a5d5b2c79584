"""Results as text: tables for people, JSON and CSV for programs. Reads results, computes nothing."""
