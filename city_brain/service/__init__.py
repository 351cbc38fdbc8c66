"""What a running console answers over HTTP beside its pages: health, commands, the base map."""
