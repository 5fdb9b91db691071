"""What any of our services needs to run: app factory, settings, database, outgoing HTTP, logs, keys."""
