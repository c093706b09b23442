"""The `http-rules` language: which outgoing HTTP requests of an agent may leave."""
