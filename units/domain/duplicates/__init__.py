"""Registrants entered twice: finding, saying they are two, merging and taking a merge back.

finding.py compares inside blocks; deciding.py remembers what people said; merging.py makes two one and undoes it.
"""
