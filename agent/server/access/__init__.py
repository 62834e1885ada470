"""Who may call the API, and what belongs to each client."""
