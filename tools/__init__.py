"""What harms the site on purpose (drill), measures it (bench), and runs real servers beside it (services)."""
