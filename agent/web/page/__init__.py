"""An open page of the chat: widgets, layout, rendering, state and actions."""
