"""Which models are in memory: loading, leases, budgets and eviction."""
