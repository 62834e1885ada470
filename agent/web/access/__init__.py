"""Who may use the chat, and from where: logins, hosts, origins, headers."""
