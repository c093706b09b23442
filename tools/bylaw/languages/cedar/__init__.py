"""The Cedar policy language: our lossless reader beside the engine's parser, validator and formatter."""
