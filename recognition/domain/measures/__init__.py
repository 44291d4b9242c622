"""Shares computed from other models' results (D-01 …): counted, frozen with a dossier, and the lists behind them.

definitions: whom each measure counts, as SQL. computing: the counts and the lists, for dossiers or for places.
freezing: kept with a dossier, judged, typed with a reason. showing: what pages say of them.
missing: who is missing for a place to reach its mark.
"""
