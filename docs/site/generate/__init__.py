"""What scripts/site makes the pages of the documentation site with."""
