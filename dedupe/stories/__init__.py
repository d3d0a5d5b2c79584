"""Is it the same event? Candidate pairs → features → scores → groups that are split into stories."""
