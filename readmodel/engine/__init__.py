"""The engine of read models: tables, folds, queries, generations' storage, and SQL that both databases run."""
