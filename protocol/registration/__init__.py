"""What a service may ask: the question as written, and the registrar's certificate for it."""
