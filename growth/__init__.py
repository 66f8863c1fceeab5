"""What a campaign does on a chain: the day, behaviour, rewards, KPIs and closed forms."""
