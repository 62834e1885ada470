"""Export runs as traces and metrics of OpenTelemetry, by its conventions for generative AI."""
