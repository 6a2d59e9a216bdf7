"""Whether the program does well: signs of life of its jobs, readiness, figures for whoever watches."""
