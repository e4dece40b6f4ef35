"""The moderation desk in a drill: people who report and moderate, and checks of what came of that."""
