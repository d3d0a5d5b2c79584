"""Where the words of a collection were first: which sentences each article has from which earlier one."""
