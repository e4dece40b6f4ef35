"""Read models: tables that pages and the API query, a pure fold of the log and nothing else."""
