"""Random walks through the register: a small country of every kind of place and registrant (world.py), what people do
there (life.py, reforms.py, dossiers.py), and what must hold after every step (looking.py)."""
