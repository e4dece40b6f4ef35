"""What is kept of people, who sees it and for how long: one catalogue, and the page that is made of it."""
