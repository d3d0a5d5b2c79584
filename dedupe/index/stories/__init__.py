"""How an index follows stories: which stored articles report the event of a new one."""
