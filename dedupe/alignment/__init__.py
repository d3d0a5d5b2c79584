"""What two texts share: passages, sentence pairs, the edits between them, and which text came first."""
