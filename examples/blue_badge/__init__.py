"""The Blue Badge network: three departments, three services, synthetic registers, and the demo."""
