"""The cases, a module a kind; each case's docstring says what is special about its file."""
