"""Any model of a hub: search, check, and write its card into the user's folder."""
