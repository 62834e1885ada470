"""The virtual model `batuta`: the agent behind the APIs of OpenAI's chat models."""
