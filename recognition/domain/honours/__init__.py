"""Commendations and congresses: who qualifies, lists, decisions, delegates. One module per verb group."""
