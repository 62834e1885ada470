"""The conductor's side: from a request to a plan, from a plan to results, from results to words."""
