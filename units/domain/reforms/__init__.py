"""Reforms of the map: hamlets that end, merge, split or move, and registers carried from an old ward to the new ones.

People move, history stays. plans.py says what would happen, applying.py does it, undoing.py takes it back;
hamlets.py and wards.py hold the verbs people use, listed.py reads a CSV of successions.
"""
