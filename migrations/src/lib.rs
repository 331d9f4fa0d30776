//! The database's shape, one definition for SQLite and PostgreSQL. Raw SQL only where the two differ.
