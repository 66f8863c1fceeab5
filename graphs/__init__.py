"""Who knows whom: relationship chains, group chats, readers and summaries."""
