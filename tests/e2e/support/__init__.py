"""What the end-to-end tests share. Nothing here knows camzarr's code: only its command and its documents."""
