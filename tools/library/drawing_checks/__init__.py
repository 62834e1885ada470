"""Steps of the plans that draw several times: word a prompt, check, choose, report."""
