"""Pages of the portal itself: home, preferences, health, styleguide, errors."""
