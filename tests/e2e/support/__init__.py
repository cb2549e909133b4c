"""Shared by the end-to-end tests. It uses camzarr's command and documents, and none of its code."""
