"""The verbs as plain functions over trees, settings and stores. They print nothing and parse no options."""
