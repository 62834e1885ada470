"""Steps of `draw_checked`: word a prompt, check a drawing, choose the best one, report."""
