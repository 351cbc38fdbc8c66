"""Alerts: declarative rules watch the picture in the background; what they raise is acknowledged, shelved, dismissed or made a case."""
