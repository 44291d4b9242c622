"""Summaries: several years of a place, the citizen pilot, what inspections found. Figures are those of the tables."""
