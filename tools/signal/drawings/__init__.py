"""What a prompt asks a drawing to show, and whether it does."""
