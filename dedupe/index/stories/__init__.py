"""How an index tracks stories: it finds the stored articles that report the same event as a new one."""
