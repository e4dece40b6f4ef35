"""What pages read: tables that are a pure fold of the log, and nothing else."""
