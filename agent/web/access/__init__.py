"""Who may use the chat, and what each visitor may name: logins, hosts, origins, uploads."""
