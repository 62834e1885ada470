"""What the chat stores on disk: visitors, conversations and votes."""
