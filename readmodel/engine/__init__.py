"""What read models are made of: tables, folds, queries, and SQL that both databases run."""
