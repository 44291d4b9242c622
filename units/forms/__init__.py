"""What people type, checked before a verb acts on it. One module per area."""
