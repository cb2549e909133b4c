"""What the end-to-end tests share. It knows camzarr's command and documents, none of its code."""
