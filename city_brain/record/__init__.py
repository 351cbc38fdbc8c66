"""The record: an append-only, hash-chained journal of every act that somebody relies on."""
