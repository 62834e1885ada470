"""Short videos whose content is known exactly."""
