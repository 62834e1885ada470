"""The plugin API: `@tool`, types, registry, call context and scaffold."""
